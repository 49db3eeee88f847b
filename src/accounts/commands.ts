/**
 * From what somebody asks of an account to the row that the ledger keeps and the message that its EA gets, and back. A close
 * names the volume that was seen, and a change of stops both of them: of a position that is another by then the EA refuses it,
 * and guesses nothing. Pure.
 */
import { NIL_ID, type CommandMessage } from '../protocol/messages.js';
import type { CommandAsker, CommandRow, NewCommand, TrackedAction } from '../storage/ledger/commands.js';
import { isOurs } from './magic.js';
import type { OpenPosition } from './position-book.js';

/** What is asked. `cause` makes it one command, however often it is asked. */
export interface CommandWish {
  readonly action: TrackedAction;
  readonly cause: string;
  readonly askedBy: CommandAsker;
  readonly reason: string;
  readonly scope?: 'OURS' | 'EVERYTHING';
  /** Of a CLOSE_ALL: only this one. */
  readonly symbol?: string;
  readonly position?: string;
  readonly signalId?: string;
  readonly volume?: number;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
}

export interface Asked {
  /** The same cause again is the same command. */
  readonly cause: string;
  readonly reason: string;
  readonly askedBy: CommandAsker;
}

/** What is asked of an account, before it is held against what is open there. */
export type AccountWish = Asked &
  (
    | { readonly action: 'CLOSE_ALL'; readonly scope: 'OURS' | 'EVERYTHING'; readonly symbol?: string }
    | { readonly action: 'CLOSE_POSITION'; readonly position: string; readonly volume?: number }
    | { readonly action: 'MODIFY'; readonly position: string; readonly stopLoss?: number; readonly takeProfit?: number }
    | { readonly action: 'CANCEL_SIGNAL'; readonly signalId: string }
    | { readonly action: 'RECONNECT' }
  );

const ACTIONS: Readonly<Record<AccountWish['action'], true>> = {
  CLOSE_ALL: true,
  CLOSE_POSITION: true,
  MODIFY: true,
  CANCEL_SIGNAL: true,
  RECONNECT: true,
};

/** Another node may be of a later version, and ask for more than this one knows. */
export function isKnownAction(action: string): boolean {
  return Object.hasOwn(ACTIONS, action);
}

/** A signal is called back once, whoever asks for it. */
export function cancelCause(signalId: string): string {
  return `cancel:${signalId}`;
}

/** What became of a wish: a command, which may be one that was asked before; or a sentence why it is none. */
export type CommandAnswer =
  | { readonly kind: 'asked'; readonly command: CommandRow }
  | {
      readonly kind: 'refused';
      readonly sentence: string;
      /** It has no session, and nothing else is wrong with it. */
      readonly away?: true;
      /** It may have a session on a node that does not answer, and may have been asked there. */
      readonly unsure?: true;
    };

export const AWAY: CommandAnswer = {
  kind: 'refused',
  sentence: 'the account has no session: its EA is not connected',
  away: true,
};

export interface CommandPlace {
  readonly id: string;
  readonly accountId: string;
  readonly tenantId: string;
  /** Null where no EA is there yet: it waits for one. */
  readonly instance: string | null;
  readonly validUntil: number;
  readonly nowMs: number;
}

export function newCommand(wish: CommandWish, place: CommandPlace): NewCommand {
  const { id, accountId, tenantId, instance, validUntil, nowMs } = place;
  return {
    id,
    accountId,
    tenantId,
    cause: wish.cause,
    action: wish.action,
    scope: wish.scope ?? 'NONE',
    symbol: wish.symbol ?? null,
    position: wish.position ?? '0',
    order: '0',
    signalId: wish.signalId ?? null,
    volume: wish.volume ?? 0,
    price: 0,
    stopLoss: wish.stopLoss ?? 0,
    takeProfit: wish.takeProfit ?? 0,
    reason: wish.reason,
    askedBy: wish.askedBy,
    state: instance === null ? 'PENDING' : 'SENT',
    instance,
    validUntil,
    createdAt: nowMs,
  };
}

/** `symbolId` is the number of the row's symbol; 0 where it names none. */
export function commandMessage(row: CommandRow, symbolId: number): CommandMessage {
  const { id, validUntil, action, scope, position, order, signalId, volume, price, stopLoss, takeProfit, reason } = row;
  return {
    kind: 'COMMAND',
    id,
    validUntilMs: validUntil,
    action,
    scope,
    symbolId,
    position: BigInt(position),
    order: BigInt(order),
    signalId: signalId ?? NIL_ID,
    volume,
    price,
    stopLoss,
    takeProfit,
    fromMs: 0,
    toMs: 0,
    reason,
  };
}

export interface SeenPositions {
  readonly whole: boolean;
  get(position: string): OpenPosition | undefined;
}

/** The position to change, or a sentence why nothing can be asked of it. */
export function seenPosition(positions: SeenPositions, ticket: string, magicBase: number): OpenPosition | string {
  if (!positions.whole) return 'the EA has not told its positions yet; ask again in a moment';
  const position = positions.get(ticket);
  if (position === undefined) return `there is no open position ${ticket}`;
  return isOurs(position.magic, magicBase) ? position : `position ${ticket} is the user’s own, which the engine does not touch`;
}
