/**
 * A query with a name, typed parameters and typed rows. Parameters are bound by the engine (`{symbol:String}`), never put
 * into the text. None names a tenant: the store shows a query its tenant's rows and no others, whatever the text asks for.
 */
import { SuhoError } from '../../errors.js';
import { INSTRUMENTS } from '../../market/instrument.js';

/** Kinds of parameters; an instant is bound as milliseconds and read by `fromUnixTimestamp64Milli`. */
interface ParameterOf {
  text: string;
  texts: readonly string[];
  instant: number;
  count: number;
  number: number;
}
type ParameterKinds = Readonly<Record<string, keyof ParameterOf>>;

/** Kinds of columns of an answer; `optional` is NaN where there is no value. */
interface AnswerOf {
  text: string;
  number: number;
  optional: number;
  /** Null where one has no value. */
  numbers: readonly (number | null)[];
}
type AnswerKinds = Readonly<Record<string, keyof AnswerOf>>;

export type Bound = Readonly<Record<string, string | number | readonly string[]>>;

export interface NamedQuery<P extends ParameterKinds = ParameterKinds, A extends AnswerKinds = AnswerKinds> {
  readonly name: string;
  readonly parameters: P;
  /** In the order of the answer's columns. */
  readonly columns: A;
  readonly sql: string;
}

export type ParametersOf<Q> = Q extends NamedQuery<infer P, AnswerKinds> ? { readonly [K in keyof P]: ParameterOf[P[K]] } : never;
export type AnswerRow<Q> = Q extends NamedQuery<ParameterKinds, infer A> ? { readonly [K in keyof A]: AnswerOf[A[K]] } : never;

export function namedQuery<const P extends ParameterKinds, const A extends AnswerKinds>(
  query: NamedQuery<P, A>,
): NamedQuery<P, A> {
  return query;
}

/** From an instant up to, not including, another. */
export const SPAN = { fromMs: 'instant', toMs: 'instant' } as const;

/** The condition of a span on a column of time. */
export function within(column: string): string {
  return `${column} >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND ${column} < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
}

const PIPS = INSTRUMENTS.filter(({ pip }) => pip !== 0.0001);
const listed = (items: readonly (string | number)[]): string =>
  items
    .map((item) => JSON.stringify(item))
    .join(', ')
    .replaceAll('"', "'");

/** The size of a pip, in SQL, of the symbol in a column. */
export function pipOf(column: string): string {
  return `transform(toString(${column}), [${listed(PIPS.map(({ symbol }) => symbol))}], [${listed(PIPS.map(({ pip }) => pip))}], 0.0001)`;
}

/** Parameters as they are bound: exactly those that the query declares. */
export function boundParameters(query: NamedQuery, parameters: Readonly<Record<string, unknown>>): Bound {
  const bound: Record<string, string | number | readonly string[]> = {};
  for (const [name, kind] of Object.entries(query.parameters)) {
    const value = parameters[name];
    const fits = kind === 'text' ? typeof value === 'string' : kind === 'texts' ? Array.isArray(value) : Number.isFinite(value);
    if (!fits) throw new SuhoError('INPUT_INVALID', `${query.name}: ${name} must be ${kind}`);
    bound[name] = value as string | number | readonly string[];
  }
  return bound;
}

/** Rows out of an answer's lines (JSONCompactEachRow). */
export function decodeRows<Q extends NamedQuery>(query: Q, text: string): readonly AnswerRow<Q>[] {
  const columns = Object.entries(query.columns);
  const rows: AnswerRow<Q>[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const cells = JSON.parse(line) as readonly unknown[];
    if (cells.length !== columns.length)
      throw new SuhoError('ANALYTICS_FAILED', `${query.name} answered ${cells.length} columns, not ${columns.length}`);
    const row = columns.map(([name, kind], at) => [name, kind === 'optional' ? (cells[at] ?? Number.NaN) : cells[at]]);
    rows.push(Object.fromEntries(row) as AnswerRow<Q>);
  }
  return rows;
}
