import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountTerms } from '../../src/accounts/assessment.js';
import { LIMITS } from '../../src/limits.js';
import type { Candle } from '../../src/market/candle.js';
import type { ResultMessage } from '../../src/protocol/messages.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import type { Decision } from '../../src/signals/signal.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import type { SpanDone, SpanFacts, Spans } from '../../src/traces/spans.js';
import { type TraceIds, TraceKeys } from '../../src/traces/trace-key.js';
import { TraceObserver } from '../../src/traces/trace-observer.js';

const START_MS = 1_772_409_600_000;
const MINUTE = 60_000;

class Taken implements Spans {
  readonly traces: { readonly ids: TraceIds; readonly fromNs: bigint; readonly spans: SpanDone[]; end?: SpanFacts }[] = [];
  begin(ids: TraceIds, fromNs: bigint) {
    const trace: (typeof this.traces)[number] = { ids, fromNs, spans: [] };
    this.traces.push(trace);
    return {
      span: (done: SpanDone) => void trace.spans.push(done),
      end: (_toNs: bigint, facts: SpanFacts) => {
        assert.equal(trace.end, undefined, 'once');
        trace.end = facts;
      },
    };
  }
  async close(): Promise<void> {}
}

const candleAt = (minute: number): Candle => ({ symbol: 'EURUSD', timeframe: 'M1', time: START_MS + minute * MINUTE }) as Candle;
const rowOf = (id: string, minute = 0): SignalRow =>
  ({ id, seq: 1, accountId: 'a1', symbol: 'EURUSD', timeframe: 'M1', closeTime: START_MS + (minute + 1) * MINUTE }) as SignalRow;
const resultOf = (id: string): ResultMessage => ({ kind: 'RESULT', id, outcome: 'EXECUTED' }) as ResultMessage;
const TERMS = {} as AccountTerms;

function watched(share = 1) {
  const clock = new SteppedClock(START_MS);
  const taken = new Taken();
  const observer = new TraceObserver(new TraceKeys(share, ''), taken, clock);
  const close = (minute = 0): void => observer.candle(candleAt(minute), clock.monotonicNs());
  const signal = (id: string, minute = 0): void => {
    observer.raising(rowOf(id, minute));
    observer.stored(rowOf(id, minute));
    observer.sent(rowOf(id, minute));
  };
  return { clock, taken, observer, close, signal };
}

describe('a trace', () => {
  it('has a span of each step, which follow each other, and each account’s own of its signal', async () => {
    const { taken, observer, close, signal } = watched();
    close();
    observer.vector({ candle: candleAt(0) } as never);
    observer.predicted({ said: [] } as never, { candle: candleAt(0) } as never);
    observer.decision({ ...rowOf(''), tenantId: 'blue', kind: 'OPEN', direction: 'BUY', score: 80 } as unknown as Decision);
    signal('s1');
    signal('s2');
    observer.heard(TERMS, resultOf('s2'));
    observer.heard(TERMS, resultOf('s2'));
    observer.heard(TERMS, resultOf('s1'));
    await observer.close();
    const [trace, ...others] = taken.traces;
    assert.ok(trace !== undefined && others.length === 0);
    assert.deepEqual(
      trace.spans.map(({ name, facts }) => `${name} ${facts['suho.signal'] ?? ''}`.trim()),
      [...['candle', 'features', 'inference', 'decision', 'commit s1', 'send s1', 'commit s2', 'send s2', 'ack s2', 'ack s1']],
    );
    const [candle, features, inference, decision] = trace.spans;
    assert.equal(candle?.fromNs, trace.fromNs);
    assert.deepEqual([features?.fromNs, inference?.fromNs, decision?.fromNs], [candle?.toNs, features?.toNs, inference?.toNs]);
    for (const id of ['s1', 's2']) {
      const [commit, send, ack]: readonly SpanDone[] = trace.spans.filter(({ facts }) => facts['suho.signal'] === id);
      assert.deepEqual([send?.fromNs, ack?.fromNs], [commit?.toNs, send?.toNs]);
    }
    assert.deepEqual(trace.end, {});
  });

  it('is known by what messages carry: the same on every node, and taken in its share', () => {
    const keys = (share: number) => new TraceKeys(share, '');
    const one = keys(1).of('EURUSD', 'M1', START_MS);
    assert.match(`${one?.traceId} ${one?.rootId}`, /^[0-9a-f]{32} [0-9a-f]{16}$/);
    assert.deepEqual(keys(1).of('EURUSD', 'M1', START_MS), one);
    assert.notDeepEqual(new TraceKeys(1, 'another run').of('EURUSD', 'M1', START_MS), one);
    const share = (of: number): number => {
      const taken = Array.from({ length: 4_000 }, (_, at) => keys(of).of('EURUSD', 'M1', START_MS + at * MINUTE));
      return taken.filter((ids) => ids !== undefined).length / 4_000;
    };
    assert.deepEqual([share(0), share(1)], [0, 1]);
    assert.ok(Math.abs(share(0.1) - 0.1) < 0.03);
  });

  it('that is not taken costs nothing more than its candle', () => {
    const { taken, close, signal, observer } = watched(0);
    close();
    signal('s1');
    observer.heard(TERMS, resultOf('s1'));
    assert.deepEqual(taken.traces, []);
  });

  it('ends when nothing has come of it for a while, and what comes later is not its', () => {
    const { clock, taken, close, signal, observer } = watched();
    close();
    signal('s1');
    clock.advanceTo(START_MS + LIMITS.traces.idleMs / 2);
    assert.equal(taken.traces[0]?.end, undefined);
    clock.advanceTo(START_MS + LIMITS.traces.idleMs);
    const spans = taken.traces[0]?.spans.length;
    assert.deepEqual(taken.traces[0]?.end, {});
    observer.heard(TERMS, resultOf('s1'));
    assert.equal(taken.traces[0]?.spans.length, spans);
  });

  it('has no more spans than it may, and tells how many it has not', async () => {
    const { taken, close, signal, observer } = watched();
    close();
    for (let at = 0; at < LIMITS.traces.spans; at++) signal(`s${at}`);
    const last = 2 * LIMITS.traces.spans;
    signal(`s${last}`);
    await observer.close();
    assert.equal(taken.traces[0]?.spans.length, LIMITS.traces.spans);
    assert.ok(Number(taken.traces[0]?.end?.['suho.left_out']) > 0);
  });

  it('is one of so many at once: past them the oldest ends', () => {
    const { taken, close } = watched();
    for (let minute = 0; minute <= LIMITS.traces.open; minute++) close(minute);
    assert.deepEqual(
      taken.traces.slice(0, 2).map(({ end }) => end),
      [{}, undefined],
    );
  });
});
