/** Each route with each role of each tenant: who may ask, and that nobody is shown what is another's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newSignal } from '../contracts/ledger-world.js';
import { type HttpWorld, httpWorld } from '../support/http-world.js';

const SIGNAL = newSignal(1, 1).id;

describe('over HTTP', () => {
  let world: HttpWorld;
  before(async () => {
    world = await httpWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  test('lists are filled, so that an empty one says something', async () => {
    for (const list of ['tenants', 'accounts', 'signals', 'refusals', 'executions', 'deals', 'risk-events', 'audit'])
      for (const asker of ['auditor', 'tenant-admin@north']) {
        const { rows } = (await (await world.ask(`/v1/${list}`, asker)).json()) as { rows: unknown[] };
        assert.ok(rows.length > 0, `${asker}, ${list}`);
      }
  });

  test('a tenant sees the symbols that it follows, and of others not even that they are there', async () => {
    assert.equal((await world.ask('/v1/symbols/USDJPY', 'owner')).status, 200);
    assert.equal((await world.ask('/v1/symbols/USDJPY', 'tenant-admin@north')).status, 404);
    assert.equal((await world.ask('/v1/symbols/USDJPY/candles', 'tenant-admin@north')).status, 404);
    assert.equal((await world.ask('/v1/symbols/NOSUCH', 'owner')).status, 404);
  });

  test('a signal comes with its life and its explanation', async () => {
    const life = (await (await world.ask(`/v1/signals/${SIGNAL}`, 'tenant-reader@north')).json()) as Record<string, unknown>;
    assert.deepEqual(life.lineage, { made: 'of' });
    assert.deepEqual(life.explanation, { of: '{"made":"of"}' });
    assert.deepEqual(
      (life.deals as { deal: string }[]).map(({ deal }) => deal),
      ['7', '18446744073709551614'],
    );
  });

  test('candles before a time, and no more than were asked for', async () => {
    const all = (await (await world.ask('/v1/symbols/EURUSD/candles', 'owner')).json()) as { rows: { time: number }[] };
    const times = all.rows.map(({ time }) => time);
    const answer = await world.ask(`/v1/symbols/EURUSD/candles?to=${times[4]}&most=2`, 'owner');
    const some = (await answer.json()) as { rows: { time: number }[] };
    assert.deepEqual(
      some.rows.map(({ time }) => time),
      [times[2], times[3]],
    );
  });
});
