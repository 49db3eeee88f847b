/** The demo predicts with the models that come with it: each tenant hears what its tier includes, and every signal can be derived anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { readBooks, runStepped } from '../../src/demo/simulated-day.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { type Lineage, recompute } from '../../src/signals/lineage.js';
import type { PredictionOutcome } from '../../src/signals/outcome-board.js';
import type { Prediction } from '../../src/signals/prediction.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const MINUTES = process.env.SUHO_PROOF ? 120 : 22;

test('signals have an ML part by tier, an Enterprise tenant’s look into its history, and all come out of their lineage again', async () => {
  await using folder = await ledgerFolder();
  const flags = { data: folder.path, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off', demoEas: 3 };
  const predictions: Prediction[] = [];
  const outcomes: PredictionOutcome[] = [];
  const demo = await startDemo({
    config: resolveConfig({ flags, environment: {} }).config,
    log: silentLogger,
    stepped: true,
    onProgress: () => {},
    observers: [{ predicted: (prediction) => predictions.push(prediction), outcome: (outcome) => outcomes.push(outcome) }],
  });
  try {
    assert.ok(demo.clock instanceof SteppedClock);
    const { clock, activity } = demo;
    await runStepped(clock, activity, clock.nowMs() + MINUTES * 60_000, new AbortController().signal);
    const { parts } = await demo.node.readiness();
    assert.deepEqual(parts.models, { ok: true, detail: '3 of 3 models answer', optional: true });

    assert.ok(predictions.length > 300, `${predictions.length} closes were predicted`);
    for (const { said, shapes, pooled } of predictions) {
      assert.deepEqual(
        said.map(({ model, kind }) => [model, kind]),
        [
          ['lstm-m1', 'lstm'],
          ['trees-m1', 'trees'],
        ],
      );
      assert.ok(said.every((one) => 'horizons' in one));
      const length = Math.hypot(...(shapes?.embedding ?? []));
      assert.ok(Math.abs(length - 1) < 1e-5, `an embedding of length ${length}`);
      assert.equal(pooled.length, 1);
    }
    assert.ok(outcomes.some(({ horizon }) => horizon === '15m'));

    const { signals } = await readBooks(demo.ledger);
    const of = (tenant: string): readonly SignalRow[] => signals.filter(({ tenantId }) => tenantId === tenant);
    const lineages = new Map<string, Lineage>();
    for (const row of signals) {
      const text = (await demo.ledger.explained(row.id))?.lineage;
      assert.ok(text);
      const lineage = JSON.parse(text) as Lineage;
      lineages.set(row.id, lineage);
      const [decision] = recompute(lineage).decided.decisions.filter(({ kind }) => kind === row.kind);
      assert.deepEqual([decision?.score, decision?.parts, decision?.strength], [row.score, row.parts, row.strength]);
    }
    const members = (row: SignalRow) => {
      const models = lineages.get(row.id)?.models ?? assert.fail('a lineage');
      return 'members' in models ? models : assert.fail(`${row.id} heard no model`);
    };
    for (const tenant of ['harbour', 'meridian', 'northwind']) {
      assert.ok(of(tenant).length > 0, `${tenant} has signals`);
      assert.ok(
        of(tenant).some(({ parts: { ml } }) => ml !== undefined),
        `${tenant} has an ML part`,
      );
    }
    // Basic has no ensemble: no map is laid over the mean. Only Enterprise has a history of its own.
    for (const row of of('harbour')) assert.equal(members(row).calibrations.length, 0);
    for (const { id } of of('meridian')) assert.deepEqual(lineages.get(id)?.neighbours, { absent: 'tier' });
    for (const { id } of of('northwind')) {
      const { neighbours, embedding } = lineages.get(id) ?? assert.fail('a lineage');
      assert.ok(
        !('absent' in neighbours) || ['no neighbour', 'out of reach'].includes(neighbours.absent),
        JSON.stringify(neighbours),
      );
      assert.equal(typeof embedding, 'string');
    }
  } finally {
    await demo.close();
  }
});
