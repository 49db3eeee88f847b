import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTRUMENTS, instrumentOf } from '../../src/market/instrument.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import { seededRandom } from '../../src/runtime/random.js';

const DAY_MS = 86_400_000;
const MONDAY = Date.UTC(2024, 0, 8);
const TUESDAY = MONDAY + DAY_MS;

interface Seen {
  readonly symbol: string;
  readonly timeMs: number;
  readonly bid: number;
  readonly ask: number;
}

function record(market: SyntheticMarket, stops: Iterable<number>): Seen[] {
  const seen: Seen[] = [];
  for (const stop of stops) market.advanceTo(stop, (symbol, timeMs, bid, ask) => seen.push({ symbol, timeMs, bid, ask }));
  return seen;
}

/** What a sane reader keeps of a feed: plain rules, not the engine's filter. */
function sane(ticks: readonly Seen[], symbol: string): Seen[] {
  const kept: Seen[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (tick.symbol !== symbol || tick.bid <= 0 || tick.ask <= tick.bid) continue;
    if (last && (tick.timeMs < last.timeMs || Math.abs(tick.bid / last.bid - 1) > 0.02)) continue;
    kept.push(tick);
  }
  return kept;
}

function minuteReturns(ticks: readonly Seen[]): number[] {
  const closes = new Map<number, number>();
  for (const { timeMs, bid } of ticks) closes.set(Math.floor(timeMs / 60_000), Math.log(bid));
  const points = [...closes];
  // A step over a longer silence belongs to no minute.
  return points.flatMap(([minute, value], at) => {
    const [before, from] = points[at - 1] ?? [Number.NaN, 0];
    return minute - before <= 5 ? [value - from] : [];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function autocorrelation(values: readonly number[], lag: number): number {
  const centre = mean(values);
  let top = 0;
  let bottom = 0;
  for (const [at, value] of values.entries()) {
    bottom += (value - centre) ** 2;
    if (at >= lag) top += (value - centre) * ((values[at - lag] as number) - centre);
  }
  return top / bottom;
}

function* every(stepMs: number, from: number, to: number): Generator<number> {
  for (let at = from; at < to; at += stepMs) yield at;
  yield to;
}

test('the same seed gives the same ticks in whatever steps time moves, and another seed others', () => {
  const to = TUESDAY + 3 * 3_600_000;
  const once = record(new SyntheticMarket({ seed: 7, startMs: TUESDAY }), [to]);
  assert.deepEqual(record(new SyntheticMarket({ seed: 7, startMs: TUESDAY }), every(137, TUESDAY, to)), once);
  const random = seededRandom('steps');
  const ragged: number[] = [];
  for (let at = TUESDAY; at < to; at += random.int(90_000)) ragged.push(at);
  const market = new SyntheticMarket({ seed: 7, startMs: TUESDAY });
  assert.deepEqual(record(market, [...ragged, to]), once);
  assert.notDeepEqual(record(new SyntheticMarket({ seed: 8, startMs: TUESDAY }), [to]), once);
});

test('a symbol ticks the same alone as in the whole market', () => {
  const to = TUESDAY + 3_600_000;
  const all = record(new SyntheticMarket({ seed: 7, startMs: TUESDAY }), [to]);
  const alone = record(new SyntheticMarket({ seed: 7, startMs: TUESDAY, symbols: ['EURJPY'] }), [to]);
  assert.ok(alone.length > 100);
  assert.deepEqual(
    alone,
    all.filter(({ symbol }) => symbol === 'EURJPY'),
  );
});

test('a day has ticks of every symbol, on multiples of 10 ms, rounded to its digits, near its usual price and rate', () => {
  const market = new SyntheticMarket({ seed: 3, startMs: TUESDAY });
  const ticks = record(market, [TUESDAY + DAY_MS]);
  assert.ok(ticks.every(({ timeMs }) => timeMs % 10 === 0));
  assert.ok(market.nextTimeMs() > TUESDAY + DAY_MS);
  const typical: Record<string, number> = { EURUSD: 1.09, GBPUSD: 1.27, USDJPY: 150, XAUUSD: 2_000, USDSEK: 10.5, EURGBP: 0.858 };
  for (const { symbol, digits } of INSTRUMENTS) {
    const own = sane(ticks, symbol);
    const perSecond = own.length / 86_400;
    assert.ok(perSecond > 0.1 && perSecond < 0.6, `${symbol}: ${perSecond} ticks/s`);
    for (const { bid, ask } of own)
      assert.ok(Number(bid.toFixed(digits)) === bid && Number(ask.toFixed(digits)) === ask, `${symbol} ${bid} ${ask}`);
    const usual = typical[symbol];
    if (usual !== undefined) assert.ok(Math.abs(mean(own.map(({ bid }) => bid)) / usual - 1) < 0.05, symbol);
  }
});

test('sessions: London is several times as busy and as volatile as the late evening, and spreads are wider at night', () => {
  const ticks = sane(
    record(new SyntheticMarket({ seed: 4, startMs: MONDAY, symbols: ['EURUSD'] }), [MONDAY + 5 * DAY_MS]),
    'EURUSD',
  );
  const between = (from: number, to: number): Seen[] =>
    ticks.filter(({ timeMs }) => timeMs % DAY_MS >= from * 3_600_000 && timeMs % DAY_MS < to * 3_600_000);
  const london = between(13, 16);
  const evening = between(19, 22);
  const asia = between(1, 4);
  const moved = (part: readonly Seen[]): number => mean(minuteReturns(part).map(Math.abs));
  const spread = (part: readonly Seen[]): number => mean(part.map(({ bid, ask }) => ask - bid));
  assert.ok(
    london.length > 2.5 * evening.length && london.length > 2.5 * asia.length,
    `${london.length} ${evening.length} ${asia.length}`,
  );
  assert.ok(moved(london) > 1.4 * moved(asia), `${moved(london)} ${moved(asia)}`);
  assert.ok(spread(evening) > 1.5 * spread(london), `${spread(evening)} ${spread(london)}`);
});

test('volatility comes in clusters and in trends: |returns| are autocorrelated, returns hardly, tails are fat', () => {
  const to = MONDAY + 5 * DAY_MS - 3 * 3_600_000;
  const ticks = sane(record(new SyntheticMarket({ seed: 5, startMs: MONDAY, symbols: ['EURUSD'] }), [to]), 'EURUSD');
  // Sessions alone would correlate the sizes, so each return is measured against its own half hour of the day.
  const raw = minuteReturns(ticks).slice(0, 6_000);
  const bySlot = new Map<number, number[]>();
  for (const [at, value] of raw.entries()) {
    const slot = Math.floor((at % 1_440) / 30);
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), value]);
  }
  const scale = new Map([...bySlot].map(([slot, values]) => [slot, mean(values.map(Math.abs))]));
  const returns = raw.map((value, at) => value / (scale.get(Math.floor((at % 1_440) / 30)) as number));
  const sizes = returns.map(Math.abs);
  for (const lag of [1, 5, 15]) assert.ok(autocorrelation(sizes, lag) > 0.08, `lag ${lag}: ${autocorrelation(sizes, lag)}`);
  assert.ok(Math.abs(autocorrelation(returns, 1)) < 0.15, `${autocorrelation(returns, 1)}`);
  const kurtosis = mean(returns.map((value) => value ** 4)) / mean(returns.map((value) => value ** 2)) ** 2;
  assert.ok(kurtosis > 4, `kurtosis ${kurtosis}`);
  const day = Math.sqrt(mean(raw.map((value) => value ** 2)) * 1_440);
  assert.ok(day > 0.002 && day < 0.015, `a day's deviation is ${day}`);
});

