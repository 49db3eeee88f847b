/**
 * The operator's file of news times, as a calendar. CSV with the columns time, currency, impact and title, or JSON: a list of
 * such objects. Looked at again every while; what cannot be read or parsed then leaves the calendar as it was, and says so. At
 * the start it is an error: a node that was told to keep clear of news must know of them.
 */
import { readFile, stat } from 'node:fs/promises';
import { IMPACTS, type Impact } from '../accounts/trading-settings.js';
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { NewsCalendar, type NewsEvent } from '../risk/news-calendar.js';
import type { Cancel, Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';

const COLUMNS = ['time', 'currency', 'impact', 'title'] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], unknown>>;

/** An instant with its offset from UTC: one without could mean any clock. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function eventOf({ time, currency, impact, title }: Row, refuse: (what: string) => never): NewsEvent {
  const atMs = typeof time === 'number' ? time : INSTANT.test(String(time)) ? Date.parse(String(time)) : Number.NaN;
  if (!Number.isSafeInteger(atMs)) refuse(`${String(time)} is no time, such as 2026-03-06T13:30:00Z`);
  const code = String(currency).trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) refuse(`${String(currency)} is no currency of three letters`);
  const told = String(impact).trim().toLowerCase();
  if (!(IMPACTS as readonly string[]).includes(told)) refuse(`${String(impact)} is no impact: ${IMPACTS.join(', ')}`);
  return { atMs, currency: code, impact: told as Impact, title: String(title ?? '').slice(0, LIMITS.news.titleMost) };
}

/** A line's cells; one that holds a comma stands in quotes, which are doubled inside. */
function cells(line: string): string[] {
  const found = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return found.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')));
}

function csvRows(text: string, refuse: (line: number, what: string) => never): readonly { line: number; row: Row }[] {
  const lines = text.split(/\r?\n/).map((content, at) => ({ content, line: at + 1 }));
  const [head, ...rest] = lines.filter(({ content }) => content.trim() !== '');
  const names = cells(head?.content ?? '').map((name) => name.toLowerCase());
  for (const column of COLUMNS) if (!names.includes(column)) refuse(head?.line ?? 1, `the first line names no column ${column}`);
  return rest.map(({ content, line }) => {
    const values = cells(content);
    return { line, row: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])) as unknown as Row };
  });
}

export function parseNews(text: string, title: string): readonly NewsEvent[] {
  const refuse = (where: number, what: string): never => {
    throw new SuhoError('INPUT_INVALID', `${title}:${where}: ${what}.`);
  };
  let rows: readonly { readonly line: number; readonly row: Row }[];
  if (/^\s*\[/.test(text)) {
    let list: unknown;
    try {
      list = JSON.parse(text);
    } catch (error) {
      throw new SuhoError('INPUT_INVALID', `${title} is not JSON: ${sentence(error)}`, { cause: error });
    }
    rows = (list as readonly unknown[]).map((row, at) => {
      if (typeof row !== 'object' || row === null) refuse(at + 1, 'an entry is no object');
      return { line: at + 1, row: row as Row };
    });
  } else rows = csvRows(text, refuse);
  if (rows.length > LIMITS.news.eventsMost) refuse(LIMITS.news.eventsMost, 'there are more events than may be');
  return rows.map(({ line, row }) => eventOf(row, (what) => refuse(line, what)));
}

export class NewsFile {
  #calendar: NewsCalendar;
  /** Why the newest content is not the calendar. */
  fault: string | undefined;
  readonly #cancel: Cancel;

  private constructor(
    readonly path: string,
    readonly log: Logger,
    events: readonly NewsEvent[],
    seen: string,
    timers: Pick<Timers, 'every'>,
  ) {
    this.#calendar = new NewsCalendar(events);
    let last = seen;
    let looking = false;
    this.#cancel = timers.every(LIMITS.news.lookMs, () => {
      if (looking) return;
      looking = true;
      void this.#look(last).then((now) => {
        last = now;
        looking = false;
      });
    });
  }

  static async open(path: string, timers: Pick<Timers, 'every'>, log: Logger): Promise<NewsFile> {
    try {
      const seen = await stateOf(path);
      return new NewsFile(path, log, parseNews(await readFile(path, 'utf8'), path), seen, timers);
    } catch (error) {
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}`, { cause: error });
    }
  }

  get calendar(): NewsCalendar {
    return this.#calendar;
  }

  /** What the file says now, to be put to use by calling it; rejects where the file cannot be used. */
  async readAnew(): Promise<() => number> {
    const { path } = this;
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}`, { cause: error });
    });
    const calendar = new NewsCalendar(parseNews(text, path));
    return () => {
      this.#calendar = calendar;
      this.fault = undefined;
      return calendar.events.length;
    };
  }

  close(): void {
    this.#cancel();
  }

  /** Reads it anew where it has changed; answers what it looked like. */
  async #look(before: string): Promise<string> {
    try {
      const now = await stateOf(this.path);
      if (now === before && this.fault === undefined) return before;
      this.#calendar = new NewsCalendar(parseNews(await readFile(this.path, 'utf8'), this.path));
      this.fault = undefined;
      if (now !== before)
        this.log.info({ file: this.path, events: this.#calendar.events.length }, 'the file of news was read anew');
      return now;
    } catch (error) {
      if (this.fault === undefined)
        this.log.error({ file: this.path, err: sentence(error) }, 'the file of news cannot be used; what was read before stays');
      this.fault = sentence(error);
      return before;
    }
  }
}

async function stateOf(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return `${size}/${mtimeNs}`;
}
