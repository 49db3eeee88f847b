/** Lists over HTTP: a page, and where the next begins. */
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import type { Page } from '../storage/ledger/ledger.js';
import type { PageWish } from '../storage/ledger/reads.js';

const { pageRows, pageUsual, ways } = LIMITS.reads;

export const pageQuery = {
  after: z.string().min(1).max(512).optional().describe('The `next` of the page before.'),
  most: z.coerce.number().int().min(1).max(pageRows).default(pageUsual).describe('Rows of a page.'),
};

/** A time as milliseconds or as ISO 8601. */
const time = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isFinite(ms) && ms >= 0) return ms;
    context.addIssue({ code: 'custom', message: 'a time is milliseconds since 1970, or ISO 8601' });
    return z.NEVER;
  });
export const spanQuery = {
  from: time.optional().describe('From when on: milliseconds, or ISO 8601.'),
  to: time.optional().describe('Until before when.'),
};

export function pageOf(row: z.ZodType) {
  return z.object({
    rows: z.array(row),
    next: z.string().nullable().describe('Pass it as `after`; null at the end. A page may be short and still have one.'),
  });
}

export function shownPage<T>({ rows, next }: Page<T>): { readonly rows: readonly T[]; readonly next: string | null } {
  return { rows, next: next ?? null };
}

/** Goes on from a page that is short until it is full, a bounded number of times: whatever waits comes in between. */
export async function filledPage<T>(
  { after, most }: PageWish,
  read: (wish: PageWish) => Promise<Page<T>>,
): Promise<ReturnType<typeof shownPage<T>>> {
  const rows: T[] = [];
  let next = after;
  for (let way = 0; way < ways; way++) {
    const page = await read({ after: next, most: most - rows.length });
    rows.push(...page.rows);
    next = page.next;
    if (next === undefined || rows.length >= most) break;
  }
  return { rows, next: next ?? null };
}
