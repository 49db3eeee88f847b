/**
 * Commands as an operator asks for them: checked here, told to the account's actor where it has a session, and where it has
 * none refused, unless the asker says how long it may wait for one. What waits is a row at once, so a restart forgets none.
 */
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { canonicalSymbol, instrumentOf } from '../market/instrument.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import { isUndecided } from '../signals/signal.js';
import type { CommandRow } from '../storage/ledger/commands.js';
import type { AccountRow, Ledger } from '../storage/ledger/ledger.js';
import { type AccountWish, cancelCause, type CommandAnswer, newCommand } from './commands.js';

const ticket = z.string().regex(/^[1-9]\d{0,19}$/, 'a position is named by its ticket, a number');
const price = z.number('a price is a number').min(0, 'a price is not below 0').optional();
const shared = {
  id: z.uuid('an account is named by its id'),
  /** Names the asking: the same again is the same command. */
  request: z.uuid('a request is named by an id'),
  reason: z
    .string()
    .trim()
    .min(1, 'a reason is not empty')
    .max(200, 'a reason has at most 200 characters')
    .default('an operator asked for it'),
  waitMs: z
    .int('a time to wait is a whole number of milliseconds')
    .min(0, 'a time to wait is not below 0')
    .max(LIMITS.command.waitMostMs, `a command waits at most ${LIMITS.command.waitMostMs / 60_000} minutes for its EA`)
    .default(0),
};
const asking = z.discriminatedUnion('action', [
  z.strictObject({
    ...shared,
    action: z.literal('close-all'),
    everything: z.boolean().default(false),
    symbol: z.string().optional(),
  }),
  z.strictObject({
    ...shared,
    action: z.literal('close'),
    position: ticket,
    volume: z.number('a volume is a number of lots').positive('a volume is above 0').optional(),
  }),
  z
    .strictObject({ ...shared, action: z.literal('modify'), position: ticket, stopLoss: price, takeProfit: price })
    .refine(
      ({ stopLoss, takeProfit }) => stopLoss !== undefined || takeProfit !== undefined,
      'what is to be changed: stop or target?',
    ),
  z.strictObject({ ...shared, action: z.literal('reconnect') }),
  z.strictObject({ ...shared, action: z.literal('cancel'), signal: z.uuid('a signal is named by its id') }),
]);
type Asking = z.output<typeof asking>;
const naming = z.strictObject({ id: shared.id });
const one = naming.extend({ command: z.uuid('a command is named by its id') });

/** A command as it stands, and whether more may be heard of it. */
export interface CommandStanding {
  readonly command: CommandRow;
  readonly over: boolean;
}

export interface CommandRequestsOptions {
  readonly ledger: Pick<Ledger, 'accounts' | 'commit' | 'command' | 'commandsOf'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'idFor'>;
  /** Of the account's actor on this node. */
  readonly tell: (tenantId: string, accountId: string, wish: AccountWish, answered: (answer: CommandAnswer) => void) => void;
  /** Of the other nodes, where its session is not here; left out where there is no other. */
  readonly elsewhere?: (account: AccountRow, wish: AccountWish) => Promise<CommandAnswer>;
}

/** Refuses what needs no node to be refused. */
export function checkAsking(input: unknown): void {
  wishOf(readWish(asking, input));
}

function wishOf(asked: Asking): AccountWish {
  const common = { cause: `operator:${asked.request}`, reason: asked.reason, askedBy: 'operator' } as const;
  switch (asked.action) {
    case 'close-all': {
      const scope = asked.everything ? 'EVERYTHING' : 'OURS';
      if (asked.symbol === undefined) return { ...common, action: 'CLOSE_ALL', scope };
      const symbol = canonicalSymbol(asked.symbol);
      if (symbol === undefined || instrumentOf(symbol) === undefined)
        throw new SuhoError('USAGE', `${asked.symbol} is not a symbol of this engine`);
      return { ...common, action: 'CLOSE_ALL', scope, symbol };
    }
    case 'close': {
      const { position, volume } = asked;
      return { ...common, action: 'CLOSE_POSITION', position, ...(volume === undefined ? {} : { volume }) };
    }
    case 'modify': {
      const { position, stopLoss, takeProfit } = asked;
      const stops = { ...(stopLoss === undefined ? {} : { stopLoss }), ...(takeProfit === undefined ? {} : { takeProfit }) };
      return { ...common, action: 'MODIFY', position, ...stops };
    }
    case 'reconnect':
      return { ...common, action: 'RECONNECT' };
    case 'cancel':
      return { ...common, cause: cancelCause(asked.signal), action: 'CANCEL_SIGNAL', signalId: asked.signal };
  }
}

/** What an EA that is not there cannot have been seen to hold must be told whole. */
function unseen(wish: AccountWish): string | undefined {
  if (wish.action === 'CLOSE_POSITION' && wish.volume === undefined)
    return 'a close that waits for its EA names its volume: nobody sees now what is open';
  if (wish.action === 'MODIFY' && (wish.stopLoss === undefined || wish.takeProfit === undefined))
    return 'a change of stops that waits for its EA names both: nobody sees now what they are';
  return wish.action === 'RECONNECT' ? 'an EA that is not connected need not connect again' : undefined;
}

