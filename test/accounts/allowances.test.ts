import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Allowances, type Use } from '../../src/accounts/allowances.js';
import { METERED, TIER_NAMES } from '../../src/accounts/tiers.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { proofCount } from '../support/price-paths.js';

const tiers = await readTiers();
const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 6, 12);
const wish = (amount = 1, holder = 'blue') => ({ holder, what: 'predictions', rate: { amount: 3, spanMs: HOUR }, amount });

test('at the bound the answer says why, how much is used, and when there is more', () => {
  const allowances = new Allowances();
  const taken = [1, 2, 3].map(() => allowances.take(wish(), NOON + 1));
  assert.deepEqual(
    taken.map((answer) => answer.allowed && answer.left),
    [2, 1, 0],
  );
  assert.deepEqual(allowances.take(wish(), NOON + 59 * 60_000), {
    allowed: false,
    reason: 'The tier includes 3 predictions in one hour, and 3 are used.',
    limit: 3,
    used: 3,
    resetAtMs: NOON + HOUR,
  });
  assert.equal(allowances.take(wish(), NOON + HOUR - 1).allowed, false);
  assert.equal(allowances.take(wish(), NOON + HOUR).allowed, true);
});

test('what does not fit whole takes nothing', () => {
  const allowances = new Allowances();
  allowances.take(wish(2), NOON);
  assert.equal(allowances.take(wish(2), NOON).allowed, false);
  assert.deepEqual(allowances.take(wish(1), NOON), { allowed: true, left: 0 });
});

test('holders and things are counted apart', () => {
  const allowances = new Allowances();
  allowances.take(wish(3), NOON);
  assert.equal(allowances.take(wish(3, 'red'), NOON).allowed, true);
  assert.equal(allowances.take({ ...wish(3), what: 'requests' }, NOON).allowed, true);
});

test('a clock that is set back gives no second allowance, and one that ran far ahead is not waited for', () => {
  const allowances = new Allowances();
  allowances.take(wish(3), NOON);
  assert.equal(allowances.take(wish(), NOON - 1_000).allowed, false);
  assert.equal(allowances.take(wish(), NOON - 3 * HOUR).allowed, true);
});

test('a tier that includes more lets more pass at once, one that includes less holds against what was used', () => {
  const allowances = new Allowances();
  allowances.take(wish(3), NOON);
  const of = (amount: number) => allowances.take({ ...wish(), rate: { amount, spanMs: HOUR } }, NOON).allowed;
  assert.deepEqual([of(4), of(4), of(1), of(Number.POSITIVE_INFINITY)], [true, false, false, true]);
});

const moves = fc.array(
  fc.record({
    holder: fc.constantFrom('a', 'b'),
    afterMs: fc.integer({ min: 0, max: HOUR }),
    amount: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 60 },
);

test('in no hour passes more than is included, nothing is refused that would fit, restarts or not', () => {
  fc.assert(
    fc.property(moves, fc.integer({ min: 1, max: 6 }), fc.nat(), (steps, most, restart) => {
      let allowances = new Allowances();
      const passed = new Map<string, number>();
      let nowMs = NOON;
      for (const [at, { holder, afterMs, amount }] of steps.entries()) {
        nowMs += afterMs;
        const rate = { amount: most, spanMs: HOUR };
        const key = `${holder} ${new Date(nowMs).toISOString().slice(0, 13)}`;
        const before = passed.get(key) ?? 0;
        if (at === restart % (steps.length + 1))
          allowances = new Allowances(JSON.parse(JSON.stringify(allowances.uses(nowMs))) as Use[]);
        const answer = allowances.take({ holder, what: 'predictions', rate, amount }, nowMs);
        assert.equal(answer.allowed, before + amount <= most);
        if (answer.allowed) passed.set(key, before + amount);
        else assert.equal(answer.resetAtMs, Math.floor(nowMs / HOUR) * HOUR + HOUR);
      }
    }),
    { numRuns: proofCount(3_000) },
  );
});

test('what is past is not kept', () => {
  const allowances = new Allowances();
  allowances.take(wish(), NOON);
  allowances.take({ ...wish(1, 'red'), rate: { amount: 3, spanMs: 24 * HOUR } }, NOON);
  assert.deepEqual(
    allowances.uses(NOON + HOUR).map(({ holder }) => holder),
    ['red'],
  );
});

test('each tier’s rates are what its table says, and what it includes it gives', () => {
  for (const tier of TIER_NAMES) {
    const { signalsPerDay, predictionsPerHour, requestsPerMinute } = tiers.rules(tier);
    assert.deepEqual(
      METERED.map((what) => tiers.rate(tier, what)),
      [
        { amount: signalsPerDay, spanMs: 86_400_000 },
        { amount: predictionsPerHour, spanMs: 3_600_000 },
        { amount: requestsPerMinute, spanMs: 60_000 },
      ],
    );
    const allowances = new Allowances();
    const ask = (amount: number) =>
      allowances.take({ holder: 'blue', what: 'requests', rate: tiers.rate(tier, 'requests'), amount }, NOON).allowed;
    assert.deepEqual([ask(requestsPerMinute), ask(1)], [true, requestsPerMinute === Number.POSITIVE_INFINITY]);
  }
});
