/** Where the page is: the part of the address behind `#`, so that one file serves every view and a link keeps its filter. */
import { Cell } from './cell.js';

export interface Place {
  /** `/signals/0190…` in its parts, decoded. */
  readonly parts: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  return {
    parts: path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export const place = new Cell<Place>(placeOf(location.hash));

addEventListener('hashchange', () => place.set(placeOf(location.hash)));

export function link(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function go(to: string): void {
  location.hash = to;
}

/** The same view with another filter; an empty word is left out. Going back skips it. */
export function filterBy(change: Readonly<Record<string, string>>): void {
  const { parts, query } = place.value;
  const words = Object.entries({ ...query, ...change }).filter(([, word]) => word !== '');
  const search = new URLSearchParams(words).toString();
  history.replaceState(null, '', link(...parts) + (search === '' ? '' : `?${search}`));
  place.set(placeOf(location.hash));
}
