/** A tenant's own model, let in while the node runs, joins its signals and no other tenant's; taken away, it is gone from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { readBooks, runStepped } from '../../src/demo/simulated-day.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import type { Lineage } from '../../src/signals/lineage.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { honestGraph } from '../support/own-graphs.js';

const MINUTE_MS = 60_000;

test('a tenant’s own model joins its signals alone, from when it is let in until it is taken away', async () => {
  await using folder = await ledgerFolder();
  const flags = { data: folder.path, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off', demoEas: 3 };
  const { config } = resolveConfig({ flags, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: true, onProgress: () => {} });
  try {
    assert.ok(demo.clock instanceof SteppedClock);
    const { clock, activity } = demo;
    const minutes = (count: number) =>
      runStepped(clock, activity, clock.nowMs() + count * MINUTE_MS, new AbortController().signal);
    const owns = async (sinceMs: number) => {
      const { signals } = await readBooks(demo.ledger);
      const told = signals
        .filter(({ kind, closeTime }) => kind === 'OPEN' && closeTime > sinceMs)
        .map(async ({ id, tenantId }) => {
          const { models } = JSON.parse((await demo.ledger.explained(id))?.lineage ?? '') as Lineage;
          const own = 'members' in models ? models.members.filter(({ model }) => model.startsWith('own/')) : [];
          return { tenantId, own };
        });
      return Promise.all(told);
    };
    await minutes(2);
    const graph = Buffer.from(honestGraph({ steps: 5 })).toString('base64');
    const added = await callNode(config.data, 'own-models.add', { tenant: 'northwind', name: 'house', graph });
    assert.ok(added);
    const addedMs = clock.nowMs();
    await minutes(6);
    const joined = await owns(addedMs);
    const theirs = joined.filter(({ tenantId }) => tenantId === 'northwind');
    assert.ok(theirs.length > 0 && joined.length > theirs.length, 'signals of several tenants');
    for (const { tenantId, own } of joined)
      assert.deepEqual(
        own.map(({ model, version }) => `${model}@${version}`),
        tenantId === 'northwind' ? ['own/house@1'] : [],
      );
    assert.ok(
      theirs.some(({ own }) => own.some((member) => 'output' in member)),
      JSON.stringify(theirs),
    );
    await callNode(config.data, 'own-models.remove', { tenant: 'northwind', name: 'house' });
    const removedMs = clock.nowMs();
    await minutes(4);
    for (const { own } of await owns(removedMs)) assert.deepEqual(own, []);
  } finally {
    await demo.close();
  }
});
