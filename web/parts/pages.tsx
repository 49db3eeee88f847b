/** A list that comes in pages by cursor: the first is kept fresh, older ones are asked for when wanted. */
import { useEffect, useState } from 'preact/hooks';
import type { Words } from '../address.js';
import { ApiError, get, type Page } from '../api.js';
import type { Address, Told } from '../answers.js';
import { type Beat, type Resource, useResource } from '../resource.js';

const PAGE_ROWS = 100;

export interface Pages<T> {
  readonly first: Resource<Page<T>>;
  readonly rows: readonly T[];
  readonly more: (() => void) | undefined;
  readonly asking: boolean;
  readonly error: ApiError | undefined;
}

interface Older<T> {
  readonly rows: readonly T[];
  readonly next: string | null | undefined;
}

const NONE = { rows: [], next: undefined } as const;

/** Addresses that answer lists by cursor. */
type Listed = { [A in Address]: Told<A> extends Page<unknown> ? A : never }[Address];
type RowOf<A extends Listed> = Told<A>['rows'][number];

export function usePages<A extends Listed>(
  path: A,
  query: Words,
  keyOf: (row: RowOf<A>) => string,
  beat: Beat = {},
): Pages<RowOf<A>> {
  type T = RowOf<A>;
  const ask = (words: Words) => get(path, { most: PAGE_ROWS, ...query, ...words }) as Promise<Page<T>>;
  const key = `${path} ${JSON.stringify(query)}`;
  const first = useResource(key, () => ask({}), beat);
  const [older, setOlder] = useState<Older<T>>(NONE);
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ApiError>();
  useEffect(() => setOlder(NONE), [key]);
  const fresh = first.value?.rows ?? [];
  const known = new Set(fresh.map(keyOf));
  const rows = [...fresh, ...older.rows.filter((row) => !known.has(keyOf(row)))];
  const next = older.next === undefined ? first.value?.next : older.next;
  const askOlder = async (after: string): Promise<void> => {
    setAsking(true);
    try {
      const page = await ask({ after });
      setOlder(({ rows: before }) => ({ rows: [...before, ...page.rows], next: page.next }));
      setError(undefined);
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)));
    }
    setAsking(false);
  };
  return { first, rows, more: next ? () => void askOlder(next) : undefined, asking, error };
}

export function More<T>({ pages }: { readonly pages: Pages<T> }) {
  const { rows, more, asking, error } = pages;
  if (rows.length === 0) return null;
  return (
    <p class="more">
      {error ? <span role="alert">{error.message}. </span> : null}
      {more ? (
        <button type="button" class="button" disabled={asking} onClick={more}>
          {asking ? 'Asking…' : 'Show older'}
        </button>
      ) : (
        <span class="note">{rows.length === 1 ? 'That is the only one.' : `All ${rows.length} are shown.`}</span>
      )}
    </p>
  );
}
