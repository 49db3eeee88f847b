// A process that opens the data folder it is given, says what came of it, and holds what it got until it is killed.
import { openDataFolder } from '../../src/storage/data-folder.js';

const folder = process.argv[2] as string;
try {
  await openDataFolder(folder, { pid: process.pid, startedAt: '2026-03-02T00:00:00Z', version: '0.1.0' });
  process.stdout.write('held\n');
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(`${code} ${message}\n`);
}
setInterval(() => {}, 60_000);
