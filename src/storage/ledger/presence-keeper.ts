/**
 * Raises an alarm for an account that was connected and is not heard for two minutes: one row for each outage, and a second
 * when it is back. Its EA may say goodbye: then it is told as such, and nobody is woken.
 *
 * Before an alarm the ledger is asked, for it knows what this node does not: that another session has the account, that an
 * operator has ended it, that its money was told to another node just now, that the alarm stands already. At its start a node
 * takes up every account that was connected; one that nobody comes back to is then an outage too, two minutes later.
 */
import type { AccountTerms } from '../../accounts/assessment.js';
import { presenceEvent, presenceOf } from '../../accounts/presence.js';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Frame2, GoodbyeReason } from '../../protocol/messages.js';
import type { Activity } from '../../runtime/activity.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import { seededIds } from '../../runtime/ids.js';
import type { Logger } from '../../runtime/logger.js';
import type { HistoryStore, PresenceEvent, PresenceRow, RiskEventRow } from './history.js';
import type { Ledger } from './ledger.js';

export interface PresenceKeeperOptions {
  readonly store: Pick<Ledger, 'listAccounts'> & Pick<HistoryStore, 'presence'>;
  /** Takes an event for good. */
  readonly raise: (event: RiskEventRow) => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where time is simulated it waits for what is being read. */
  readonly activity?: Activity;
}

interface Watched {
  readonly tenantId: string;
  readonly accountId: string;
  readonly epoch: number;
  heardMs: number;
  /** An outage is counted from here at the earliest. */
  readonly sinceMs: number;
  /** Whether its session was with this node. */
  readonly here: boolean;
  /** When the alarm of the outage was raised. */
  silentAt: number | undefined;
}

const EVENT_IDS = seededIds('presence');
/** The EA was taken off, or its terminal was closed: it was meant. */
const IN_GOOD_ORDER: ReadonlySet<GoodbyeReason> = new Set(['SHUTDOWN', 'REMOVED']);

export class PresenceKeeper {
  readonly #options: PresenceKeeperOptions;
  readonly #accounts = new Map<string, Watched>();
  /** Came, and were not known here: did an outage end with that? */
  readonly #unknown = new Map<string, Watched>();
  readonly #cancelLook: Cancel;
  #reading: Promise<void> = Promise.resolve();
  #adopted = false;
  #closed = false;
  readonly #counts = { raised: 0, returned: 0, goodbyes: 0 };

  constructor(options: PresenceKeeperOptions) {
    this.#options = options;
    this.#read(() => this.#adopt());
    this.#cancelLook = options.clock.every(LIMITS.session.outageLookMs, () => this.#read(() => this.#look()));
  }

