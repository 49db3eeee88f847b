/**
 * A route as a value: where it is, what it needs, what it takes and answers, and how it is answered. The server, the OpenAPI
 * page, and the test that tries each route with each role read the same list.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Principal, Reach } from '../access/principal.js';
import { isActing, type Permission } from '../access/roles.js';

/** Whence it was asked, and what came with it. */
export interface From {
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** What it asked for, with its query. */
  readonly url: string;
}

export interface Asked<P, Q, B> {
  readonly principal: Principal;
  /** Of the principal: hand it to every read of what belongs to tenants. */
  readonly reach: Reach;
  readonly from: From;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly options: {
    readonly path: string;
    /** Seconds; 0 takes it away. */
    readonly maxAge: number;
    readonly httpOnly: true;
    readonly sameSite: 'strict' | 'lax';
    readonly secure: boolean;
  };
}

/** An answer with a status, a type or headers of its own. */
export class Reply {
  constructor(
    readonly body: unknown,
    readonly options: {
      readonly status?: number;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cookies?: readonly SetCookie[];
    } = {},
  ) {}
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/accounts/:id`. */
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  /** `anyone` needs no principal, and is handed a guest. */
  readonly needs: Permission | 'anyone';
  /** The principal has shown a second factor lately: whatever acts needs it, but for what says that it does not. */
  readonly secondFactor: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  /** Of its body, where it may be larger than others'. */
  readonly bodyBytes?: number;
  /** By it the answer is serialised; what it does not name is left out. Absent where the answer is no JSON. */
  readonly answer: z.ZodType | undefined;
  handle(asked: Asked<never, never, never>): Promise<unknown>;
}

const NOTHING = z.strictObject({});

interface RouteWords<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly method?: Route['method'];
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  readonly needs: Route['needs'];
  /** False of what is done at once, by whoever may. */
  readonly secondFactor?: false;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyBytes?: number;
  readonly answer?: z.ZodType;
  handle(asked: Asked<z.output<P>, z.output<Q>, z.output<B>>): Promise<unknown>;
}

export function route<
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>(words: RouteWords<P, Q, B>): Route {
  const { method = 'GET', params = NOTHING, query = NOTHING, body = z.undefined(), answer } = words;
  const secondFactor = words.secondFactor ?? (method !== 'GET' && words.needs !== 'anyone' && isActing(words.needs));
  return { ...words, method, secondFactor, params, query, body, answer } as Route;
}
