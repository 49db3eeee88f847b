import { ClickHouseEngine } from '../../../src/storage/analytics/clickhouse-engine.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import type { AnalyticsWorld } from '../../contracts/analytics-world.js';
import { analyticsContract } from '../../contracts/analytics.contract.js';
import { brokerQueriesContract } from '../../contracts/broker-queries.contract.js';
import { analyticsQueriesContract } from '../../contracts/analytics-queries.contract.js';
import { chdbMissing } from '../../support/chdb.js';
import { startClickHouse } from '../../support/clickhouse-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

async function open(): Promise<AnalyticsWorld> {
  const folder = await temporaryFolder();
  const server = await startClickHouse(folder.path);
  const store = new SqlAnalytics(new ClickHouseEngine(server.url));
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

analyticsContract('ClickHouse’s client over HTTP', open, chdbMissing());
analyticsQueriesContract('ClickHouse’s client over HTTP', open, chdbMissing());
brokerQueriesContract('ClickHouse’s client over HTTP', open, chdbMissing());
