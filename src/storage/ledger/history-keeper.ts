/**
 * What of the engine's events becomes history: balances of each account, limits that were reached, and what each tenant uses.
 * Told after the event, in the actor that tells; it makes rows and never waits. What an account had before this run (its
 * highest equity) is read first, on its own; what is told meanwhile is kept until it is there.
 */
import type { AccountTerms } from '../../accounts/assessment.js';
import { DAY_MS } from '../../accounts/allowances.js';
import { BalanceTrail } from '../../accounts/balance-trail.js';
import { type LossBeyondPlan, lossEventOf } from '../../accounts/loss-beyond-plan.js';
import { UsageCount, type UsageKind } from '../../accounts/usage.js';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Frame2 } from '../../protocol/messages.js';
import { type AlarmEpisode, alarmEventOf } from '../../prices/deviation-alarm.js';
import { limitEventOf } from '../../risk/limit-event.js';
import type { Activity } from '../../runtime/activity.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import { seededIds } from '../../runtime/ids.js';
import type { Logger } from '../../runtime/logger.js';
import type { Breach } from '../../risk/limit-watch.js';
import type { Decision } from '../../signals/signal.js';
import type { BalanceRow, HistoryRows, HistoryStore, HistoryTable, RiskEventRow } from './history.js';
import type { HistoryWriter } from './history-writer.js';
import type { Ledger, RefusalRow, SignalRow } from './ledger.js';
import { LossReporter } from './loss-reporter.js';

export interface HistoryKeeperOptions {
  readonly writer: Pick<HistoryWriter, 'record' | 'full'>;
  readonly store: Pick<HistoryStore, 'newestBalances'> & Pick<Ledger, 'closedTrades'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each event that was taken. */
  readonly told?: (event: RiskEventRow) => void;
  /** Where time is simulated it waits for what is being read. */
  readonly activity?: Activity;
}

interface Told {
  readonly message: Frame2['message'];
  readonly atMs: number;
}

/** An account that has had a session in this run. */
interface Followed {
  readonly owner: BalanceTrail['owner'];
  /** Undefined until its newest row has been read; what was told until then, money only the newest of several in a row. */
  trail: BalanceTrail | undefined;
  readonly early: Told[];
}

const READ_AGAIN_MS = 5_000;
/** An event is told again when its refusal is: the same one has the same id, on every node. */
const EVENT_IDS = seededIds('risk event');

export class HistoryKeeper {
  readonly #options: HistoryKeeperOptions;
  readonly #usage = new UsageCount();
  readonly #accounts = new Map<string, Followed>();
  readonly #unread = new Set<string>();
  readonly #losses: LossReporter;
  #reading = false;
  #lost = 0;
  readonly #cancelUsage: Cancel;
  #cancelRead: Cancel = () => {};

  constructor(options: HistoryKeeperOptions) {
    this.#options = options;
    const { clock, store, log, activity } = options;
    const told = { clock, log, ...(activity === undefined ? {} : { activity }) };
    this.#losses = new LossReporter({ ...told, ledger: store, beyond: (...loss) => this.#lostBeyond(...loss) });
    this.#cancelUsage = clock.every(LIMITS.usage.handOverMs, () => this.#handOver(clock.nowMs()));
  }

  /** No new signal may be raised: what comes of it could not be kept. */
  get full(): boolean {
    return this.#options.writer.full;
  }

  /** Balances and events that found no room. */
  get lost(): number {
    return this.#lost;
  }

  began({ account }: AccountTerms, takeovers: number, atMs: number): void {
    const { id: accountId, tenantId } = account;
    this.#usage.add(tenantId, 'sessions', atMs);
    this.#follow(accountId, tenantId);
    if (takeovers >= LIMITS.session.takeovers)
      this.event({
        id: EVENT_IDS.idFor(`takeovers:${accountId}:${account.epoch}`, atMs),
        tenantId,
        accountId,
        atMs,
        kind: 'takeovers',
        severity: 'critical',
        sentence: 'Two EAs take this account from each other.',
        limitValue: LIMITS.session.takeovers,
        currentValue: takeovers,
        action: 'no-signals',
      });
  }

  heard({ account }: AccountTerms, message: Frame2['message'], atMs: number): void {
    this.#usage.add(account.tenantId, 'frames', atMs);
    const followed = this.#accounts.get(account.id);
    if (followed === undefined) return;
    if (followed.trail !== undefined) this.#keep(followed.trail.tell(message, atMs));
    else if (['FINANCE', 'SNAPSHOT', 'TRADE', 'HISTORY'].includes(message.kind)) {
      const { early } = followed;
      if (message.kind === 'FINANCE' && early.at(-1)?.message.kind === 'FINANCE') early.pop();
      early.push({ message, atMs });
    }
  }

  decision({ tenantId }: Decision): void {
    this.count(tenantId, 'decisions');
  }

  sent({ tenantId }: SignalRow): void {
    this.count(tenantId, 'signals');
  }

