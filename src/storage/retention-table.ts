/** How long each kind of data stays where: the table of `schema/retention.json`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { SuhoError, sentence } from '../errors.js';

/** From `dist/src/storage`, where this file is when it runs. */
const RETENTION_TABLE = fileURLToPath(new URL('../../../schema/retention.json', import.meta.url));

/** A year is at least a year, whichever it is. */
const UNIT_MS = { h: 3_600_000, d: 86_400_000, y: 366 * 86_400_000 } as const;

const period = z
  .string()
  .regex(/^([1-9]\d*[hdy]|ever)$/, 'a period like 36h, 90d, 7y or ever')
  .transform((text) =>
    text === 'ever' ? Number.POSITIVE_INFINITY : Number.parseInt(text, 10) * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS],
  );
const later = 'stays longer in the archive than before it';
const hot = z
  .strictObject({ hot: period, cold: period.optional() })
  .refine(({ hot, cold = Number.POSITIVE_INFINITY }) => cold >= hot, later);
const warm = z
  .strictObject({ warm: period, cold: period.optional() })
  .refine(({ warm, cold = Number.POSITIVE_INFINITY }) => cold >= warm, later);
const table = z.strictObject({
  slack: period,
  ledger: z.record(z.string(), hot),
  analytics: z.record(z.string(), warm),
  logs: z.strictObject({ debug: warm, info: warm, warn: warm, error: warm, fatal: warm }),
});

/**
 * Ages in milliseconds, Infinity for ever. A row stays in the ledger up to its `hot` age, and then in the archive up to its
 * `cold` one; without that it is in the archive for the way back alone. In analytics it stays up to its `warm` age; one that
 * has a `cold` age too is archived at that age, and stays the `slack` longer: days in which archiving may fail.
 */
export type Retention = z.output<typeof table>;
export type LogLevel = keyof Retention['logs'];

export function parseRetention(text: string): Retention {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('INPUT_INVALID', `the table of periods is not JSON: ${sentence(error)}`);
  }
  const parsed = table.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SuhoError('INPUT_INVALID', `the table of periods: ${issue?.path.join('.')}: ${issue?.message}`);
}

export async function readRetention(file: string = RETENTION_TABLE): Promise<Retention> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${sentence(error)}`, { cause: error });
  }
  return parseRetention(text);
}

/** How long rows of a kind stay where they are, and how old they get in the archive; undefined where no period says so. */
export interface Periods {
  readonly stays: number;
  readonly cold: number | undefined;
}

/** Kinds are tables of the ledger, `analytics.` before one of analytics, and `logs.` before a level. */
export function periodsOf({ ledger, analytics, logs }: Retention, kind: string): Periods {
  const [part = '', name = ''] = kind.split('.');
  const warm = part === 'analytics' ? analytics[name] : part === 'logs' ? logs[name as LogLevel] : undefined;
  if (warm !== undefined) return { stays: warm.warm, cold: warm.cold };
  const hot = ledger[kind];
  return { stays: hot?.hot ?? Number.POSITIVE_INFINITY, cold: hot?.cold };
}
