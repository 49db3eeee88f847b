/** What a node takes of what others tell it, by the epochs under which they do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenToOthers } from '../../src/node/listen-to-others.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { subjectOf } from '../../src/storage/bus/subjects.js';

const CANDLE = {
  symbol: 'EURUSD',
  timeframe: 'M1' as const,
  time: 60_000,
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1,
  spread: 0,
  gapBefore: 0,
};
const OF = { symbol: 'EURUSD', timeframe: 'M1' };

test('a candle of the holder before is taken, though a vector of the next has overtaken it; what the one before tells later is not', async () => {
  const broker = new MemoryBroker({ clock: new SteppedClock(0), random: seededRandom(1) });
  const heard: string[] = [];
  const stop = listenToOthers({
    node: 'node-3',
    bus: broker.connect(),
    root: {
      in: {
        ticks: () => {},
        candle: ({ time }) => void heard.push(`candle ${time}`),
        handed: ({ candle }) => void heard.push(`vector ${candle.time}`),
        signal: () => {},
      },
    },
    tenants: () => [],
  });
  const bus = broker.connect();
  const under = (revision: number) => ({ under: { node: `node-${revision}`, generation: 1, revision } });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const vector = async (time: number, revision: number): Promise<void> => {
    bus.publish(subjectOf('features', OF), { candle: { ...CANDLE, time }, ...under(revision) } as never);
    await settled();
  };
  const candle = async (time: number, revision: number): Promise<void> => {
    await bus.keep(subjectOf('candle', OF), { ...CANDLE, time, ...under(revision) }, `${time}`);
    await settled();
  };
  await vector(120_000, 2);
  await vector(60_000, 1);
  await candle(60_000, 1);
  await candle(120_000, 2);
  await candle(180_000, 1);
  assert.deepEqual(heard, ['vector 120000', 'candle 60000', 'candle 120000']);
  await stop();
});
