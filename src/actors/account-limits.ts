/**
 * Watches an account's limits whenever its EA tells of money or trades. A breach is told once, and then the account is disabled,
 * which the ledger keeps over a restart, or what the engine opened is closed, as its tenant chose.
 */
import { capsOf, lossesOf } from '../accounts/assessment.js';
import type { Halt } from '../accounts/halt.js';
import { sentence } from '../errors.js';
import { type Breach, LimitWatch } from '../risk/limit-watch.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import type { AccountCommands } from './account-commands.js';
import type { AccountDesk } from './account-desk.js';

const AGAIN_MS = 5_000;

export class AccountLimits {
  #watch = new LimitWatch();

  constructor(
    readonly desk: AccountDesk,
    readonly commands: AccountCommands,
  ) {}

  /** A new session begins: what is past its limit is told again, and acted upon again. */
  begin(): void {
    this.#watch = new LimitWatch();
  }

  look(): void {
    const { terms, book, context, options } = this.desk;
    const { finance } = book;
    if (terms === undefined || finance === undefined) return;
    const atMs = context.clock.nowMs();
    const positions = book.positions.whole ? book.positions.size : undefined;
    const losses = lossesOf(terms, book, atMs, options.drawdown);
    const { equity, margin } = finance;
    const breaches = this.#watch.look({ losses, equity, margin, positions }, terms.trading.risk, capsOf(terms));
    for (const breach of breaches) this.#breached(breach, atMs);
  }

  #breached(breach: Breach, atMs: number): void {
    const { desk } = this;
    // Where nothing can be closed (suho-1), the account is disabled: a limit that nobody acts upon is none.
    const action = breach.action === 'close' && desk.session?.repeats !== true ? 'disable' : breach.action;
    const day = desk.book.losses.dayAt(atMs);
    desk.tell((observer, terms) => observer.breached(terms, { ...breach, action }, day, atMs));
    desk.context.log.warn({ ...breach, action }, 'an account has passed a limit');
    if (action === 'disable') this.disable({ reason: breach.kind, atMs, by: 'limit' });
    else if (action === 'close') this.#close(breach, atMs);
  }

  /** Once a session and minute: a limit that is told again is acted upon again. What is refused is told to the log. */
  #close({ kind, sentence: reason }: Breach, atMs: number): void {
    const cause = `limit:${kind}:${this.desk.session?.epoch ?? 0}:${Math.floor(atMs / 60_000)}`;
    this.commands.closeAll({ scope: 'OURS', cause, reason, askedBy: 'limit' }, (answer) => {
      if (answer.kind === 'refused')
        this.desk.context.log.error({ err: answer.sentence }, 'a limit could not close what is open');
    });
  }

  /** From this turn on it opens nothing; the ledger is asked until it has kept that. */
  disable(halt: Halt): void {
    const { desk } = this;
    if (desk.terms === undefined || desk.terms.account.disabled !== null) return;
    desk.terms = { ...desk.terms, account: { ...desk.terms.account, disabled: halt } };
    desk.tellState();
    this.keep(halt);
  }

  keep(halt: Halt): void {
    const { context, options } = this.desk;
    context.pipe(
      options.disable(options.accountId, halt),
      (account) => ({ kind: 'disabled', halt, account }),
      (error) => {
        context.log.error({ err: sentence(error) }, 'the ledger did not keep that an account is disabled; it is asked again');
        return { kind: 'disabled', halt, account: 'failed' };
      },
    );
  }

  kept(halt: Halt, account: AccountRow | undefined | 'failed'): void {
    if (account === 'failed') this.desk.context.after(AGAIN_MS, { kind: 'disable', halt });
  }
}