test('cross rates agree at every instant: EURJPY is EURUSD times USDJPY within the spreads', () => {
  const market = new SyntheticMarket({ seed: 6, startMs: TUESDAY });
  const mid = (symbol: string): number => {
    const price = market.truth(symbol);
    assert.ok(price && price.ask > price.bid && price.bid > 0);
    return (price.bid + price.ask) / 2;
  };
  for (let at = TUESDAY; at < TUESDAY + DAY_MS; at += 600_000) {
    market.advanceTo(at, () => {});
    for (const [cross, first, second] of [
      ['EURJPY', 'EURUSD', 'USDJPY'],
      ['GBPAUD', 'GBPUSD', 'AUDUSD'],
      ['EURGBP', 'EURUSD', 'GBPUSD'],
    ] as const) {
      const made = second.startsWith('USD') ? mid(first) * mid(second) : mid(first) / mid(second);
      const tolerance = (12 * (instrumentOf(cross)?.pip ?? 0)) / mid(cross);
      assert.ok(Math.abs(mid(cross) / made - 1) < tolerance, `${cross} ${mid(cross)} against ${made}`);
    }
  }
});

test('no tick from Friday 22:00 to Sunday 22:00, then prices open with a gap', () => {
  const close = MONDAY + 4 * DAY_MS + 22 * 3_600_000;
  const open = close + 2 * DAY_MS;
  const ticks = record(new SyntheticMarket({ seed: 9, startMs: close - 3_600_000 }), every(3_600_000, close, open + 600_000));
  assert.ok(ticks.some(({ timeMs }) => timeMs < close) && ticks.some(({ timeMs }) => timeMs >= open));
  assert.deepEqual(
    ticks.filter(({ timeMs }) => timeMs >= close && timeMs < open - 50),
    [],
  );
  const gaps = INSTRUMENTS.map(({ symbol }) => {
    const own = sane(ticks, symbol);
    const before = own.findLast(({ timeMs }) => timeMs < close) as Seen;
    const after = own.find(({ timeMs }) => timeMs >= open) as Seen;
    return Math.abs(after.bid / before.bid - 1);
  });
  assert.ok(mean(gaps) > 0.0012 && Math.max(...gaps) < 0.02, `${gaps}`);
  const started = new SyntheticMarket({ seed: 9, startMs: close + 3_600_000 });
  assert.ok(started.nextTimeMs() >= open);
});

