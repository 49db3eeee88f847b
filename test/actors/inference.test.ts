/** What models are asked of each close, and in which order it goes out, whatever happens meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferenceMessage, inferenceActor, type Predictor } from '../../src/actors/inference.js';
import type { ActorRef } from '../../src/actors/actor.js';
import { type FeatureVector, Subscriptions } from '../../src/actors/subscriptions.js';
import { ColumnView } from '../../src/features/column-view.js';
import type { CatalogueVector } from '../../src/features/feature-stream.js';
import type { VectorWindow } from '../../src/features/vector-window.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import type { Prediction } from '../../src/signals/prediction.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { testSystem, until } from '../support/actors.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const SYMBOL = 'EURUSD';
const EVERYTHING = new ColumnView(() => true);
const CANDLES = walkOfCandles(SYMBOL, 'M1', 70);

/** A predictor whose answers come when they are let go. */
class HeldPredictor implements Predictor {
  readonly asked: (readonly CatalogueVector[])[] = [];
  readonly closings: number[] = [];
  readonly kept: number[] = [];
  standing = true;
  crashAt: number | undefined;
  #held: (() => void)[] = [];

  asks(): boolean {
    return this.standing;
  }

  predict(window: VectorWindow): Promise<Prediction> {
    const { time } = window.newest.candle;
    this.asked.push([...window.rows]);
    return new Promise((resolve) => this.#held.push(() => resolve(predictionAt(time))));
  }

  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }

  closed({ candle }: CatalogueVector): void {
    this.closings.push(candle.time);
  }

  onOutcome(): void {}

  said({ time }: Prediction): void {
    if (time === this.crashAt) throw new Error('planted');
    this.kept.push(time);
  }
}

function predictionAt(time: number): Prediction {
  return {
    symbol: SYMBOL,
    timeframe: 'M1',
    time,
    atMs: time + 60_000,
    regime: undefined,
    said: [],
    shapes: undefined,
    pooled: [],
  };
}

interface World extends AsyncDisposable {
  readonly predictor: HeldPredictor;
  readonly told: Prediction[];
  readonly ref: ActorRef<InferenceMessage>;
  /** Closes the next candle. */
  close(): number;
  follow(path: string): { readonly told: FeatureVector[]; leave(): void };
}