/** An actor that does not answer by then has crashed, or its ledger hangs. */
const ANSWER_MS = 10_000;

export class CommandRequests {
  constructor(readonly options: CommandRequestsOptions) {}

  async ask(input: unknown): Promise<CommandAnswer> {
    const asked = readWish(asking, input);
    const wish = wishOf(asked);
    const account = await this.#account(asked.id);
    const answer = await this.#tell(account, wish);
    if (answer.kind === 'asked' || answer.away !== true) return answer;
    if (asked.waitMs === 0) {
      if (answer.unsure) throw new SuhoError('UNREACHABLE', answer.sentence);
      return answer;
    }
    const sentence = unseen(wish);
    return sentence === undefined ? this.#wait(wish, asked) : { kind: 'refused', sentence };
  }

  /** Puts it down for the EA's next session; where one has just come, it is told of it after all. */
  async #wait(wish: AccountWish, { id, waitMs }: Asking): Promise<CommandAnswer> {
    const { ledger, clock, ids } = this.options;
    const account = await this.#account(id);
    const nowMs = clock.nowMs();
    const command = newCommand(wish, {
      id: ids.idFor(`command:${id}:${wish.cause}`, nowMs),
      accountId: id,
      tenantId: account.tenantId,
      instance: null,
      validUntil: nowMs + waitMs,
      nowMs,
    });
    const [result] = await ledger.commit([{ kind: 'command', accountId: id, epoch: account.epoch, command }]);
    if (result?.kind === 'commanded' || (result?.kind === 'exists' && result.command !== undefined)) {
      // A session that began between the two looks has not seen it.
      const again = await this.#tell(account, wish);
      return again.kind === 'asked' ? again : { kind: 'asked', command: result.command as CommandRow };
    }
    return this.#tell(account, wish);
  }

  async #tell(account: AccountRow, wish: AccountWish): Promise<CommandAnswer> {
    const here = await this.#tellHere(account, wish);
    if (here.kind === 'asked' || here.away !== true) return here;
    return this.options.elsewhere?.(account, wish) ?? here;
  }

  #tellHere({ tenantId, id }: AccountRow, wish: AccountWish): Promise<CommandAnswer> {
    return new Promise((answered, failed) => {
      const late = new SuhoError('UNREACHABLE', `account ${id} does not answer; look at its commands before you ask again`);
      const cancel = this.options.clock.after(ANSWER_MS, () => failed(late));
      this.options.tell(tenantId, id, wish, (answer) => {
        cancel();
        answered(answer);
      });
    });
  }

  async state(input: unknown): Promise<CommandStanding> {
    const { id, command: commandId } = readWish(one, input);
    const command = await this.options.ledger.command(id, commandId);
    if (command === undefined) throw new SuhoError('NOT_FOUND', `account ${id} has no command ${commandId}`);
    const [row] = await this.#expired(id, [command]);
    return this.#standing(row ?? command);
  }

  /** The newest, newest first. */
  async list(input: unknown): Promise<readonly CommandStanding[]> {
    const { id } = readWish(naming, input);
    await this.#account(id);
    const rows = await this.#expired(id, await this.options.ledger.commandsOf(id));
    return rows.map((row) => this.#standing(row));
  }

  #standing(command: CommandRow): CommandStanding {
    const sinceMs = this.options.clock.nowMs() - command.validUntil - LIMITS.signal.resultGraceMs;
    return { command, over: !isUndecided(command.state) || (command.state === 'UNKNOWN' && sinceMs >= 0) };
  }

  /** Nobody came for what waited, and nobody need come to say so. */
  async #expired(id: string, rows: readonly CommandRow[]): Promise<readonly CommandRow[]> {
    const atMs = this.options.clock.nowMs();
    const stale = rows.filter(({ state, validUntil }) => state === 'PENDING' && validUntil <= atMs);
    if (stale.length === 0) return rows;
    const { epoch } = await this.#account(id);
    const said = 'no session came while it was valid';
    const move = { kind: 'command-transition', accountId: id, epoch, from: ['PENDING'], to: 'EXPIRED', said, atMs } as const;
    const results = await this.options.ledger.commit(stale.map((row) => ({ ...move, commandId: row.id })));
    const moved = new Set(stale.filter((_, at) => results[at]?.kind === 'moved').map((row) => row.id));
    return rows.map((row) => (moved.has(row.id) ? { ...row, state: 'EXPIRED', said, updatedAt: atMs } : row));
  }

  async #account(id: string): Promise<AccountRow> {
    const [account] = await this.options.ledger.accounts([id]);
    if (account === undefined) throw new SuhoError('NOT_FOUND', `there is no account ${id}`);
    return account;
  }
}
