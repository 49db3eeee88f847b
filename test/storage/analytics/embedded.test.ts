import { systemClock } from '../../../src/runtime/clock.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import type { AnalyticsWorld } from '../../contracts/analytics-world.js';
import { analyticsContract } from '../../contracts/analytics.contract.js';
import { brokerQueriesContract } from '../../contracts/broker-queries.contract.js';
import { analyticsQueriesContract } from '../../contracts/analytics-queries.contract.js';
import { chdbMissing } from '../../support/chdb.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

async function open(): Promise<AnalyticsWorld> {
  const folder = await temporaryFolder();
  const store = new SqlAnalytics(await ChdbEngine.start({ folder: folder.path, timers: systemClock }));
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

analyticsContract('chDB', open, chdbMissing());
analyticsQueriesContract('chDB', open, chdbMissing());
brokerQueriesContract('chDB', open, chdbMissing());
