/**
 * Commands in the ledger: what an EA is asked to do beside its signals. A command is a committed row before its first byte
 * leaves, and its states and their order are those of a signal, without CLOSED. One cause makes one command: an account's
 * second command of the same cause is the first.
 */
import type { ExecutionRow, Page } from './ledger.js';

export const COMMAND_STATES = ['PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

export const COMMAND_ACTIONS = ['CLOSE_POSITION', 'CLOSE_ALL', 'MODIFY', 'CANCEL_ORDER', 'CANCEL_SIGNAL', 'RECONNECT'] as const;
export type TrackedAction = (typeof COMMAND_ACTIONS)[number];

export const COMMAND_ASKERS = ['operator', 'exit', 'limit', 'engine'] as const;
export type CommandAsker = (typeof COMMAND_ASKERS)[number];

/** A RESULT of a command: unique by (attempt, outcome). */
export type CommandResult = Omit<ExecutionRow, 'accountId' | 'tenantId' | 'signalId'>;

export interface CommandRow {
  readonly id: string;
  readonly accountId: string;
  readonly tenantId: string;
  /** Unique in the account. */
  readonly cause: string;
  readonly action: TrackedAction;
  /** Of a CLOSE_ALL: positions with our magics, or everything. */
  readonly scope: 'NONE' | 'OURS' | 'EVERYTHING';
  /** Of a CLOSE_ALL: only this symbol, by its canonical name; null for every one. */
  readonly symbol: string | null;
  /** Tickets, decimal text; '0' for none. */
  readonly position: string;
  readonly order: string;
  readonly signalId: string | null;
  readonly volume: number;
  readonly price: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  /** For a person, and sent to the EA. */
  readonly reason: string;
  readonly askedBy: CommandAsker;
  readonly state: CommandState;
  /** Why it is in that state, where there is more to say. */
  readonly said: string | null;
  /** Instance it was first sent to. */
  readonly instance: string | null;
  readonly validUntil: number;
  readonly results: readonly CommandResult[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type NewCommand = Omit<CommandRow, 'said' | 'results' | 'updatedAt'>;

interface Fenced {
  readonly accountId: string;
  readonly epoch: number;
}

/** `atMs` is when the engine heard or decided it. */
export type CommandOp =
  | (Fenced & { readonly kind: 'command'; readonly command: NewCommand })
  | (Fenced & {
      readonly kind: 'command-transition';
      readonly commandId: string;
      readonly from: readonly CommandState[];
      readonly to: CommandState;
      readonly said: string | null;
      /** Set with a transition to SENT: the instance it goes to. */
      readonly instance?: string;
      readonly atMs: number;
    })
  | (Fenced & {
      readonly kind: 'command-result';
      readonly commandId: string;
      readonly result: CommandResult;
      readonly atMs: number;
    });

export type CommandOpResult = { readonly kind: 'commanded'; readonly command: CommandRow };

export interface CommandStore {
  /** Keyset pages by account and id. */
  listCommands(after?: string): Promise<Page<CommandRow>>;
  /** Undefined where the account has no such command. */
  command(accountId: string, commandId: string): Promise<CommandRow | undefined>;
  /** The newest of one account, newest first; of a page's size at most. */
  commandsOf(accountId: string): Promise<readonly CommandRow[]>;
}
