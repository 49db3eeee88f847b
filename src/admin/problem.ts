/** Errors as RFC 9457 problems: a type, a title, the status, and one sentence. */
import { STATUS_CODES } from 'node:http';
import { type ErrorCode, SuhoError } from '../errors.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The error's code in docs/OPERATIONS.md, where it has one. */
  readonly code?: string;
}

/** What a caller did wrong, or may try again; an error that is not here is the node's own, and its sentence is not told. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  USAGE: 400,
  INPUT_INVALID: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  ASK_TIMEOUT: 504,
  ACTOR_GONE: 503,
  UNREACHABLE: 503,
};

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** What a program may go by. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** An address as it may be told: a link that lets somebody in is not. */
export function shownPath(url: string): string {
  return (url.split('?')[0] ?? '').replace(/^\/enter\/.*/, '/enter/…');
}

function problem(status: number, detail: string, code?: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, ...(code === undefined ? {} : { code }) };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return problem(error.status, error.message, error.code);
  if (error instanceof SuhoError) {
    const status = STATUS[error.code];
    if (status !== undefined) return problem(status, error.message, error.code);
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500) return problem(statusCode, message ?? 'the request is not right');
  return problem(500, 'the request could not be answered');
}
