/**
 * What the engine tells, as readings of rules: risk events, deviations, executions, models' hits. One of its observers: it
 * notes and never waits. What must be looked at (latencies, parts, jobs, disk) is asked of it and of the node every while.
 */
import type { AccountTerms } from '../../accounts/assessment.js';
import type { Reading } from '../../alerts/rule.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import { LIMITS } from '../../limits.js';
import { type AlarmEpisode, alarmEventOf } from '../../prices/deviation-alarm.js';
import type { Clock } from '../../runtime/clock.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { PredictionOutcome } from '../../signals/outcome-board.js';
import type { Prediction } from '../../signals/prediction.js';
import type { CommitObserved } from '../../storage/ledger/group-commit.js';
import type { RiskEventRow } from '../../storage/ledger/history.js';
import type { ExecutionRow, SignalRow } from '../../storage/ledger/ledger.js';
import { RecentFigures } from './recent-figures.js';

/** Events that another rule tells of. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['price-deviation', 'price-deviation-over', 'emergency-stop', 'history-full', 'account-disabled'],
]);
/** Horizons that a share is taken of, and how many it needs to mean anything. */
const OUTCOMES_MOST = 500;
const OUTCOMES_LEAST = 200;
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];

export class AlertWatch {
  readonly #clock: Clock;
  readonly #sent: RecentFigures;
  readonly #commits: RecentFigures;
  readonly #inference: RecentFigures;
  readonly #errors: RecentFigures;
  readonly #asked = new Map<string, { readonly time: number; readonly atNs: bigint }>();
  readonly #outcomes = new Map<string, boolean[]>();
  readonly #executionSeconds;
  readonly #inferenceSeconds;
  #read: ((reading: Reading) => void) | undefined;
  /** What was told before anybody listened. */
  #early: Reading[] = [];

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    const recent = (): RecentFigures => new RecentFigures(clock);
    [this.#sent, this.#commits, this.#inference, this.#errors] = [recent(), recent(), recent(), recent()];
    const executed = 'From a signal to its result, as its account’s actor saw both';
    this.#executionSeconds = metrics.histogram('suho_execution_seconds', executed, BUCKETS);
    this.#inferenceSeconds = metrics.histogram('suho_inference_seconds', 'From a vector to what models say of it', BUCKETS);
  }

  /** Whoever listens gets what was told so far. */
  attach(read: (reading: Reading) => void): void {
    this.#read = read;
    for (const reading of this.#early.splice(0)) read(reading);
  }

  /** Percentiles of the newest, in milliseconds; what there is nothing of yet is left out. */
  latencies(): readonly Reading[] {
    const told: [string, number | undefined][] = [
      ['signals-late', this.#sent.percentile(99)],
      ['commits-slow', this.#commits.percentile(99)],
      ['inference-slow', this.#inference.percentile(99)],
      ['errors-many', this.#errors.count],
    ];
    return told.map(([rule, value]) => ({ rule, subject: 'node', value: value ?? 0 }));
  }

  riskEvent({ tenantId, accountId, kind, severity, sentence }: RiskEventRow): void {
    const whose = { tenantId, accountId };
    if (kind === 'ea-silent' || kind === 'ea-back' || kind === 'ea-goodbye')
      return this.#tell({ rule: 'ea-silent', subject: accountId, ...whose, value: kind === 'ea-silent' ? 1 : 0 });
    if (severity === 'info' || TOLD_ELSEWHERE.has(kind)) return;
    const rule = severity === 'critical' ? 'risk-critical' : 'risk-warning';
    this.#tell({ rule, subject: `${accountId} ${kind}`, ...whose, value: 1, sentence });
  }

  deviated({ account }: AccountTerms, episode: AlarmEpisode): void {
    const { id: accountId, tenantId } = account;
    const subject = `${accountId} ${episode.symbol}`;
    const { sentence } = alarmEventOf(episode);
    const value = episode.endedMs === undefined ? 1 : 0;
    this.#tell({ rule: 'price-deviation', subject, tenantId, accountId, value, sentence });
  }

  executed({ account }: AccountTerms, row: SignalRow, { outcome }: ExecutionRow, atMs: number): void {
    if (outcome !== 'EXECUTED') return;
    const value = Math.max(0, atMs - row.createdAt);
    this.#executionSeconds.observe(value / 1_000);
    const { id: accountId, tenantId } = account;
    this.#tell({ rule: 'execution-slow', subject: accountId, tenantId, accountId, value });
  }

  sent(_row: SignalRow, tickAtNs: bigint | undefined): void {
    if (tickAtNs !== undefined) this.#sent.add(this.#msSince(tickAtNs));
  }

  committed({ commitMs, failed }: CommitObserved): void {
    if (!failed) this.#commits.add(commitMs);
  }

  vector({ candle }: CatalogueVector): void {
    const { symbol, timeframe, time } = candle;
    this.#asked.set(`${symbol} ${timeframe}`, { time, atNs: this.#clock.monotonicNs() });
  }

  predicted({ said }: Prediction, { candle }: CatalogueVector): void {
    const key = `${candle.symbol} ${candle.timeframe}`;
    const asked = this.#asked.get(key);
    // Of a candle that was asked about again nobody waited.
    if (said.length === 0 || asked?.time !== candle.time) return;
    this.#asked.delete(key);
    const ms = this.#msSince(asked.atNs);
    this.#inference.add(ms);
    this.#inferenceSeconds.observe(ms / 1_000);
  }

  outcome({ right }: PredictionOutcome): void {
    for (const [model, hit] of Object.entries(right)) {
      const hits = this.#outcomes.get(model) ?? [];
      hits.push(hit);
      if (hits.length > OUTCOMES_MOST) hits.shift();
      this.#outcomes.set(model, hits);
      if (hits.length < OUTCOMES_LEAST) continue;
      this.#tell({ rule: 'model-weak', subject: model, value: (100 * hits.filter(Boolean).length) / hits.length });
    }
  }

  /** A line of the log. */
  line(text: string): void {
    if (text.startsWith('{"level":"error"')) this.#errors.add(1);
  }

  #msSince(atNs: bigint): number {
    return Number(this.#clock.monotonicNs() - atNs) / 1e6;
  }

  #tell(reading: Reading): void {
    if (this.#read !== undefined) this.#read(reading);
    else if (this.#early.length < LIMITS.alerts.open) this.#early.push(reading);
  }
}
