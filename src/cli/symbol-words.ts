/** Words of a command that are of one symbol or of all: files as `S=FILE FILE …`, and texts as `[S=]TEXT`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SuhoError } from '../errors.js';
import { canonicalSymbol } from '../market/instrument.js';

interface Named {
  readonly symbol: string;
  readonly rest: string;
}

/** `EURUSD=…`; what stands before the sign must be a symbol, for a path may hold one as well. */
function named(word: string): Named | undefined {
  const at = word.indexOf('=');
  if (at < 1 || /[/\\.]/.test(word.slice(0, at))) return undefined;
  const symbol = canonicalSymbol(word.slice(0, at));
  return symbol === undefined ? undefined : { symbol, rest: word.slice(at + 1) };
}

/** A word that names a symbol holds for those after it, too. `sole` is whose files are that name none. */
export function filesBySymbol(flag: string, words: readonly string[], sole?: string): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  let symbol = sole;
  for (const word of words) {
    const found = named(word);
    symbol = found?.symbol ?? symbol;
    if (symbol === undefined)
      throw new SuhoError('USAGE', `${flag} ${word} does not say of which symbol it is, as in EURUSD=${basename(word)}.`);
    const path = found?.rest ?? word;
    const known = files.get(symbol) ?? [];
    files.set(symbol, path === '' ? known : [...known, ...matching(flag, path)]);
  }
  for (const [of, some] of files) if (some.length === 0) throw new SuhoError('USAGE', `${flag} ${of}= names no file.`);
  return files;
}

/** A shell does not fill in the star behind `S=`: here it stands for any part of a file's name. Files are in the order of names. */
function matching(flag: string, path: string): readonly string[] {
  const name = basename(path);
  if (!name.includes('*') || existsSync(path)) return [path];
  const folder = dirname(path);
  const parts = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`);
  const found = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => pattern.test(file))
        .sort()
    : [];
  if (found.length === 0) throw new SuhoError('FILE_UNREADABLE', `${flag} ${path} fits no file.`);
  return found.map((file) => join(folder, file));
}

/** The text that holds for a symbol: its own, or the one for all. */
export function textsBySymbol(words: readonly string[] = []): (symbol: string) => string | undefined {
  const own = new Map<string, string>();
  let all: string | undefined;
  for (const word of words) {
    const found = named(word);
    if (found === undefined) all = word;
    else own.set(found.symbol, found.rest);
  }
  return (symbol) => own.get(symbol) ?? all;
}
