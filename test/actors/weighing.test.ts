/** How a tenant weighs a close: what it hears of models and of its own history, and what it does while that is not there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountMessage } from '../../src/actors/account.js';
import type { ActorRef } from '../../src/actors/actor.js';
import type { PatternsMessage } from '../../src/actors/patterns.js';
import { type SignalMessage, type SignalOptions, type SignalSettings, signalActor } from '../../src/actors/signal.js';
import { featureVector, Subscriptions } from '../../src/actors/subscriptions.js';
import { EVERY_ROLE, type Roles } from '../../src/cluster/roles.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import type { PatternNeighbour } from '../../src/signals/pattern-part.js';
import type { ModelSaid, Prediction } from '../../src/signals/prediction.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Decision } from '../../src/signals/signal.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { testSystem, until } from '../support/actors.js';
import { EVERY_RIGHT } from '../support/rights.js';

type Match = Extract<PatternsMessage, { kind: 'match' }>;

const SYMBOL = 'EURUSD';
const SPAN_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 6, 7);
const EVERYTHING = new ColumnView(() => true);
const EMBEDDING = new Float32Array(128).fill(Math.SQRT1_2 / 8);

/** All votes to one side, or none to either. */
function vectorAt(time: number, sign: number): { readonly candle: never; readonly values: Float64Array } {
  const values = new Float64Array(COLUMNS.length).fill(Number.NaN);
  const told = {
    ema_20: 1.1 + sign,
    ema_50: 1.1,
    macd_hist: sign,
    rsi_14: 50 + 20 * sign,
    plus_di: 20 + sign,
    minus_di: 20,
    adx: 25,
    supertrend_dir: sign,
    bb_upper: 1.6 - 0.5 * sign,
    bb_middle: 1.1 - 0.5 * sign,
    atr_14: 0.002,
  };
  for (const [column, value] of Object.entries(told)) values[placeOf(column)] = value;
  const candle = { symbol: SYMBOL, timeframe: 'M1', time, open: 1.1, high: 1.1, low: 1.1, close: 1.1, volume: 1 };
  return { candle: { ...candle, spread: 0, gapBefore: 0 } as never, values };
}