  refused(reason: string, _symbol: string, accountId: string, refusal: RefusalRow): void {
    const { tenantId, strategy, symbol, timeframe, closeTime, direction, figures, createdAt } = refusal;
    this.#usage.add(tenantId, 'refusals', createdAt);
    const event = limitEventOf(reason, figures);
    if (event === undefined) return;
    const key = [reason, accountId, strategy, symbol, timeframe, closeTime, direction].join(':');
    this.event({ id: EVENT_IDS.idFor(key, closeTime), tenantId, accountId, atMs: createdAt, ...event });
  }

  /** A limit that was reached, or what else an account's owner is to know. */
  event(row: RiskEventRow): void {
    this.#record('riskEvents', row);
    this.#options.told?.(row);
  }

  deviated({ account }: AccountTerms, episode: AlarmEpisode): void {
    const { id: accountId, tenantId } = account;
    const { symbol, beganMs, endedMs } = episode;
    const event = alarmEventOf(episode);
    const atMs = endedMs ?? beganMs;
    this.event({
      id: EVENT_IDS.idFor([event.kind, accountId, symbol, beganMs].join(':'), atMs),
      tenantId,
      accountId,
      atMs,
      ...event,
    });
  }

  moved(row: SignalRow): void {
    if (row.kind === 'OPEN' && row.state === 'CLOSED') this.#losses.closed(row);
  }

  /** Once per trade, whoever tells that it has closed. */
  #lostBeyond(signal: SignalRow, loss: LossBeyondPlan, atMs: number): void {
    const { id: signalId, tenantId, accountId } = signal;
    const id = EVENT_IDS.idFor(`loss:${signalId}`, signal.createdAt);
    this.event({ id, tenantId, accountId, atMs, ...lossEventOf(loss) });
  }

  /** Trades that have closed are read before the writer is closed. */
  settled(): Promise<void> {
    return this.#losses.settled();
  }

  breached({ account }: AccountTerms, breach: Breach, day: number, atMs: number): void {
    const { id: accountId, tenantId } = account;
    // Told again by the next session while it stays: the same day's is the same event.
    const id = EVENT_IDS.idFor(`breach:${breach.kind}:${accountId}:${day}`, day * DAY_MS);
    this.event({ id, tenantId, accountId, atMs, ...breach });
  }

  /** In percent of the highest equity; undefined while that has not been read. */
  drawdownOf(accountId: string): number | undefined {
    return this.#accounts.get(accountId)?.trail?.drawdownPercent;
  }

  /** For what no event tells: predictions, requests of a tenant over HTTP, and what all of it costs. */
  count(tenantId: string, what: UsageKind, amount = 1): void {
    this.#usage.add(tenantId, what, this.#options.clock.nowMs(), amount);
  }

  /** Before the writer is closed: what was counted in the hour that runs is handed over too. */
  close(): void {
    this.#cancelUsage();
    this.#cancelRead();
    this.#handOver(Number.POSITIVE_INFINITY);
  }

  #follow(accountId: string, tenantId: string): void {
    const known = this.#accounts.get(accountId);
    if (known !== undefined) return known.trail?.beginSession();
    this.#accounts.set(accountId, { owner: { tenantId, accountId }, trail: undefined, early: [] });
    if (this.#accounts.size > LIMITS.ledger.knownAccounts) {
      const [oldest] = this.#accounts.keys();
      this.#accounts.delete(oldest as string);
    }
    this.#unread.add(accountId);
    void this.#read();
  }

  /** One page after the other: an hour's worth of EAs may connect at once, and commits go before. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    const { store, clock, log, activity } = this.#options;
    this.#reading = true;
    activity?.begin();
    try {
      while (this.#unread.size > 0) {
        // Those that connect in the same turn come along.
        await Promise.resolve();
        const ids = [...this.#unread].slice(0, LIMITS.ledger.batchRows);
        const newest = new Map((await store.newestBalances(ids)).map((row) => [row.accountId, row]));
        for (const id of ids) this.#goOn(id, newest.get(id));
      }
    } catch (error) {
      log.warn({ err: sentence(error) }, 'cannot read the newest balances; what EAs tell is kept until it can be');
      this.#cancelRead = clock.after(READ_AGAIN_MS, () => void this.#read());
    } finally {
      this.#reading = false;
      activity?.end();
    }
  }

  #goOn(accountId: string, newest: BalanceRow | undefined): void {
    this.#unread.delete(accountId);
    const followed = this.#accounts.get(accountId);
    if (followed === undefined) return;
    const trail = new BalanceTrail(followed.owner, newest);
    trail.beginSession();
    followed.trail = trail;
    for (const { message, atMs } of followed.early.splice(0)) this.#keep(trail.tell(message, atMs));
  }

  #keep(row: BalanceRow | undefined): void {
    if (row !== undefined) this.#record('balances', row);
  }

  #record<T extends HistoryTable>(table: T, row: HistoryRows[T]): void {
    if (!this.#options.writer.record(table, row)) this.#lost += 1;
  }

  #handOver(timeMs: number): void {
    this.#usage.handOver(timeMs, (row) => this.#options.writer.record('usage', row));
  }
}