function world(history = 66): World {
  const test = testSystem();
  const predictor = new HeldPredictor();
  const told: Prediction[] = [];
  const subscriptions = new Subscriptions();
  const features = new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() });
  features.open(SYMBOL, 'M1');
  let next = 0;
  const update = (): CatalogueVector => {
    const candle = CANDLES[next];
    next += 1;
    assert.ok(candle);
    return features.update(candle);
  };
  while (next < history) update();
  const ref = test.system.spawn(
    inferenceActor({
      symbol: SYMBOL,
      timeframe: 'M1',
      features,
      subscriptions,
      predictor,
      onPrediction: (prediction) => told.push(prediction),
    }),
  );
  return {
    predictor,
    told,
    ref,
    close: () => {
      const vector = update();
      ref.tell({ kind: 'vector', vector, tickAtNs: 7n });
      return vector.candle.time;
    },
    follow: (path) => {
      const reader = { path, told: [] as FeatureVector[], tell: (vector: FeatureVector) => reader.told.push(vector) > 0 };
      subscriptions.subscribe(SYMBOL, 'M1', reader, EVERYTHING);
      return { told: reader.told, leave: () => subscriptions.unsubscribe(reader) };
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

const timesOf = (told: readonly FeatureVector[]): readonly number[] => told.map(({ candle }) => candle.time);

async function answerAll({ predictor }: World, condition: () => boolean, what: string): Promise<void> {
  await until(() => {
    predictor.letGo();
    return condition();
  }, what);
}

describe('the inference of a symbol', () => {
  it('who begins to follow is told the newest two closes as past, and then each close with what models said of it', async () => {
    await using here = world();
    const tenant = here.follow('tenant');
    await answerAll(here, () => tenant.told.length === 2, 'the newest two');
    const [first, second] = CANDLES.slice(64, 66).map(({ time }) => time);
    assert.deepEqual(timesOf(tenant.told), [first, second]);
    assert.ok(tenant.told.every(({ past, prediction, candle }) => past === true && prediction?.time === candle.time));
    assert.deepEqual([here.told.length, here.predictor.kept.length], [0, 0], 'what is past is no news');
    const time = here.close();
    await answerAll(here, () => tenant.told.length === 3, 'the next close');
    const newest = tenant.told[2];
    assert.deepEqual([newest?.candle.time, newest?.past, newest?.tickAtNs], [time, undefined, 7n]);
    assert.equal(newest?.prediction?.time, time);
    assert.deepEqual([here.told.map((each) => each.time), here.predictor.kept], [[time], [time]]);
  });

  it('asks about a window that ends with the candle, as far back as vectors are kept', async () => {
    await using here = world();
    const tenant = here.follow('tenant');
    const time = here.close();
    here.close();
    await answerAll(here, () => tenant.told.length >= 3, 'answers');
    const window = here.predictor.asked.find((asked) => asked.at(-1)?.candle.time === time);
    assert.ok(window && window.length >= 63, `${window?.length} vectors`);
    assert.deepEqual(
      window.map(({ candle }) => candle.time),
      CANDLES.slice(67 - window.length, 67).map((candle) => candle.time),
    );
  });

  it('closes go out in their order, one asked about at a time', async () => {
    await using here = world();
    const tenant = here.follow('tenant');
    await answerAll(here, () => tenant.told.length === 2, 'the newest two');
    const times = [here.close(), here.close(), here.close()];
    await until(() => here.predictor.asked.length === 3, 'the first is asked about');
    assert.equal(tenant.told.length, 2);
    await answerAll(here, () => tenant.told.length === 5, 'all three');
    assert.deepEqual(timesOf(tenant.told).slice(2), times);
    assert.deepEqual(here.predictor.closings, times);
  });

  it('who begins to follow while a close is asked about is told that close in its turn, and once', async () => {
    await using here = world();
    const early = here.follow('early');
    await answerAll(here, () => early.told.length === 2, 'the newest two');
    const time = here.close();
    await until(() => here.predictor.asked.length === 3, 'it is asked about');
    const late = here.follow('late');
    await answerAll(here, () => late.told.length === 2 && early.told.length === 3, 'both know it');
    assert.deepEqual(timesOf(late.told), [CANDLES[65]?.time, time]);
    const next = here.close();
    await answerAll(here, () => late.told.length === 3, 'the next one');
    assert.deepEqual(timesOf(late.told), [CANDLES[65]?.time, time, next]);
  });

  it('nothing is asked where nobody follows, or no model stands; a close goes out all the same', async () => {
    await using here = world();
    here.close();
    await until(() => here.predictor.closings.length === 1, 'a close that nobody follows');
    assert.equal(here.predictor.asked.length, 0);
    here.predictor.standing = false;
    const tenant = here.follow('tenant');
    const time = here.close();
    await until(() => tenant.told.length === 3, 'a close without a model');
    assert.equal(here.predictor.asked.length, 0);
    assert.deepEqual([tenant.told[2]?.candle.time, tenant.told[2]?.prediction], [time, undefined]);
    tenant.leave();
    here.predictor.standing = true;
    here.close();
    await until(() => here.predictor.closings.length === 3, 'a close that nobody follows any more');
    assert.equal(here.predictor.asked.length, 0);
  });

  it('a crash loses no close: what waited goes out without a prediction, in its order, and then all is as before', async () => {
    await using here = world();
    const tenant = here.follow('tenant');
    await answerAll(here, () => tenant.told.length === 2, 'the newest two');
    const times = [here.close(), here.close()];
    here.predictor.crashAt = times[0];
    await answerAll(here, () => tenant.told.length === 4, 'both closes');
    assert.deepEqual(timesOf(tenant.told).slice(2), times);
    assert.deepEqual([tenant.told[2]?.prediction?.time, tenant.told[3]?.prediction], [times[0], undefined]);
    const later = here.close();
    await answerAll(here, () => tenant.told.length === 5, 'the next close');
    assert.equal(tenant.told[4]?.prediction?.time, later);
    const newcomer = here.follow('newcomer');
    await answerAll(here, () => newcomer.told.length === 2, 'a newcomer');
  });
});
