/**
 * Hears the engine and makes spans of what it hears: candle, features, inference, decision, and for each account commit, send
 * and ack. One of the engine's observers, and only there when traces are on: off, nobody is called for it.
 */
import type { AccountTerms } from '../accounts/assessment.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import { LIMITS } from '../limits.js';
import type { Candle } from '../market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import type { Frame2 } from '../protocol/messages.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Prediction } from '../signals/prediction.js';
import type { Decision } from '../signals/signal.js';
import type { NewSignal, RefusalRow, SignalRow } from '../storage/ledger/ledger.js';
import type { OpenTrace, SpanFacts, Spans } from './spans.js';
import type { TraceKeys } from './trace-key.js';

/** A signal between its commit and its result. */
interface Underway {
  readonly live: Live;
  readonly facts: SpanFacts;
  fromNs: bigint;
}

interface Live {
  readonly trace: OpenTrace;
  readonly key: string;
  /** End of the newest step that all tenants share. */
  sharedNs: bigint;
  newestNs: bigint;
  heardMs: number;
  readonly signals: Set<string>;
  spans: number;
  leftOut: number;
}

interface OfClose {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly closeTime: number;
}

const { open: OPEN_MOST, spans: SPANS_MOST, idleMs } = LIMITS.traces;

const keyOf = ({ symbol, timeframe, time }: Pick<Candle, 'symbol' | 'timeframe' | 'time'>): string =>
  `${symbol} ${timeframe} ${time}`;

export class TraceObserver {
  readonly #keys: TraceKeys;
  readonly #spans: Spans;
  readonly #clock: Clock;
  readonly #live = new Map<string, Live>();
  readonly #signals = new Map<string, Underway>();
  readonly #cancel: Cancel;

  constructor(keys: TraceKeys, spans: Spans, clock: Clock) {
    this.#keys = keys;
    this.#spans = spans;
    this.#clock = clock;
    this.#cancel = clock.every(idleMs / 2, () => this.#endIdle(clock.nowMs() - idleMs));
  }

  candle(candle: Candle, tickAtNs: bigint): void {
    const { symbol, timeframe, time } = candle;
    const ids = this.#keys.of(symbol, timeframe, time);
    if (ids === undefined) return;
    const key = keyOf(candle);
    const facts = { 'suho.symbol': symbol, 'suho.timeframe': timeframe, 'suho.candle': new Date(time).toISOString() };
    const trace = this.#spans.begin(ids, tickAtNs, facts);
    const heardMs = this.#clock.nowMs();
    const times = { sharedNs: tickAtNs, newestNs: tickAtNs, heardMs };
    const live: Live = { trace, key, ...times, signals: new Set(), spans: 0, leftOut: 0 };
    this.#live.set(key, live);
    this.#shared(live, 'candle', {});
    const [oldest] = this.#live.values();
    if (this.#live.size > OPEN_MOST && oldest !== undefined) this.#end(oldest);
  }

  vector({ candle }: CatalogueVector): void {
    const live = this.#live.get(keyOf(candle));
    if (live !== undefined) this.#shared(live, 'features', {});
  }

  predicted({ said }: Prediction, { candle }: CatalogueVector): void {
    const live = this.#live.get(keyOf(candle));
    if (live !== undefined) this.#shared(live, 'inference', { 'suho.models': said.length });
  }

  decision(decision: Decision): void {
    const live = this.#of(decision);
    if (live === undefined) return;
    const { tenantId, kind, direction, score } = decision;
    const facts = { 'suho.tenant': tenantId, 'suho.kind': kind, 'suho.direction': direction, 'suho.score': score };
    this.#span(live, 'decision', live.sharedNs, facts);
  }

  refused(reason: string, _symbol: string, accountId: string, refusal: RefusalRow): void {
    const live = this.#of(refusal);
    if (live !== undefined) this.#span(live, 'refusal', live.newestNs, { 'suho.account': accountId, 'suho.reason': reason });
  }

  raising(signal: NewSignal): void {
    const live = this.#of(signal);
    if (live === undefined || live.spans >= SPANS_MOST) return;
    const facts = { 'suho.account': signal.accountId, 'suho.signal': signal.id };
    live.signals.add(signal.id);
    this.#signals.set(signal.id, { live, facts, fromNs: this.#clock.monotonicNs() });
  }

  stored({ id, seq }: SignalRow): void {
    this.#step(id, 'commit', { 'suho.seq': seq });
  }

  sent({ id }: SignalRow): void {
    this.#step(id, 'send', {});
  }

  heard(_terms: AccountTerms, message: Frame2['message']): void {
    if (message.kind !== 'RESULT') return;
    this.#step(message.id, 'ack', { 'suho.outcome': message.outcome });
    this.#signals.get(message.id)?.live.signals.delete(message.id);
    this.#signals.delete(message.id);
  }

  /** What is under way ends as it is. */
  async close(): Promise<void> {
    this.#cancel();
    for (const live of [...this.#live.values()]) this.#end(live);
    await this.#spans.close();
  }

  #of({ symbol, timeframe, closeTime }: OfClose): Live | undefined {
    return this.#live.get(keyOf({ symbol, timeframe, time: closeTime - TIMEFRAME_MS[timeframe] }));
  }

  /** A step that is done once for all. */
  #shared(live: Live, name: string, facts: SpanFacts): void {
    this.#span(live, name, live.sharedNs, facts);
    live.sharedNs = live.newestNs;
  }

  #step(signalId: string, name: string, facts: SpanFacts): void {
    const underway = this.#signals.get(signalId);
    if (underway === undefined) return;
    this.#span(underway.live, name, underway.fromNs, { ...underway.facts, ...facts });
    underway.fromNs = underway.live.newestNs;
  }

  #span(live: Live, name: string, fromNs: bigint, facts: SpanFacts): void {
    live.newestNs = this.#clock.monotonicNs();
    live.heardMs = this.#clock.nowMs();
    if (live.spans >= SPANS_MOST) {
      live.leftOut += 1;
      return;
    }
    live.spans += 1;
    live.trace.span({ name, fromNs, toNs: live.newestNs, facts });
  }

  #endIdle(beforeMs: number): void {
    for (const live of [...this.#live.values()]) if (live.heardMs <= beforeMs) this.#end(live);
  }

  #end(live: Live): void {
    this.#live.delete(live.key);
    for (const id of live.signals) this.#signals.delete(id);
    live.trace.end(live.newestNs, live.leftOut === 0 ? {} : { 'suho.left_out': live.leftOut });
  }
}
