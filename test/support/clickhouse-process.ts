/** The small server that speaks ClickHouse's HTTP, as a process of its own: FOLDER and PORT are its arguments. Ends with its channel. */
import { startClickHouse } from './clickhouse-server.js';

const [folder = '', port = ''] = process.argv.slice(2);
const { url } = await startClickHouse(folder, undefined, Number(port));
process.on('disconnect', () => process.exit(0));
process.send?.(url);
