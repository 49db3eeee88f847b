import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config.js';
import { SuhoError } from '../../src/errors.js';
import { startNode } from '../../src/main.js';
import { systemClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import { openStores } from '../../src/storage/stores.js';
import { freePort } from '../support/free-port.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

test('a node whose ledger goes away while it starts has let no EA in when it ends', async () => {
  await using folder = await ledgerFolder();
  const tcpPort = await freePort();
  const flags = { data: folder.path, eaPort: 0, wsPort: 'off', tcpPort, httpPort: 'off', analytics: 'off', demo: false };
  const { config } = resolveConfig({ flags, environment: {} });
  const stores = await openStores({ settings: config, clock: systemClock, onProgress: () => {} });
  const { jobs } = stores.ledger;
  let seen: boolean | undefined;
  // The last that a start asks of the ledger.
  jobs.register = async () => {
    seen = await isOpen(tcpPort);
    throw new SuhoError('UNREACHABLE', 'the ledger does not answer');
  };
  const machine = { clock: systemClock, ids: entropyIds, random: entropyRandom(), log: silentLogger };
  await assert.rejects(startNode({ config, stores, ...machine, holder: 'one', inference: { threads: 1 } }), {
    code: 'UNREACHABLE',
  });
  assert.equal(seen, false);
  await stores.close();
});
