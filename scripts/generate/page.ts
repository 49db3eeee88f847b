import { assert } from '../../src/runtime/assert.js';
import { type Description, type FieldDescription, fieldType, fieldWidth, type RecordDescription } from './description.js';
import { exampleFrame } from './golden.js';
import { filled } from './template.js';

function fieldText(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  if (base === 'enum') return `[${of}](#enum-${of.toLowerCase()})`;
  if (base === 'list') return description.records[of] ? `list of [${of}](#record-${of.toLowerCase()})` : `list of ${of}`;
  if (base === 'array') return `[${of}](#record-${of.toLowerCase()}) × count`;
  if (base === 'char' || base === 'pad') return `${base} ${of}`;
  return base;
}

function range(field: FieldDescription): string {
  return field.max === undefined ? '' : `; 0 to ${field.max.toLocaleString('en')}`;
}

/** Offsets are known up to the first field of varying width. */
function table(fields: readonly FieldDescription[], description: Description): string {
  if (fields.length === 0) return 'No body.';
  const rows = ['| off | field | type | unit | |', '|---|---|---|---|---|'];
  let offset: number | undefined = 0;
  for (const field of fields) {
    const name = field.name === undefined ? '(padding)' : `\`${field.name}\``;
    rows.push(
      `| ${offset ?? '…'} | ${name} | ${fieldText(field, description)} | ${field.unit ?? ''} | ${field.about}${range(field)} |`,
    );
    const width = fieldWidth(field);
    offset = offset === undefined || width === undefined ? undefined : offset + width;
  }
  if (offset !== undefined) rows.push(`| ${offset} | (end) | | | |`);
  return rows.join('\n');
}

const FROM = { EA: 'EA', SERVER: 'server', BOTH: 'both' } as const;

function summary(description: Description): string {
  const rows = description.messages.map(
    ({ type, kind, from, sequenced, about }) =>
      `| ${type} | [${kind}](#${kind.toLowerCase()}) | ${FROM[from]} | ${sequenced ? 'yes' : 'no'} | ${about} |`,
  );
  return ['| type | | from | seq | |', '|---|---|---|---|---|', ...rows].join('\n');
}

function messages(description: Description): string {
  return description.messages
    .map(
      ({ kind, type, from, sequenced, fields }) =>
        `### ${kind}\n\n${type}, from ${FROM[from]}${sequenced ? ', with seq' : ''}.\n\n${table(fields, description)}`,
    )
    .join('\n\n');
}

function records(description: Description): string {
  return Object.entries(description.records)
    .map(
      ([name, record]: [string, RecordDescription]) =>
        `### Record ${name}\n\n${record.about}\n\n${table(record.fields, description)}`,
    )
    .join('\n\n');
}

function enums(description: Description): string {
  return Object.entries(description.enums)
    .map(
      ([name, { about, values }]) =>
        `### Enum ${name}\n\n${about}: ${Object.entries(values)
          .map(([value, number]) => `${number} ${value}`)
          .join(', ')}.`,
    )
    .join('\n\n');
}

function hexLines(bytes: Uint8Array, from: number, to: number, about: string): string {
  const digits = [...bytes.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `    ${digits.padEnd(48)} ${about}`;
}

/** The example frame, each line a field. */
function example(description: Description): string {
  const { bytes } = exampleFrame(description);
  const lines: string[] = [];
  let at = 0;
  const take = (fields: readonly FieldDescription[]): void => {
    for (const field of fields) {
      const width = fieldWidth(field);
      assert(width !== undefined, 'the example has fields of fixed width only');
      lines.push(hexLines(bytes, at, at + width, field.name ?? ''));
      at += width;
    }
  };
  take(description.header);
  take([
    { name: 'quotes: count 1', type: 'u16', about: '' },
    { name: 'length of the first record: 29', type: 'u16', about: '' },
  ]);
  take(description.records.Quote?.fields ?? []);
  assert(at === bytes.length, 'the example is shown whole');
  return lines.join('\n');
}

function symbolTables(description: Description): string {
  const tables = Object.entries(description.symbolTables ?? {});
  return tables
    .map(
      ([name, ids]) =>
        `- \`${name}\`: ${Object.entries(ids)
          .map(([id, symbol]) => `${id} ${symbol}`)
          .join(', ')}`,
    )
    .join('\n');
}

/** `docs/PROTOCOL.md`: the rules of `schema/protocol/page.md` with every table put in its place. */
export function pageText(template: string, one: Description, two: Description, faults: readonly string[]): string {
  const parts: Readonly<Record<string, string>> = {
    header2: table(two.header, two),
    example: example(two),
    summary2: summary(two),
    messages2: messages(two),
    records2: records(two),
    enums2: enums(two),
    header1: table(one.header, one),
    summary1: summary(one),
    messages1: messages(one),
    records1: records(one),
    enums1: enums(one),
    symbols1: symbolTables(one),
    faults: `${faults.map((code) => `\`${code}\``).join(', ')}.`,
  };
  return filled(template, parts);
}
