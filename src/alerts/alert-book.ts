/**
 * All alerts of a node: figures in, notices out. Pure: time is handed in, and nobody is asked anything.
 *
 * A figure beyond its rule's limit for the rule's time fires an alert. It is told step by step, and after the last step again
 * and again, until somebody has acknowledged it or it is over; only quiet hours hold a step back, until they end. What was
 * told to somebody is told to the same when it is over. An alert that came and went in quiet hours is in the list and wakes nobody.
 */
import { LIMITS } from '../limits.js';
import type { Alert, Notice, NoticeKind } from './alert.js';
import { type AlertRule, type AlertSeverity, isBeyond, isClear, isWorse, type Reading } from './rule.js';

/** Who is told of a severity, and when. */
export interface Escalation {
  readonly steps: readonly { readonly afterMs: number; readonly to: readonly string[] }[];
  /** From the last step on. */
  readonly repeatMs: number;
}

export interface AlertBookOptions {
  readonly rules: readonly AlertRule[];
  readonly escalation: Readonly<Record<AlertSeverity, Escalation>>;
  readonly quiet: (severity: AlertSeverity, atMs: number) => boolean;
  readonly idFor: (number: number, atMs: number) => string;
}

export interface AlertBookState {
  readonly number: number;
  readonly standing: readonly Alert[];
  readonly past: readonly Alert[];
  readonly owed: readonly Alert[];
}

/** A subject beyond a limit. */
interface Watched {
  readonly rule: AlertRule;
  reading: Reading;
  worst: number;
  readonly sinceMs: number;
  heardMs: number;
  clearMs: number | undefined;
  alert: Alert | undefined;
}

const OVERFLOW = 'alerts-many';
const { open: OPEN_MOST, kept: KEPT_MOST } = LIMITS.alerts;

const keyOf = ({ rule, subject }: Pick<Reading, 'rule' | 'subject'>): string => `${rule} ${subject}`;

export class AlertBook {
  readonly #options: AlertBookOptions;
  readonly #rules: ReadonlyMap<string, AlertRule>;
  readonly #watched = new Map<string, Watched>();
  /** Over, and those who were told of them are still to hear it. */
  #owed: Alert[] = [];
  #past: Alert[] = [];
  #notices: Notice[] = [];
  #number = 0;
  #revision = 0;

  constructor(options: AlertBookOptions) {
    this.#options = options;
    this.#rules = new Map(options.rules.map((rule) => [rule.name, rule]));
  }

  /** Grows when an alert fires, is told, acknowledged or over, and not with its figures. */
  get revision(): number {
    return this.#revision;
  }