function predictionAt(time: number, buy: number, sell: number): Prediction {
  const calibration = { kind: 'as is' as const };
  const said: ModelSaid = {
    model: 'trees-m1',
    version: '1',
    kind: 'trees',
    horizons: { '15m': { output: { kind: 'sides', BUY: buy, SELL: sell }, accuracy: 0.5, calibration } },
    outlier: null,
    outlierMost: null,
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
  const shapes = { model: 'cnn-m1', version: '1', shapes: {}, embedding: EMBEDDING };
  return {
    symbol: SYMBOL,
    timeframe: 'M1',
    time,
    atMs: time + SPAN_MS,
    regime: undefined,
    said: [said],
    shapes,
    pooled: [],
  };
}

interface Wish {
  readonly rights?: Partial<SignalSettings['rights']>;
  readonly takePrediction?: Required<SignalOptions>['takePrediction'];
  readonly deaf?: boolean;
  /** What this node of several acts for. */
  readonly roles?: Roles;
}

interface World extends AsyncDisposable {
  readonly clock: SteppedClock;
  readonly decisions: Decision[];
  readonly asked: Match[];
  readonly remembered: Extract<PatternsMessage, { kind: 'decided' }>[];
  readonly offered: Extract<AccountMessage, { kind: 'decision' }>[];
  /** The next close: votes to one side, and what models say of it. */
  close(sign: number, said?: { readonly buy: number; readonly sell: number }, past?: boolean): Promise<void>;
}

function world(wish: Wish = {}): World {
  const clock = new SteppedClock(START_MS);
  const test = testSystem({ clock });
  const asked: Match[] = [];
  const remembered: Extract<PatternsMessage, { kind: 'decided' }>[] = [];
  const decisions: Decision[] = [];
  const offered: Extract<AccountMessage, { kind: 'decision' }>[] = [];
  const patterns = {
    path: '/patterns',
    tell: (message: PatternsMessage): boolean => {
      if (wish.deaf) return false;
      if (message.kind === 'match') asked.push(message);
      else if (message.kind === 'decided') remembered.push(message);
      return true;
    },
  };
  const account = {
    path: '/account',
    tell: (message: AccountMessage) => message.kind === 'decision' && offered.push(message) > 0,
  } as ActorRef<AccountMessage>;
  const settings: SignalSettings = {
    tenantId: 'tenant',
    strategy: 's-1',
    timeframe: 'M1',
    symbols: [SYMBOL],
    thresholds: DEFAULT_THRESHOLDS,
    columns: EVERYTHING,
    rights: { ...EVERY_RIGHT, ...wish.rights },
  };
  const signal: ActorRef<SignalMessage> = test.system.spawn(
    signalActor({
      settings: () => settings,
      subscriptions: new Subscriptions(),
      features: new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() }),
      accounts: { get: () => account, all: () => [account] },
      onDecision: (decision) => decisions.push(decision),
      patterns,
      ...(wish.roles === undefined ? {} : { roles: wish.roles }),
      ...(wish.takePrediction === undefined ? {} : { takePrediction: wish.takePrediction }),
    }),
  );
  let time = START_MS - SPAN_MS;
  return {
    clock,
    decisions,
    asked,
    remembered,
    offered,
    close: async (sign, said, past) => {
      time += SPAN_MS;
      clock.advanceTo(Math.max(clock.nowMs(), time + SPAN_MS));
      const prediction = said === undefined ? {} : { prediction: predictionAt(time, said.buy, said.sell) };
      signal.tell(featureVector(vectorAt(time, sign), EVERYTHING, { ...prediction, ...(past ? { past } : {}) }));
      await until(() => test.activity.pending === 0, 'the close is taken');
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

const EVEN = { buy: 0.5, sell: 0.5 };

function neighbour(id: string, wins: number): PatternNeighbour {
  return {
    item: { id, timeframe: 'M1', symbolClass: 'major', direction: 'BUY', trades: 94, wins },
    certainty: 0.9,
  };
}

async function answer({ asked }: World, at: number, found: Parameters<Match['answered']>[0]): Promise<void> {
  asked[at]?.answered(found);
}

describe('a tenant’s close', () => {
  it('is not asked about where whatever history said could make no signal', async () => {
    await using here = world();
    await here.close(0, { buy: 0.4, sell: 0.4 });
    assert.equal(here.asked.length, 0);
    await here.close(0, { buy: 0.6, sell: 0.4 });
    assert.equal(here.asked.length, 1, '0.4 · 60 + 0.4 · 100 is above 60');
  });

  it('waits for its history, and is judged by it', async () => {
    await using here = world();
    await here.close(0, EVEN);
    await answer(here, 0, []);
    await here.close(1, EVEN);
    const [, search] = here.asked;
    assert.ok(search);
    assert.deepEqual([search.symbol, search.closeTime, search.question.filter.timeframe], [SYMBOL, START_MS + 2 * SPAN_MS, 'M1']);
    assert.deepEqual(search.embedding, EMBEDDING);
    assert.equal(here.decisions.length, 0, 'nothing is decided before it is known');
    const { symbolClass } = search.question.filter;
    const near = neighbour('a', 77);
    await answer(here, 1, [{ ...near, item: { ...near.item, symbolClass } }]);
    await until(() => here.decisions.length === 1, 'a decision');
    const [decision] = here.decisions;
    assert.deepEqual(decision?.parts, { ml: 50, pattern: 80, technical: 100 });
    assert.ok(Math.abs((decision?.score ?? 0) - 72) < 1e-9);
    assert.equal(decision?.absent, undefined);
    assert.deepEqual(
      here.remembered.map(({ decision: { closeTime }, type }) => [closeTime, type]),
      [[START_MS + 2 * SPAN_MS, 'cnn-m1']],
    );
  });

  it('is judged without it when the next close comes first, and what is found then is of no interest', async () => {
    await using here = world();
    await here.close(0, EVEN);
    await answer(here, 0, []);
    await here.close(1, EVEN);
    await here.close(0, EVEN);
    const late = [START_MS + 2 * SPAN_MS, { pattern: 'late' }];
    const told = () => here.decisions.map(({ closeTime, absent }) => [closeTime, absent]);
    assert.deepEqual(told(), [late]);
    await answer(here, 1, []);
    // The third close waits still, and is overtaken in its turn: the score falls, and crosses again at the fourth.
    await here.close(1, EVEN);
    assert.deepEqual(told(), [late]);
    await answer(here, 3, []);
    await until(() => here.decisions.length === 2, 'the second crossing');
    assert.deepEqual(told()[1], [START_MS + 4 * SPAN_MS, { pattern: 'no neighbour' }]);
    assert.equal(here.asked.length, 4);
  });

  const silent: readonly (readonly [what: string, wish: Wish, absent: object])[] = [
    ['where nobody can be asked', { deaf: true }, { pattern: 'store down' }],
    ['where the tier keeps no patterns', { rights: { patterns: false } }, { pattern: 'tier' }],
    ['where the tier has no such model', { rights: { models: () => false, patterns: false } }, { ml: 'tier', pattern: 'tier' }],
    [
      'where its predictions are used up',
      { takePrediction: () => false, rights: { patterns: false } },
      { ml: 'used up', pattern: 'tier' },
    ],
  ];
  for (const [what, wish, absent] of silent)
    it(`is judged at once ${what}, and says so`, async () => {
      await using here = world(wish);
      await here.close(0, EVEN);
      await here.close(1, EVEN);
      assert.deepEqual(
        here.decisions.map((decision) => decision.absent),
        [absent],
      );
      assert.equal(here.asked.length, 0);
    });

  it('takes one prediction of what the tier includes, and none where nothing was predicted or it is past', async () => {
    let taken = 0;
    const takePrediction = (tenantId: string): boolean => {
      assert.equal(tenantId, 'tenant');
      taken += 1;
      return true;
    };
    await using here = world({ takePrediction, rights: { patterns: false } });
    await here.close(0, EVEN, true);
    await here.close(0);
    assert.equal(taken, 0);
    await here.close(0, EVEN);
    assert.equal(taken, 1);
  });

  it('takes none where every model was left out', async () => {
    let taken = 0;
    const takePrediction = (): boolean => {
      taken += 1;
      return true;
    };
    await using here = world({ takePrediction, rights: { patterns: false, models: () => false } });
    await here.close(0, EVEN);
    assert.equal(taken, 0);
  });

  it('that is past decides nothing anew: what is valid still is offered, and no more is told', async () => {
    await using here = world({ rights: { patterns: false } });
    await here.close(0, EVEN, true);
    await here.close(1, EVEN, true);
    assert.equal(here.decisions.length, 0);
    assert.deepEqual(
      here.offered.map(({ timed }) => [timed.decision.kind, timed.decision.closeTime]),
      [['OPEN', START_MS + 2 * SPAN_MS]],
    );
    await here.close(1, EVEN);
    assert.deepEqual([here.decisions.length, here.offered.length], [0, 1], 'the score stood there at the close before');
  });

  it('that is long past is not offered', async () => {
    await using here = world({ rights: { patterns: false } });
    await here.close(0, EVEN, true);
    here.clock.advanceTo(START_MS + 10 * SPAN_MS);
    await here.close(1, EVEN, true);
    assert.deepEqual([here.decisions.length, here.offered.length], [0, 0]);
  });
});

describe('a tenant that is decided for on another node', () => {
  it('takes none of its predictions here until it is handed over', async () => {
    let held = false;
    let taken = 0;
    const roles: Roles = {
      holds: (thing) => (held ? EVERY_ROLE.holds(thing) : undefined),
      follow: () => () => {},
    };
    const takePrediction = (): boolean => {
      taken += 1;
      return true;
    };
    await using here = world({ roles, takePrediction, rights: { patterns: false } });
    const said = { buy: 0.9, sell: 0.1 };
    for (const sign of [0, 0]) await here.close(sign, said);
    assert.equal(taken, 0);
    held = true;
    await here.close(1, said);
    assert.equal(taken, 1);
  });
});
