/** Counts what the node does, for `/metrics`, the terminal view and `status`: one observer, told by everyone. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { AccountTerms } from '../accounts/assessment.js';
import type { CorrelationRow } from '../features/correlation-matrix.js';
import type { Candle } from '../market/candle.js';
import { type AlarmEpisode, alarmEventOf } from '../prices/deviation-alarm.js';
import type { Clock } from '../runtime/clock.js';
import type { Metrics } from '../runtime/metrics.js';
import type { PredictionOutcome } from '../signals/outcome-board.js';
import type { Prediction } from '../signals/prediction.js';
import type { Decision } from '../signals/signal.js';
import type { CommitObserved } from '../storage/ledger/group-commit.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

export interface LatencyMs {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly count: number;
}

/** One line of the log of events that the terminal view shows. */
export interface NodeEvent {
  readonly timeMs: number;
  readonly text: string;
}

const EVENTS_KEPT = 200;
const LATENCY_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 1];

export class NodeFigures {
  readonly #clock: Clock;
  readonly #latencyUs: Histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  readonly #events: NodeEvent[] = [];
  readonly #candles;
  readonly #correlations;
  readonly #answers;
  readonly #outcomes;
  readonly #decisions;
  readonly #signals;
  readonly #refusals;
  readonly #priceAlarms;
  readonly #priceAlarmsOpen;
  readonly #frames;
  readonly #malformed;
  readonly #connections;
  readonly #crashes;
  readonly #latency;
  readonly #commitSeconds;
  readonly counts = {
    candles: 0,
    decisions: 0,
    sent: 0,
    executed: 0,
    rejected: 0,
    expired: 0,
    closed: 0,
    refused: 0,
    sessions: 0,
    crashes: 0,
    commits: 0,
  };

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#candles = metrics.counter('suho_candles_total', 'Candles closed', ['timeframe']);
    this.#correlations = metrics.counter('suho_correlations_total', 'Rows of pairs correlated', ['timeframe']);
    this.#answers = metrics.counter('suho_model_answers_total', 'What models answered, or why they were left out', [
      'model',
      'answer',
    ]);
    this.#outcomes = metrics.counter(
      'suho_model_outcomes_total',
      'Horizons that are over, and whether the model had leaned that way',
      ['model', 'horizon', 'right'],
    );
    this.#decisions = metrics.counter('suho_decisions_total', 'Decisions raised by tenants', ['kind']);
    this.#signals = metrics.counter('suho_signals_total', 'Signals of accounts that came to a state', ['state']);
    this.#refusals = metrics.counter('suho_refusals_total', 'Decisions refused for an account', ['reason']);
    this.#priceAlarms = metrics.counter('suho_price_alarms_total', 'Brokers that were off the reference by more than the limit', [
      'symbol',
    ]);
    this.#priceAlarmsOpen = metrics.gauge('suho_price_alarms', 'Accounts’ symbols whose broker is off the reference now');
    this.#frames = metrics.counter('suho_ea_frames_total', 'Frames received from EAs', ['kind']);
    this.#malformed = metrics.counter('suho_ea_malformed_total', 'Frames refused as malformed', ['code']);
    this.#connections = metrics.gauge('suho_ea_connections', 'Open EA connections');
    this.#crashes = metrics.counter('suho_actor_crashes_total', 'Crashes of actors');
    this.#latency = metrics.histogram(
      'suho_tick_to_socket_seconds',
      'From the tick that closed a candle to the signal at the socket',
      LATENCY_BUCKETS,
    );
    this.#commitSeconds = metrics.histogram('suho_ledger_commit_seconds', 'Duration of a ledger commit', LATENCY_BUCKETS);
  }

  get events(): readonly NodeEvent[] {
    return this.#events;
  }

  latencyMs(): LatencyMs {
    const us = this.#latencyUs;
    const ms = (percentile: number): number => (us.totalCount === 0 ? 0 : us.getValueAtPercentile(percentile) / 1_000);
    return { p50: ms(50), p99: ms(99), p999: ms(99.9), max: us.totalCount === 0 ? 0 : us.maxValue / 1_000, count: us.totalCount };
  }

  candle({ timeframe }: Candle): void {
    this.counts.candles += 1;
    this.#candles.inc({ timeframe });
  }

  correlated({ timeframe }: CorrelationRow): void {
    this.#correlations.inc({ timeframe });
  }

  predicted({ said }: Prediction): void {
    for (const one of said) {
      const answer = 'leftOut' in one ? one.leftOut : 'answered';
      this.#answers.inc({ model: `${one.model}@${one.version}`, answer });
    }
  }

  outcome({ horizon, right: models }: PredictionOutcome): void {
    for (const [model, right] of Object.entries(models)) this.#outcomes.inc({ model, horizon, right: String(right) });
  }

  decision({ kind, symbol, direction, score, tenantId }: Decision): void {
    this.counts.decisions += 1;
    this.#decisions.inc({ kind });
    this.#event(`${tenantId}: ${kind} ${direction} ${symbol}, score ${score.toFixed(1)}`);
  }

  sent(row: SignalRow, tickAtNs: bigint | undefined): void {
    this.counts.sent += 1;
    if (tickAtNs !== undefined) {
      const us = Number(this.#clock.monotonicNs() - tickAtNs) / 1_000;
      this.#latencyUs.recordValue(Math.max(1, Math.round(us)));
      this.#latency.observe(us / 1e6);
    }
    this.#event(`${row.tenantId}: sent ${row.kind} ${row.direction} ${row.volume} ${row.symbol} #${row.seq}`);
  }

  refused(reason: string, symbol: string): void {
    this.counts.refused += 1;
    this.#refusals.inc({ reason });
    this.#event(`refused ${symbol}: ${reason}`);
  }

  deviated({ account }: AccountTerms, episode: AlarmEpisode): void {
    if (episode.endedMs === undefined) {
      this.#priceAlarms.inc({ symbol: episode.symbol });
      this.#priceAlarmsOpen.inc();
    } else this.#priceAlarmsOpen.dec();
    this.#event(`${account.tenantId}: ${alarmEventOf(episode).sentence}`);
  }

  moved({ state, tenantId, symbol, seq, fillPrice }: SignalRow): void {
    this.#signals.inc({ state });
    if (state === 'EXECUTED') this.counts.executed += 1;
    else if (state === 'REJECTED') this.counts.rejected += 1;
    else if (state === 'EXPIRED') this.counts.expired += 1;
    else if (state === 'CLOSED') this.counts.closed += 1;
    else return;
    this.#event(`${tenantId}: ${state.toLowerCase()} ${symbol} #${seq}${state === 'EXECUTED' ? ` at ${fillPrice}` : ''}`);
  }

  crashed(path: string): void {
    this.counts.crashes += 1;
    this.#crashes.inc();
    this.#event(`crashed ${path}`);
  }

  committed({ commitMs, failed }: CommitObserved): void {
    this.counts.commits += 1;
    if (!failed) this.#commitSeconds.observe(commitMs / 1_000);
  }

  opened(): void {
    this.counts.sessions += 1;
    this.#connections.inc();
  }

  closed(): void {
    this.counts.sessions -= 1;
    this.#connections.dec();
  }

  malformed(code: string): void {
    this.#malformed.inc({ code });
  }

  frame(kind: string): void {
    this.#frames.inc({ kind });
  }

  #event(text: string): void {
    this.#events.push({ timeMs: this.#clock.nowMs(), text });
    if (this.#events.length > EVENTS_KEPT) this.#events.splice(0, this.#events.length - EVENTS_KEPT);
  }
}
