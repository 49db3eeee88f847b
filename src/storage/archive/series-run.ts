/**
 * Copies what analytics will soon forget into the archive, a whole UTC day at a time and never a row twice.
 *
 * What is missing is told by numbers: a day that has no more rows in its table than in its objects is done, and costs no more
 * than that. In any other, what its objects hold is taken off what its table holds, and the rest makes objects. So a run that
 * was cut off in the middle of a day is finished by the next, and rows that came late make an object of their own. Nothing
 * leaves its table here; an object whose rows the table has forgotten says so.
 */
import { periodsOf, type Retention } from '../retention-table.js';
import type { AgingSeries, SeriesDay, SeriesSpan } from './aging-series.js';
import type { AgedRows, ArchiveCatalogue, ArchivedObject } from './archive-catalogue.js';
import type { ObjectShelf } from './object-shelf.js';
import type { ArchivedRows } from './rows-file.js';

export interface SeriesRunOptions {
  readonly series: AgingSeries;
  readonly shelf: Pick<ObjectShelf, 'make' | 'read'>;
  readonly catalogue: Pick<ArchiveCatalogue, 'objects'>;
  readonly retention: Retention;
}

const DAY_MS = 86_400_000;

function dayKey({ kind, tenantId, fromMs }: Pick<SeriesDay, 'kind' | 'tenantId' | 'fromMs'>): string {
  return `${kind} ${tenantId} ${Math.floor(fromMs / DAY_MS)}`;
}

/** Rows of the first that the second does not have, as often as it does not; compared by the columns that the second has. */
function without({ columns, rows }: ArchivedRows, held: ArchivedRows): ArchivedRows['rows'] {
  const at = held.columns.map(({ name }) => columns.findIndex((column) => column.name === name));
  const counts = new Map<string, number>();
  for (const row of held.rows) {
    const text = JSON.stringify(row);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return rows.filter((row) => {
    const text = JSON.stringify(at.map((place) => row[place]));
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
}

function byDay(objects: readonly ArchivedObject[]): ReadonlyMap<string, readonly ArchivedObject[]> {
  const days = new Map<string, ArchivedObject[]>();
  for (const object of objects) {
    const known = days.get(dayKey(object));
    if (known === undefined) days.set(dayKey(object), [object]);
    else known.push(object);
  }
  return days;
}

function agedOf(archived: ArchivedRows): AgedRows {
  const at = archived.columns.findIndex(({ name }) => name === 'time');
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of archived.rows) {
    fromMs = Math.min(fromMs, row[at] as number);
    toMs = Math.max(toMs, row[at] as number);
  }
  return { ...archived, fromMs, toMs };
}

/** Hands over each object that it has made. */
export async function* copySeries(options: SeriesRunOptions, signal: AbortSignal): AsyncGenerator<ArchivedObject> {
  const { series, catalogue, retention, shelf } = options;
  const nowMs = await series.nowMs();
  const heldOfDay = byDay(await catalogue.objects());
  for (const kind of series.kinds) {
    const { stays, cold } = periodsOf(retention, kind);
    // Without a period of its own there it is not archived: there is nothing of it that analytics does not have.
    if (cold === undefined || stays === Number.POSITIVE_INFINITY) continue;
    for (const day of await series.days(kind, nowMs - stays)) {
      const held = heldOfDay.get(dayKey(day)) ?? [];
      if (day.rows <= held.reduce((sum, { rows }) => sum + rows, 0)) continue;
      for (const part of await series.parts(day)) {
        signal.throwIfAborted();
        const rest = await notHeld(options, part, held);
        if (rest.rows.length > 0) yield await shelf.make(agedOf(rest));
      }
    }
  }
}

async function notHeld(
  { series, shelf }: SeriesRunOptions,
  part: SeriesSpan,
  held: readonly ArchivedObject[],
): Promise<ArchivedRows> {
  let rest = await series.rows(part);
  for (const object of held)
    if (object.fromMs < part.toMs && object.toMs >= part.fromMs)
      rest = { ...rest, rows: without(rest, await shelf.read(object)) };
  return rest;
}

/** Of objects whose rows may still be in their table, those whose rows it has forgotten; none is asked for before its time. */
export async function* forgotten(
  { series, retention }: Pick<SeriesRunOptions, 'series' | 'retention'>,
  kept: readonly ArchivedObject[],
): AsyncGenerator<ArchivedObject> {
  const nowMs = await series.nowMs();
  for (const object of kept) {
    const { kind, tenantId, fromMs, toMs } = object;
    if (nowMs - toMs < periodsOf(retention, kind).stays + retention.slack) continue;
    if ((await series.count({ kind, tenantId, fromMs, toMs: toMs + 1 })) === 0) yield object;
  }
}
