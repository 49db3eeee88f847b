import * as crypto from 'node:crypto';

/** Whether the runtime writes it as it is to be written: keys in order, none that it would move to the front, nothing within. */
function isCanonical(value: object): boolean {
  let before = '';
  for (const key in value) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (key <= before || (key.charCodeAt(0) as number) <= 0x39 || member === undefined) return false;
    if (typeof member === 'object' && member !== null) return false;
    before = key;
  }
  return true;
}

/** JSON with keys in order, so that it does not depend on who built the object. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null || isCanonical(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** One event as the line that a digest is made of; lines sort by kind, entity and sequence. */
export function canonicalLine(kind: string, entity: string, sequence: number, row: object): string {
  return `${kind} ${entity} ${String(sequence).padStart(16, '0')} ${canonicalJson(row)}`;
}

/** SHA-256 over lines in the order in which they are added. */
export class LineDigest {
  readonly #hash = crypto.createHash('sha256');

  add(line: string): void {
    this.#hash.update(line).update('\n');
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** Not in every Node 20. In one call a line of the audit log leaves no object that must be finalised. */
const hashAtOnce: typeof crypto.hash | undefined = (crypto as Partial<typeof crypto>).hash;

export function sha256Hex(text: string): string {
  return hashAtOnce === undefined ? crypto.createHash('sha256').update(text).digest('hex') : hashAtOnce('sha256', text, 'hex');
}