test('about one tick in two thousand is false, of every kind, and the true price never is', () => {
  const market = new SyntheticMarket({ seed: 10, startMs: TUESDAY, rate: 2 });
  const kinds = { crossed: 0, notPositive: 0, spike: 0, double: 0, disordered: 0 };
  const last = new Map<string, Seen>();
  let total = 0;
  let worst = 0;
  for (const to of every(60_000, TUESDAY, TUESDAY + 12 * 3_600_000)) {
    market.advanceTo(to, (symbol, timeMs, bid, ask) => {
      total += 1;
      const before = last.get(symbol);
      if (bid <= 0 || ask <= 0) kinds.notPositive += 1;
      else if (ask < bid) kinds.crossed += 1;
      else if (before && timeMs < before.timeMs) kinds.disordered += 1;
      else if (before && Math.abs(bid / before.bid - 1) > 0.02) kinds.spike += 1;
      else if (before && timeMs === before.timeMs && bid === before.bid && ask === before.ask) kinds.double += 1;
      else last.set(symbol, { symbol, timeMs, bid, ask });
    });
    for (const [symbol, tick] of last) {
      const price = market.truth(symbol);
      assert.ok(price && price.bid > 0 && price.ask > price.bid);
      worst = Math.max(worst, Math.abs(price.bid / tick.bid - 1));
    }
  }
  const share = Object.values(kinds).reduce((sum, count) => sum + count, 0) / total;
  assert.ok(share > 1 / 3_500 && share < 1 / 1_200, `${share}`);
  assert.ok(
    Object.values(kinds).every((count) => count > 0),
    JSON.stringify(kinds),
  );
  assert.ok(worst < 0.02, `the true price is ${worst} from the last sane tick`);
});

test('prices still stand near their usual levels after months', () => {
  const market = new SyntheticMarket({ seed: 11, startMs: MONDAY, symbols: ['EURUSD', 'USDJPY'], rate: 0.01 });
  market.advanceTo(MONDAY + (process.env.SUHO_PROOF ? 365 : 60) * DAY_MS, () => {});
  const euro = market.truth('EURUSD')?.bid ?? 0;
  const yen = market.truth('USDJPY')?.bid ?? 0;
  assert.ok(euro > 0.85 && euro < 1.4 && yen > 115 && yen < 195, `${euro} ${yen}`);
});

test('a symbol outside the reference set is refused by name', () => {
  assert.throws(() => new SyntheticMarket({ seed: 1, startMs: MONDAY, symbols: ['EURXYZ'] }), {
    code: 'NOT_FOUND',
    message: 'the synthetic market has no symbol EURXYZ',
  });
});
