/** A whole audit log as rows in the order in which it is checked: anchors, heads, entries; and the lines that rows are exported as. */
import { SuhoError } from '../../errors.js';
import { canonicalJson } from '../../runtime/digest.js';
import type { Ledger, Page } from '../ledger/ledger.js';
import type { AuditAnchor, AuditEntry, AuditHead } from './audit.js';
import { type AuditReport, AuditVerifier } from './verifier.js';

export type AuditSource = Pick<Ledger, 'listAudit' | 'listAuditHeads' | 'listAuditAnchors'>;
export type AuditRow = { readonly anchor: AuditAnchor } | { readonly head: AuditHead } | { readonly entry: AuditEntry };

async function* rowsOf<T>(list: (after?: string) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let page = await list(); ; page = await list(page.next)) {
    yield* page.rows;
    if (page.next === undefined) return;
  }
}

const chainOf = ({ tenantId, writer }: Pick<AuditHead, 'tenantId' | 'writer'>): string => `${tenantId}/${writer}`;

/**
 * Chains go on while they are read: what was written after the heads were is left out. An entry that its head, read again at
 * the end, has still not reached was not written by the ledger, and is handed over to be found.
 */
export async function* auditRows(source: AuditSource): AsyncGenerator<AuditRow> {
  const ends = new Map<string, number>();
  const later = new Map<string, AuditEntry>();
  for await (const anchor of rowsOf((after) => source.listAuditAnchors(after))) yield { anchor };
  for await (const head of rowsOf((after) => source.listAuditHeads(after))) {
    ends.set(chainOf(head), head.seq);
    yield { head };
  }
  for await (const entry of rowsOf((after) => source.listAudit(after))) {
    if (entry.seq <= (ends.get(chainOf(entry)) ?? 0)) yield { entry };
    else later.set(chainOf(entry), entry);
  }
  if (later.size === 0) return;
  for await (const head of rowsOf((after) => source.listAuditHeads(after)))
    if ((later.get(chainOf(head))?.seq ?? 0) <= head.seq) later.delete(chainOf(head));
  for (const entry of later.values()) yield { entry };
}

/** What an exported log begins with. */
export const LOG_HEADER = canonicalJson({ log: 'suho-audit', version: 1 });

/** Without the characters that a reader of lines may take for the end of one, and JSON does not. */
export function lineOf(row: AuditRow): string {
  return canonicalJson(row).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}

const FIELDS = {
  anchor: { tenantId: 'string', seq: 'number', atMs: 'number', heads: 'string', hash: 'string' },
  head: { tenantId: 'string', writer: 'number', seq: 'number', hash: 'string' },
  entry: {
    tenantId: 'string',
    writer: 'number',
    seq: 'number',
    atMs: 'number',
    kind: 'string',
    subject: 'string',
    body: 'string',
    hash: 'string',
  },
} as const;

/** The row of a line; undefined where it is not, letter for letter, a line that `lineOf` writes. */
export function rowOf(line: string): AuditRow | undefined {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof row !== 'object' || row === null || lineOf(row as AuditRow) !== line) return undefined;
  const [[name, value] = [], more] = Object.entries(row) as [string, unknown][];
  if (more !== undefined || name === undefined || !Object.hasOwn(FIELDS, name)) return undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = FIELDS[name as keyof typeof FIELDS];
  const fits = Object.entries(fields).every(([field, type]) => typeof (value as Record<string, unknown>)[field] === type);
  return fits && Object.keys(value).length === Object.keys(fields).length ? (row as AuditRow) : undefined;
}

/** The rows of an exported log. */
export async function* exportedRows(lines: AsyncIterable<string> | Iterable<string>, name: string): AsyncGenerator<AuditRow> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const row = number === 1 ? undefined : rowOf(line);
    if (row !== undefined) yield row;
    else if (number > 1 || line !== LOG_HEADER) {
      const what = number === 1 ? 'it does not begin as an exported audit log' : `line ${number} is not as it was exported`;
      throw new SuhoError('INPUT_INVALID', `${name}: ${what}.`);
    }
  }
  if (number === 0) throw new SuhoError('INPUT_INVALID', `${name}: it is empty.`);
}

export async function verifyAudit(rows: AsyncIterable<AuditRow> | Iterable<AuditRow>): Promise<AuditReport> {
  const verifier = new AuditVerifier();
  for await (const row of rows) {
    if ('anchor' in row) verifier.anchor(row.anchor);
    else if ('head' in row) verifier.head(row.head);
    else verifier.entry(row.entry);
  }
  return verifier.end();
}
