/** Demos that are told when they began share one time and one market, whenever each of them starts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { demoNowMs } from '../../src/demo/demo.js';
import { DEMO_FROM_MS, DemoMarket } from '../../src/demo/demo-market.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { FileJournal } from '../../src/storage/journal/file-journal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SEED = 7;
const BEGAN = '2026-03-02T07:00:00.000Z';

interface Tick {
  readonly symbol: string;
  readonly timeMs: number;
  readonly bid: number;
}

function polled(market: DemoMarket, nowMs: number): readonly Tick[] {
  const ticks: Tick[] = [];
  market.poll(nowMs, (symbol, timeMs, bid) => ticks.push({ symbol, timeMs, bid }));
  return ticks;
}

describe('a demo with a shared time', () => {
  it('is where the others are, however fast it runs; without one it has a time of its own', () => {
    const beganMs = Date.parse(BEGAN);
    assert.equal(demoNowMs({ demoBegan: BEGAN, speed: 20 }, beganMs), DEMO_FROM_MS);
    assert.equal(demoNowMs({ demoBegan: BEGAN, speed: 20 }, beganMs + 3_000), DEMO_FROM_MS + 60_000);
    assert.equal(demoNowMs({ demoBegan: '', speed: 20 }, beganMs), undefined);
  });

  it('a node that comes later is handed what came meanwhile, tick for tick as those that were there', async () => {
    await using early = await temporaryFolder();
    await using late = await temporaryFolder();
    const journals = [new FileJournal(early.path), new FileJournal(late.path)] as const;
    try {
      const there = new DemoMarket(SEED, journals[0], new SharedPrices(), DEMO_FROM_MS);
      const seen = [...polled(there, DEMO_FROM_MS + 90_000), ...polled(there, DEMO_FROM_MS + 180_000)];
      const comes = new DemoMarket(SEED, journals[1], new SharedPrices(), DEMO_FROM_MS + 180_000);
      assert.equal(comes.startMs, DEMO_FROM_MS + 180_000);
      const order = (a: Tick, b: Tick): number => a.timeMs - b.timeMs || (a.symbol < b.symbol ? -1 : 1);
      assert.deepEqual([...polled(comes, DEMO_FROM_MS + 180_000)].sort(order), [...seen].sort(order));
      assert.ok(seen.length > 100);
    } finally {
      for (const journal of journals) journal.close();
    }
  });
});
