import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Latencies } from '../../load-tests/load/latencies.js';

const micros = fc.array(fc.integer({ min: 1, max: 3_000_000_000 }), { minLength: 1, maxLength: 300 });

/** By its definition: the least value that as large a share of all is not above. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length - 1e-9) - 1)] as number;
}

function near(told: number, trueMs: number, what: string): void {
  assert.ok(Math.abs(told - trueMs) <= trueMs / 900 + 0.002, `${what}: ${told} is not ${trueMs}`);
}

describe('latencies', () => {
  it('of several processes together have the percentiles of all their values', () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 1, maxLength: 4 }), (processes) => {
        const all = new Latencies();
        for (const values of processes) {
          const own = new Latencies();
          for (const us of values) own.record('steady', 'signal', us);
          all.add(own.pack());
        }
        const figures = all.figures(['steady'], 'signal');
        const sorted = processes.flat().sort((a, b) => a - b);
        assert.ok(figures !== undefined);
        assert.equal(figures.count, sorted.length);
        near(figures.p50, percentile(sorted, 50) / 1_000, 'p50');
        near(figures.p90, percentile(sorted, 90) / 1_000, 'p90');
        near(figures.p99, percentile(sorted, 99) / 1_000, 'p99');
        near(figures.p999, percentile(sorted, 99.9) / 1_000, 'p99.9');
        near(figures.max, (sorted.at(-1) as number) / 1_000, 'max');
      }),
      { numRuns: 60 },
    );
  });

  it('of several phases together are those of the phases that were asked for, and of no other kind', () => {
    const latencies = new Latencies();
    for (const ms of [1, 2, 3]) latencies.record('steady', 'signal', ms * 1_000);
    for (const ms of [500, 600]) latencies.record('slow', 'signal', ms * 1_000);
    latencies.record('steady', 'heartbeat', 9_000_000);
    assert.equal(latencies.figures(['steady'], 'signal')?.count, 3);
    assert.equal(latencies.figures(['steady', 'slow'], 'signal')?.count, 5);
    assert.ok((latencies.figures(['steady', 'slow'], 'signal')?.max ?? 0) >= 600);
    assert.ok((latencies.figures(['steady'], 'signal')?.max ?? 9) < 4);
    assert.equal(latencies.figures(['reconnect'], 'signal'), undefined);
  });

  it('have a curve that rises and tells no percentile finer than the values are many', () => {
    const latencies = new Latencies();
    for (let us = 1_000; us <= 200_000; us += 1_000) latencies.record('steady', 'signal', us);
    const curve = latencies.curve(['steady'], 'signal');
    assert.ok(curve.every(({ ms }, at) => ms >= (curve[at - 1]?.ms ?? 0)));
    assert.ok(curve.every(({ percentile }) => percentile <= 99.5 || percentile === 100));
  });
});
