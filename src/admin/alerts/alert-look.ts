/** Figures that nobody tells and somebody must look at: parts of the node, jobs, counters over a span, disk and memory. */
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { Reading } from '../../alerts/rule.js';
import { instantsOwed } from '../../jobs/schedule.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { JobState } from '../../storage/jobs/job-table.js';
import type { Readiness } from '../routes/health.js';

export interface AlertLookOptions {
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly folder: string;
  readonly readiness: () => Promise<Readiness>;
  /** Absent where the node runs no jobs. */
  readonly jobs?: () => Promise<readonly JobState[]>;
  /** Latencies and errors, as they were told. */
  readonly latencies: () => readonly Reading[];
}

/** Parts with a rule of their own; any other is a part that decisions go on without. */
const RULE_OF_PART: Readonly<Record<string, string>> = {
  ...{ ledger: 'ledger-away', commits: 'commits-full', capacity: 'capacity-full', feed: 'feed-away' },
  ...{ trading: 'emergency-stop', actors: 'actor-stopped' },
};
const MINUTE = 60_000;
const SPILL_BYTES = LIMITS.writer.segment * LIMITS.writer.segments;

/** How a counter grew within a span. */
class Growth {
  readonly #spanMs: number;
  #seen: { readonly atMs: number; readonly value: number }[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  take(value: number, atMs: number): number {
    this.#seen.push({ atMs, value });
    while (this.#seen.length > 1 && atMs - (this.#seen[0]?.atMs ?? 0) > this.#spanMs) this.#seen.shift();
    return value - (this.#seen[0]?.value ?? value);
  }
}

export class AlertLook {
  readonly #options: AlertLookOptions;
  readonly #crashes = new Growth(10 * MINUTE);
  readonly #malformed = new Growth(5 * MINUTE);
  /** What was looked at before and may be there no more: then it is well. */
  #subjects = new Map<string, Reading>();

  constructor(options: AlertLookOptions) {
    this.#options = options;
  }

  /** What the newest look found of a rule. */
  newest(rule: string): readonly Reading[] {
    return [...this.#subjects.values()].filter((reading) => reading.rule === rule);
  }

  get parts(): readonly Reading[] {
    return [...new Set([...Object.values(RULE_OF_PART), 'part-down'])].flatMap((rule) => this.newest(rule));
  }

  async look(): Promise<readonly Reading[]> {
    const found = await Promise.all([this.#parts(), this.#jobs(), this.#counters(), this.#machine()]);
    const readings = [...found.flat(), ...this.#options.latencies()];
    const now = new Map(readings.map((reading) => [`${reading.rule} ${reading.subject}`, reading]));
    const gone = [...this.#subjects].filter(([key]) => !now.has(key)).map(([, reading]) => ({ ...reading, value: 0 }));
    this.#subjects = now;
    return [...readings, ...gone];
  }

  async #parts(): Promise<readonly Reading[]> {
    const { parts } = await this.#options.readiness();
    return Object.entries(parts).map(([subject, { ok, detail }]) => ({
      ...{ rule: RULE_OF_PART[subject] ?? 'part-down', subject, value: ok ? 0 : 1 },
      ...(ok || detail === undefined ? {} : { sentence: `${subject}: ${detail}.` }),
    }));
  }

  /** While the ledger is away, that is told by its own rule. */
  async #jobs(): Promise<readonly Reading[]> {
    const { jobs, clock } = this.#options;
    const states = (await jobs?.().catch(() => undefined)) ?? [];
    return states.flatMap((job) => {
      const { name: subject, failures, outcome, sentence } = job;
      const behind = { rule: 'job-behind', subject, value: instantsOwed(job, job.dueAt, clock.nowMs()) };
      const last = outcome === 'failed' && sentence !== null ? { sentence: `The job ${subject} fails: ${sentence}.` } : {};
      return [behind, { rule: 'job-failing', subject, value: failures, ...last }];
    });
  }

  async #counters(): Promise<readonly Reading[]> {
    const atMs = this.#options.clock.nowMs();
    const [crashes, malformed, addresses, waiting, spilled] = await Promise.all([
      this.#sumOf('suho_actor_crashes_total'),
      this.#sumOf('suho_ea_malformed_total'),
      this.#sumOf('suho_ea_failing_addresses'),
      this.#sumOf('suho_keeper_events', { keeper: 'bus', event: 'waiting' }),
      this.#eachOf('suho_writer_spilled_bytes', 'writer'),
    ]);
    const subject = 'node';
    return [
      { rule: 'actors-crashing', subject, value: this.#crashes.take(crashes, atMs) },
      { rule: 'frames-malformed', subject, value: this.#malformed.take(malformed, atMs) },
      { rule: 'keys-wrong', subject, value: addresses },
      { rule: 'bus-backlog', subject, value: waiting },
      ...spilled.map(([writer, bytes]) => ({ rule: 'spill-filling', subject: writer, value: (100 * bytes) / SPILL_BYTES })),
    ];
  }

  async #machine(): Promise<readonly Reading[]> {
    const memory = (100 * process.memoryUsage.rss()) / totalmem();
    const readings: Reading[] = [{ rule: 'memory-high', subject: 'node', value: memory }];
    const disk = await statfs(this.#options.folder).catch(() => undefined);
    if (disk !== undefined && disk.blocks > 0)
      readings.push({ rule: 'disk-filling', subject: 'node', value: 100 * (1 - disk.bavail / disk.blocks) });
    return readings;
  }

  async #valuesOf(
    name: string,
  ): Promise<readonly { readonly value: number; readonly labels: Readonly<Record<string, unknown>> }[]> {
    const metric = this.#options.metrics.registry.getSingleMetric(name);
    return metric === undefined ? [] : (await metric.get()).values;
  }

  async #sumOf(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const fits = (of: Readonly<Record<string, unknown>>): boolean =>
      Object.entries(labels).every(([label, value]) => of[label] === value);
    const values = await this.#valuesOf(name);
    return values.filter((one) => fits(one.labels)).reduce((sum, { value }) => sum + value, 0);
  }

  async #eachOf(name: string, label: string): Promise<readonly (readonly [string, number])[]> {
    return (await this.#valuesOf(name)).map(({ labels, value }) => [String(labels[label]), value] as const);
  }
}