  get figures(): Readonly<Record<string, number>> {
    let silent = 0;
    for (const { silentAt } of this.#accounts.values()) if (silentAt !== undefined) silent += 1;
    return { watched: this.#accounts.size - silent, silent, ...this.#counts };
  }

  /** When an account whose session was with this node was heard last; undefined where it is none, or is given up. */
  heardAt(accountId: string): number | undefined {
    const known = this.#accounts.get(accountId);
    return known?.here && known.silentAt === undefined ? known.heardMs : undefined;
  }

  began({ account }: AccountTerms, _takeovers: number, atMs: number): void {
    const { id: accountId, tenantId, epoch } = account;
    const before = this.#accounts.get(accountId);
    const watched = { tenantId, accountId, epoch, heardMs: atMs, sinceMs: atMs, here: true, silentAt: undefined };
    this.#accounts.delete(accountId);
    this.#accounts.set(accountId, watched);
    if (this.#accounts.size > LIMITS.ledger.knownAccounts) {
      const [oldest] = this.#accounts.keys();
      this.#accounts.delete(oldest as string);
    }
    if (before === undefined) {
      this.#unknown.set(accountId, watched);
      this.#read(() => this.#settle());
    } else if (before.silentAt !== undefined) this.#returned(before, before.silentAt, before.heardMs, atMs);
  }

  heard({ account }: AccountTerms, message: Frame2['message'], atMs: number): void {
    const watched = this.#accounts.get(account.id);
    if (watched === undefined || watched.epoch !== account.epoch) return;
    watched.heardMs = atMs;
    if (message.kind !== 'GOODBYE' || !IN_GOOD_ORDER.has(message.reason)) return;
    this.#accounts.delete(account.id);
    this.#counts.goodbyes += 1;
    this.#raise('ea-goodbye', watched, `${watched.epoch}`, atMs, atMs, null);
  }

  /** Once what is being read is read. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    await this.#reading;
  }

  /** One after the other: nobody is in a hurry, and commits go before. */
  #read(work: () => Promise<void>): void {
    const { activity, log } = this.#options;
    activity?.begin();
    this.#reading = this.#reading
      .then(() => (this.#closed ? undefined : work()))
      .catch((error: unknown) => log.warn({ err: sentence(error) }, 'cannot read which EAs are there; it is tried again'))
      .finally(() => activity?.end());
  }

  async #adopt(): Promise<void> {
    const startMs = this.#options.clock.nowMs();
    for (let after: string | undefined, more = true; more; ) {
      const page = await this.#options.store.listAccounts(after === undefined ? {} : { after });
      const held = page.rows.filter(({ epoch }) => epoch > 0).map(({ id }) => id);
      for (const row of await this.#options.store.presence(held)) this.#takeUp(row, startMs);
      after = page.next;
      more = after !== undefined;
    }
    this.#adopted = true;
  }

  /** One that came meanwhile is known better here. */
  #takeUp(row: PresenceRow, startMs: number): void {
    const { state, heardAt, silentSince } = presenceOf(row, startMs);
    if (state === 'left' || heardAt === null || this.#accounts.has(row.accountId)) return;
    const { tenantId, accountId, sessionEpoch: epoch } = row;
    const silentAt = silentSince ?? undefined;
    this.#accounts.set(accountId, { tenantId, accountId, epoch, heardMs: heardAt, sinceMs: startMs, here: false, silentAt });
  }

  /** Of those that came and were not known: an alarm that still stands is over. */
  async #settle(): Promise<void> {
    while (this.#unknown.size > 0) {
      const some = [...this.#unknown.values()].slice(0, LIMITS.ledger.pageRows);
      const rows = await this.#presence(some);
      for (const watched of some) {
        this.#unknown.delete(watched.accountId);
        const row = rows.get(watched.accountId);
        if (row?.event === 'ea-silent' && row.eventAt !== null && row.eventAt < watched.sinceMs)
          this.#returned(watched, row.eventAt, row.eventAt - LIMITS.session.outageMs, watched.sinceMs);
      }
    }
  }

  async #look(): Promise<void> {
    if (!this.#adopted) await this.#adopt();
    await this.#settle();
    const nowMs = this.#options.clock.nowMs();
    const overdue = ({ heardMs, sinceMs, silentAt }: Watched): boolean =>
      silentAt === undefined && nowMs - Math.max(heardMs, sinceMs) > LIMITS.session.outageMs;
    const suspects = [...this.#accounts.values()].filter(overdue);
    for (let at = 0; at < suspects.length; at += LIMITS.ledger.pageRows) {
      const some = suspects.slice(at, at + LIMITS.ledger.pageRows);
      const rows = await this.#presence(some);
      for (const watched of some) {
        // It came back while the ledger was asked.
        if (this.#accounts.get(watched.accountId) !== watched || !overdue(watched)) continue;
        this.#judge(watched, rows.get(watched.accountId), nowMs);
      }
    }
  }

  async #presence(some: readonly Watched[]): Promise<ReadonlyMap<string, PresenceRow>> {
    const rows = await this.#options.store.presence(some.map(({ accountId }) => accountId));
    return new Map(rows.map((row) => [row.accountId, row]));
  }

  #judge(watched: Watched, row: PresenceRow | undefined, nowMs: number): void {
    const { state, heardAt, silentSince } = presenceOf(row, nowMs);
    if (row === undefined || state === 'left' || heardAt === null) {
      this.#accounts.delete(watched.accountId);
      return;
    }
    const heardMs = Math.max(heardAt, watched.heardMs);
    if (state === 'silent') watched.silentAt = silentSince ?? nowMs;
    else if (state === 'connected') {
      // Another node has it.
      const { tenantId, accountId, sessionEpoch: epoch } = row;
      const { sinceMs } = watched;
      this.#accounts.set(accountId, { tenantId, accountId, epoch, heardMs, sinceMs, here: false, silentAt: undefined });
    } else {
      watched.heardMs = heardMs;
      watched.silentAt = nowMs;
      this.#counts.raised += 1;
      this.#options.log.warn({ accountId: watched.accountId, silentMs: nowMs - heardMs }, 'an EA that was connected is silent');
      this.#raise('ea-silent', watched, `${row.sessionEpoch}`, row.claimedAt, nowMs, nowMs - heardMs);
    }
  }

  #returned(of: Watched, silentAt: number, heardMs: number, atMs: number): void {
    this.#counts.returned += 1;
    this.#raise('ea-back', of, `${silentAt}`, atMs, atMs, atMs - heardMs);
  }

  /** The same event has the same id, whichever node tells of it. */
  #raise(kind: PresenceEvent, of: Watched, what: string, idMs: number, atMs: number, silentMs: number | null): void {
    const { tenantId, accountId } = of;
    const id = EVENT_IDS.idFor(`${kind}:${accountId}:${what}`, idMs);
    this.#options.raise(presenceEvent(kind, { tenantId, accountId, atMs }, id, silentMs));
  }
}
