import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OwnModelDesk, ownModelMethods, ownModelSource } from '../../src/accounts/own-models.js';
import type { TierName } from '../../src/accounts/tiers.js';
import { controlMethods, type ControlOptions } from '../../src/admin/control-methods.js';
import { OwnModels } from '../../src/inference/own-models.js';
import { LIMITS } from '../../src/limits.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { START_MS } from '../contracts/ledger-world.js';
import { honestGraph, hungryGraph, ownGraph, slowGraph, withOperator } from '../support/own-graphs.js';
import { PATIENT, vectorOf } from '../support/own-sources.js';

const text = (graph: Uint8Array): string => Buffer.from(graph).toString('base64');

interface Desk extends AsyncDisposable {
  readonly ledger: MemoryLedger;
  readonly models: OwnModels;
  readonly desk: OwnModelDesk;
  readonly tiersOf: Map<string, TierName>;
}

/** A ledger with a tenant of each tier, named by it, and real processes. */
async function openDesk(): Promise<Desk> {
  const ledger = new MemoryLedger();
  const tiers = await readTiers();
  const tiersOf = new Map<string, TierName>();
  for (const tier of ['free', 'basic', 'pro', 'enterprise'] as const) {
    tiersOf.set(tier, tier);
    await ledger.createTenant({
      id: tier,
      name: tier,
      tier,
      signalTimeframe: 'M1',
      strategy: 'default-1',
      symbols: ['EURUSD'],
      createdAt: START_MS,
    });
  }
  const source = ownModelSource({ ledger, tiers, tierOf: (tenant) => tiersOf.get(tenant) });
  const models = new OwnModels({
    source,
    clock: systemClock,
    machine: systemClock,
    logger: silentLogger,
    limits: { ...PATIENT, hangMs: 2_000 },
  });
  const desk = new OwnModelDesk({ ledger, tiers, clock: systemClock, runtime: models });
  return { ledger, models, desk, tiersOf, [Symbol.asyncDispose]: () => models.close() };
}

