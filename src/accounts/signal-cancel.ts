/**
 * A signal that somebody takes back. One that never left is cancelled in the ledger; one that may have left only its EA can give
 * up: it is told by a command, and should it execute the signal all the same its position is closed.
 */
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import { isUndecided } from '../signals/signal.js';
import type { CommandRow } from '../storage/ledger/commands.js';
import type { Ledger, SignalRow } from '../storage/ledger/ledger.js';
import type { CommandRequests } from './command-requests.js';

const input = z.strictObject({
  id: z.uuid('a signal is named by its id'),
  request: z.uuid('a request is named by an id'),
  reason: z.string().trim().min(1, 'a reason is not empty').max(200, 'a reason has at most 200 characters'),
});

export type Cancelled =
  | { readonly kind: 'cancelled' }
  /** Its EA is asked, or is as soon as it comes. */
  | { readonly kind: 'asked'; readonly command: CommandRow };

export interface SignalCancelOptions {
  readonly ledger: Pick<Ledger, 'reads' | 'accounts' | 'commit'>;
  readonly requests: Pick<CommandRequests, 'ask'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Of one that never left: its account is told, and whoever hears of signals. */
  readonly told: (signal: SignalRow) => void;
}

/** Sessions that may come between a look and its commit before nobody tries again. */
const TRIES = 3;

export class SignalCancel {
  constructor(readonly options: SignalCancelOptions) {}

  async cancel(asked: unknown): Promise<Cancelled> {
    const { id, reason, request } = readWish(input, asked);
    for (let left = TRIES; left > 0; left--) {
      const signal = await this.#signal(id);
      if (signal.kind !== 'OPEN') throw new SuhoError('CONFLICT', `signal ${id} closes a position: that is not taken back`);
      if (!isUndecided(signal.state))
        throw new SuhoError('CONFLICT', `signal ${id} is ${signal.state}: there is nothing to take back`);
      if (signal.state !== 'PENDING') return this.#ask(signal, reason, request);
      if (await this.#cancelled(signal, reason)) return { kind: 'cancelled' };
    }
    throw new SuhoError('CONFLICT', `signal ${id} is in other hands each moment; ask again`);
  }

  async #signal(id: string): Promise<SignalRow> {
    const life = await this.options.ledger.reads.signal({ kind: 'all' }, id);
    if (life === undefined) throw new SuhoError('NOT_FOUND', `there is no signal ${id}`);
    return life.signal;
  }

  /** False where it left meanwhile, or another session took the account. */
  async #cancelled(signal: SignalRow, reason: string): Promise<boolean> {
    const { ledger, clock, told } = this.options;
    const { id, accountId } = signal;
    const [account] = await ledger.accounts([accountId]);
    if (account === undefined) throw new SuhoError('NOT_FOUND', `there is no account ${accountId}`);
    const { epoch } = account;
    const move = { kind: 'transition', accountId, epoch, signalId: id, from: ['PENDING'], to: 'CANCELLED', reason } as const;
    const atMs = clock.nowMs();
    const [result] = await ledger.commit([{ ...move, atMs }]);
    if (result?.kind !== 'moved') return false;
    told({ ...signal, state: 'CANCELLED', reason, updatedAt: atMs });
    return true;
  }

  async #ask({ id, accountId }: SignalRow, reason: string, request: string): Promise<Cancelled> {
    const waitMs = LIMITS.command.waitMostMs;
    const answer = await this.options.requests.ask({ id: accountId, action: 'cancel', signal: id, request, reason, waitMs });
    if (answer.kind === 'refused') throw new SuhoError('CONFLICT', answer.sentence);
    return { kind: 'asked', command: answer.command };
  }
}
