import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { until } from '../support/actors.js';
import { ledgerFolder } from '../support/ledger-folder.js';

test('a node that stops says goodbye to its EAs while their sockets still stand, over TLS and over WebSocket', async () => {
  await using folder = await ledgerFolder();
  const flags = { data: folder.path, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off', demoEas: 4 };
  const { config } = resolveConfig({ flags, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: false, onProgress: () => {} });
  try {
    const { terminals } = demo.fleet;
    await until(() => demo.fleet.totals().connected === terminals.length, 'every EA is live');
    // An EA that was hung up on tries again, and what it then finds is another reason.
    const first = terminals.map((): string | undefined => undefined);
    const noticed = until(() => {
      terminals.forEach(({ hungUpBecause }, at) => {
        first[at] ??= hungUpBecause;
      });
      return first.every((reason) => reason !== undefined);
    }, 'every EA has noticed');
    await Promise.all([demo.node.close(), noticed]);
    assert.deepEqual(
      first,
      terminals.map(() => 'GOODBYE RESTART'),
    );
  } finally {
    await demo.close();
  }
});