  /** Newest first: those that stand, then those that are over. */
  list(): readonly Alert[] {
    return [...this.standing(), ...this.#past].sort((a, b) => b.number - a.number);
  }

  standing(): readonly Alert[] {
    return [...this.#watched.values()].flatMap(({ alert }) => alert ?? []);
  }

  /** By its id, or its number. */
  find(name: string): Alert | undefined {
    return this.list().find(({ id, number }) => id === name || String(number) === name.replace(/^#/, ''));
  }

  read(reading: Reading, atMs: number): void {
    const rule = this.#rules.get(reading.rule);
    if (rule === undefined) return;
    const watched = this.#watched.get(keyOf(reading));
    if (watched === undefined) {
      if (isBeyond(rule, reading.value)) this.#begin(rule, reading, atMs);
      return;
    }
    watched.reading = reading;
    watched.heardMs = atMs;
    if (isWorse(rule, reading.value, watched.worst)) watched.worst = reading.value;
    // Between the two limits it stays what it is: an alert goes on, and one that has not fired yet must stay beyond to fire.
    if (isClear(rule, reading.value)) watched.clearMs ??= atMs;
    else if (isBeyond(rule, reading.value) || watched.alert !== undefined) watched.clearMs = undefined;
    else this.#watched.delete(keyOf(reading));
    this.#settle(watched, atMs);
  }

  /** What is due by now, for the channels. */
  turn(nowMs: number): readonly Notice[] {
    for (const watched of [...this.#watched.values()]) {
      const { lapseMs } = watched.rule;
      if (lapseMs !== null && nowMs - watched.heardMs >= lapseMs) this.#resolve(watched, nowMs);
      else this.#settle(watched, nowMs);
    }
    for (const watched of this.#watched.values()) this.#escalate(watched, nowMs);
    this.#owed = this.#owed.filter((alert) => {
      if (this.#options.quiet(alert.severity, nowMs)) return true;
      this.#tell('resolved', alert, alert.told, nowMs);
      return false;
    });
    return this.#notices.splice(0);
  }

  /** Undefined where there is no such alert; one that is over or acknowledged already stays as it is. */
  acknowledge(name: string, by: string, note: string, atMs: number): Alert | undefined {
    const found = this.find(name);
    const watched = found && this.#watched.get(keyOf(found));
    if (watched?.alert?.id !== found?.id || watched?.alert === undefined || watched.alert.acknowledged !== null) return found;
    const alert = { ...watched.alert, acknowledged: { by, atMs, note }, dueMs: null };
    watched.alert = alert;
    this.#revision += 1;
    if (!this.#options.quiet(alert.severity, atMs)) this.#tell('acknowledged', alert, alert.told, atMs);
    return alert;
  }

  snapshot(): AlertBookState {
    return { number: this.#number, standing: this.standing(), past: this.#past, owed: this.#owed };
  }

  /** What stood when the node ended stands until a figure says otherwise; of a rule that is no more it is over. */
  restore({ number, standing, past, owed }: AlertBookState, nowMs: number): void {
    this.#number = number;
    this.#past = [...past];
    this.#owed = [...owed];
    for (const alert of standing) {
      const { rule: name, subject, tenantId, accountId, value, sentence, worst, sinceMs } = alert;
      const rule = this.#rules.get(name);
      const whose = { ...(tenantId === null ? {} : { tenantId }), ...(accountId === null ? {} : { accountId }) };
      const reading: Reading = { rule: name, subject, ...whose, value, sentence };
      const watched = { reading, worst, sinceMs, heardMs: nowMs, clearMs: undefined, alert };
      if (rule === undefined) this.#close(alert, nowMs);
      else this.#watched.set(keyOf(reading), { ...watched, rule });
    }
  }

  #begin(rule: AlertRule, reading: Reading, atMs: number): void {
    if (this.#watched.size >= OPEN_MOST && rule.name !== OVERFLOW)
      return this.read({ rule: OVERFLOW, subject: 'node', value: this.#watched.size }, atMs);
    const watched: Watched = {
      ...{ rule, reading, worst: reading.value, sinceMs: atMs, heardMs: atMs },
      ...{ clearMs: undefined, alert: undefined },
    };
    this.#watched.set(keyOf(reading), watched);
    this.#settle(watched, atMs);
  }

  /** What the newest figure and the time that has passed make of it. */
  #settle(watched: Watched, nowMs: number): void {
    const { rule, reading, sinceMs, clearMs } = watched;
    if (clearMs !== undefined) {
      if (watched.alert === undefined) this.#watched.delete(keyOf(reading));
      else if (nowMs - clearMs >= rule.clearMs) return this.#resolve(watched, nowMs);
    } else if (watched.alert === undefined && this.#watched.has(keyOf(reading)) && nowMs - sinceMs >= rule.forMs)
      watched.alert = this.#fire(watched, nowMs);
    if (watched.alert === undefined) return;
    const sentence = reading.sentence ?? watched.alert.sentence;
    watched.alert = { ...watched.alert, value: reading.value, worst: watched.worst, sentence };
  }

  #fire({ rule, reading, worst, sinceMs }: Watched, nowMs: number): Alert {
    const { name, severity, says, advice, unit, limit } = rule;
    const { subject, tenantId = null, accountId = null, value } = reading;
    const [first] = this.#options.escalation[severity].steps;
    this.#number += 1;
    this.#revision += 1;
    const number = this.#number;
    return {
      ...{ id: this.#options.idFor(number, nowMs), number, rule: name, severity, subject, tenantId, accountId },
      ...{ sentence: reading.sentence ?? says, advice, unit, limit, value, worst, sinceMs, firedMs: nowMs },
      ...{ acknowledged: null, resolvedMs: null, step: 0, told: [] },
      dueMs: first === undefined ? null : nowMs + first.afterMs,
    };
  }

  #escalate(watched: Watched, nowMs: number): void {
    const { alert } = watched;
    if (alert === undefined || alert.dueMs === null || alert.dueMs > nowMs) return;
    if (this.#options.quiet(alert.severity, nowMs)) return;
    const { steps, repeatMs } = this.#options.escalation[alert.severity];
    const due = Math.max(alert.step + 1, steps.filter(({ afterMs }) => alert.firedMs + afterMs <= nowMs).length);
    const reached = steps.slice(0, due).flatMap(({ to }) => to);
    // Steps that fell into quiet hours are one; beyond the last all are told again.
    const to = due > steps.length ? reached : steps.slice(alert.step, due).flatMap((step) => step.to);
    const next = steps[due];
    const dueMs = next === undefined ? nowMs + repeatMs : alert.firedMs + next.afterMs;
    const told = [...new Set([...alert.told, ...reached])];
    watched.alert = { ...alert, step: due, dueMs, told };
    this.#tell(alert.step === 0 ? 'fired' : 'escalated', watched.alert, [...new Set(to)], nowMs);
  }

  #resolve(watched: Watched, nowMs: number): void {
    this.#watched.delete(keyOf(watched.reading));
    if (watched.alert !== undefined) this.#close(watched.alert, nowMs);
  }

  #close(alert: Alert, nowMs: number): void {
    const over = { ...alert, resolvedMs: nowMs, dueMs: null };
    this.#revision += 1;
    this.#past = [over, ...this.#past].slice(0, KEPT_MOST);
    if (alert.told.length > 0) this.#owed.push(over);
  }

  #tell(kind: NoticeKind, alert: Alert, to: readonly string[], atMs: number): void {
    this.#revision += 1;
    if (to.length > 0) this.#notices.push({ kind, alert, atMs, to });
  }
}