describe('the desk for tenants’ own models', () => {
  it('lets a model in that was checked and run, and it answers from then on, until it is removed', async () => {
    await using at = await openDesk();
    assert.deepEqual(await at.models.ask('enterprise', vectorOf(1)), []);
    const added = await at.desk.add({ tenant: 'enterprise', name: 'net', graph: text(honestGraph()), horizon: '5m' });
    assert.deepEqual([added.version, added.timeframe, added.card.horizon, added.active], [1, 'M1', '5m', true]);
    assert.ok((added.card.trial?.runMs ?? 0) > 0);
    const said = async () =>
      (await at.models.ask('enterprise', vectorOf(1), 20_000)).map(({ model, version, kind }) => [model, version, kind]);
    assert.deepEqual(await said(), [['net', '1', 'answered']]);
    assert.equal((await at.desk.add({ tenant: 'enterprise', name: 'net', graph: text(honestGraph({ steps: 1 })) })).version, 2);
    assert.deepEqual(await said(), [['net', '2', 'answered']]);
    assert.deepEqual(
      (await at.desk.list({ tenant: 'enterprise' })).map(({ version }) => version),
      [2],
    );
    assert.equal((await at.desk.remove({ tenant: 'enterprise', name: 'net' })).version, 2);
    assert.deepEqual(await said(), []);
    await assert.rejects(at.desk.remove({ tenant: 'enterprise', name: 'net' }), { code: 'NOT_FOUND', message: /no model net/ });
  });

  it('refuses every tier but Enterprise by its name, and runs none of a tenant that has stepped down', async () => {
    await using at = await openDesk();
    for (const tenant of ['free', 'basic', 'pro'])
      await assert.rejects(at.desk.add({ tenant, name: 'net', graph: text(honestGraph()) }), {
        code: 'CONFLICT',
        message: `tier ${tenant} of tenant ${tenant} has no models of its own`,
      });
    await at.desk.add({ tenant: 'enterprise', name: 'net', graph: text(honestGraph()) });
    at.tiersOf.set('enterprise', 'pro');
    at.models.changed('enterprise');
    assert.deepEqual(await at.models.ask('enterprise', vectorOf(1), 20_000), []);
    assert.deepEqual(
      (await at.desk.list({ tenant: 'enterprise' })).map(({ name }) => name),
      ['net'],
    );
  });

  it('keeps nothing of what does not fit, and says why', async () => {
    await using at = await openDesk();
    const refused = (graph: Uint8Array, code: string, message: RegExp) =>
      assert.rejects(at.desk.add({ tenant: 'enterprise', name: 'net', graph: text(graph) }), { code, message });
    await refused(new Uint8Array(LIMITS.ownModels.graphBytes).fill(8), 'INPUT_INVALID', /more fields than are read/);
    await refused(new Uint8Array(LIMITS.ownModels.graphBytes + 3), 'USAGE', /at most 4194304 bytes/);
    await refused(withOperator('RandomNormal'), 'INPUT_INVALID', /uses the operator "RandomNormal"/);
    const metadata = { 'suho.catalogue.version': '1', 'suho.catalogue.hash': 'b'.repeat(64) };
    await refused(honestGraph({ metadata }), 'CATALOGUE_MISMATCH', /another feature catalogue/);
    await refused(honestGraph({ input: { shape: ['batch', 100] } }), 'INPUT_INVALID', /one input vectors/);
    await refused(
      ownGraph(() => undefined, { output: { width: 2 } }),
      'INPUT_INVALID',
      /\[batch, 3\]/,
    );
    await refused(hungryGraph(2e9), 'INPUT_INVALID', /wants more memory/);
    await refused(slowGraph(400, 700), 'INPUT_INVALID', /a run of it takes|took more than 2000 ms/);
    assert.deepEqual(await at.desk.list({ tenant: 'enterprise' }), []);
    assert.equal((await at.ledger.listOwnModels()).rows.length, 0);
  });

  it('refuses names, horizons, timeframes and tenants that are none, and more models than may be', async () => {
    await using at = await openDesk();
    const graph = text(honestGraph());
    const refused = (input: object, code: string, message: RegExp) =>
      assert.rejects(at.desk.add({ tenant: 'enterprise', name: 'net', graph, ...input }), { code, message });
    await refused({ name: '../net' }, 'USAGE', /small letters/);
    await refused({ name: 'x'.repeat(65) }, 'USAGE', /64 characters/);
    await refused({ horizon: '4h' }, 'USAGE', /1m, 5m, 15m, 1h/);
    await refused({ timeframe: 'M2' }, 'USAGE', /a timeframe is one of/);
    await refused({ tenant: 'nobody' }, 'NOT_FOUND', /no tenant nobody/);
    for (let at_ = 0; at_ < LIMITS.ownModels.perTenant; at_++)
      await at.desk.add({ tenant: 'enterprise', name: `net-${at_}`, graph });
    await refused({}, 'CONFLICT', /has 4 models of its own, which is the most/);
  });

  it('is asked of a running node by its control socket, which knows nothing of it where no own models run', async () => {
    await using at = await openDesk();
    const told: string[] = [];
    const options = {
      ledger: at.ledger,
      tiers: at.desk.options.tiers,
      clock: systemClock,
      know: (tenant: { readonly id: string }) => told.push(tenant.id),
      node: { root: { tenants: { tell: () => true } } },
    } as unknown as ControlOptions;
    assert.ok(!('own-models.add' in controlMethods(options)));
    const methods = controlMethods({ ...options, ownModels: at.models });
    assert.deepEqual(
      Object.keys(ownModelMethods(at.desk)).filter((method) => !(method in methods)),
      [],
    );
    await methods['own-models.add']?.({ tenant: 'enterprise', name: 'net', graph: text(honestGraph()) });
    assert.equal((await at.models.ask('enterprise', vectorOf(1), 20_000)).length, 1);
    // A change of the tenant makes the node look again.
    at.tiersOf.set('enterprise', 'pro');
    await methods['tenant.set']?.({ id: 'enterprise', tier: 'pro' });
    assert.deepEqual(told, ['enterprise']);
    assert.deepEqual(await at.models.ask('enterprise', vectorOf(1), 20_000), []);
  });
});
