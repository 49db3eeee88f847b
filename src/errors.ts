/**
 * Every coded error of the engine. A code is part of the interface: logs, HTTP problems and exit codes are built on it, so a
 * test pins this list and a code is never renamed or reused.
 *
 * Three failures, three answers: what is refused by a rule is a value with its reason (not here); an operating error is one
 * of these, for the supervisor or the caller; a broken invariant is `assert` (`runtime/assert.ts`) and crashes its actor.
 */
export const ERROR_CODES = {
  /** The command line cannot be understood. */
  USAGE: { exit: 2 },
  /** A setting is missing, unknown or out of range. */
  CONFIG_INVALID: { exit: 2 },
  /** An input file or line is not what it should be. */
  INPUT_INVALID: { exit: 3 },
  /** A file cannot be read or written. */
  FILE_UNREADABLE: { exit: 3 },
  /** Another node holds the data folder. */
  DATA_FOLDER_TAKEN: { exit: 4 },
  /** The data folder, or a backup, was made by a later version. */
  DATA_FOLDER_NEWER: { exit: 4 },
  /** A port is in use or may not be opened. */
  PORT_TAKEN: { exit: 4 },
  /** The cluster's nodes are of versions that this one cannot work with. */
  VERSIONS_APART: { exit: 4 },
  /** A peer or store does not answer. */
  UNREACHABLE: { exit: 4 },
  /** The ledger refused or lost a transaction; nothing of it is stored. */
  LEDGER_FAILED: { exit: 4 },
  /** The analytics store refused or lost a statement. */
  ANALYTICS_FAILED: { exit: 4 },
  /** The archive refused or lost an object, or one is not what it was. */
  ARCHIVE_FAILED: { exit: 4 },
  /** A migration that was applied has changed, or is missing. */
  MIGRATION_MISMATCH: { exit: 4 },
  /** Something asked for does not exist. */
  NOT_FOUND: { exit: 3 },
  /** It exists already, or a rule of the catalogue forbids it. */
  CONFLICT: { exit: 3 },
  /** A model, or a file of rows, was made with another feature catalogue. */
  CATALOGUE_MISMATCH: { exit: 3 },
  /** No reply came in time. */
  ASK_TIMEOUT: { exit: 4 },
  /** The actor asked is stopped or its mailbox is full. */
  ACTOR_GONE: { exit: 4 },
  /** A stream of the bus is at its bound and drops nothing: the message was not kept. */
  BUS_FULL: { exit: 4 },
  /** A model, or the thread that ran it, failed. */
  INFERENCE_FAILED: { exit: 4 },
  /** A prediction did not come by its deadline. */
  INFERENCE_LATE: { exit: 4 },
  /** As many predictions wait as may. */
  INFERENCE_FULL: { exit: 4 },
  /** The journal on disk is damaged before its tail. */
  JOURNAL_DAMAGED: { exit: 4 },
  /** The process was told to stop before it was done. */
  INTERRUPTED: { exit: 130 },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export class SuhoError extends Error {
  override readonly name = 'SuhoError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** The one sentence of any thrown thing, for a person or a log line. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Issues = readonly { readonly message: string; readonly path: readonly PropertyKey[] }[];
/** As zod has it. */
interface Schema {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: Issues } };
}
type ReadBy<S extends Schema> = Extract<ReturnType<S['safeParse']>, { readonly success: true }>['data'];

/** What somebody asks for, read by its schema; refused by the first thing that is wrong with it. */
export function readWish<S extends Schema>(schema: S, input: unknown): ReadBy<S> {
  const read = schema.safeParse(input);
  if (read.success) return read.data as ReadBy<S>;
  const [issue] = read.error.issues;
  const where = issue?.path.length ? ` (${issue.path.map(String).join('.')})` : '';
  throw new SuhoError('USAGE', `${issue?.message ?? 'the input is not right'}${where}`);
}
