import { assert } from '../../src/runtime/assert.js';
import {
  type Description,
  type FieldDescription,
  fieldType,
  fieldWidth,
  type RecordDescription,
  typeName,
} from './description.js';
import { constantName } from './messages.js';

/** What a field needs in a view: its members, and the statements that check and set them at a constant place. */
interface Placed {
  readonly members: readonly string[];
  readonly statements: readonly string[];
}

function number64(name: string, place: string): readonly string[] {
  return [
    `const ${name}High = view.getUint32(${place} + 4, true);`,
    `if (${name}High > 0x1fffff) return this.#fail('out-of-range', ${place}, '${name}');`,
    `this.${name} = ${name}High * 4_294_967_296 + view.getUint32(${place}, true);`,
  ];
}

function placed(field: FieldDescription, offset: number, description: Description): Placed {
  const { base, of } = fieldType(field);
  const place = offset === 0 ? 'at' : `at + ${offset}`;
  const name = field.name as string;
  const doc = `/** ${field.unit ? `${field.about} (${field.unit})` : field.about} */\n`;
  if (field.bits) {
    const bits = Object.entries(field.bits);
    const mask = bits.reduce((sum, [, bit]) => sum | (1 << bit), 0);
    return {
      members: bits.map(([bit]) => `${bit} = false;`),
      statements: [
        `const ${name} = view.getUint8(${place});`,
        `if (${name} & ~${mask}) return this.#fail('out-of-range', ${place}, '${name}');`,
        ...bits.map(([bit, number]) => `this.${bit} = (${name} & ${1 << number}) !== 0;`),
      ],
    };
  }
  switch (base) {
    case 'u32':
      return { members: [`${doc}${name} = 0;`], statements: [`this.${name} = view.getUint32(${place}, true);`] };
    case 'f64':
      return {
        members: [`${doc}${name} = 0;`],
        statements: [
          `const ${name} = view.getFloat64(${place}, true);`,
          `if (!Number.isFinite(${name})) return this.#fail('not-finite', ${place}, '${name}');`,
          `this.${name} = ${name};`,
        ],
      };
    case 'timeMs':
      return { members: [`${doc}${name} = 0;`], statements: number64(name, place) };
    case 'enum': {
      const first = Object.keys(description.enums[of]?.values ?? {})[0];
      return {
        members: [`${doc}${name}: ${of} = '${first}';`],
        statements: [
          `const ${name} = ${constantName(of)}_NAMES[view.getUint8(${place})];`,
          `if (${name} === undefined) return this.#fail('out-of-range-enum', ${place}, '${name}');`,
          `this.${name} = ${name};`,
        ],
      };
    }
    case 'u64':
      return {
        members: [
          `${doc}${name}High = 0;`,
          `${name}Low = 0;`,
          `#${name}At = 0;`,
          `get ${name}(): bigint {\nreturn this.#view.getBigUint64(this.#${name}At, true);\n}`,
        ],
        statements: [
          `this.#${name}At = ${place};`,
          `this.${name}High = view.getUint32(${place} + 4, true);`,
          `this.${name}Low = view.getUint32(${place}, true);`,
        ],
      };
    case 'uuid':
      return {
        members: [`#${name}At = 0;`, `${doc}get ${name}(): string {\nreturn uuidText(this.#view, this.#${name}At);\n}`],
        statements: [`this.#${name}At = ${place};`],
      };
    case 'str':
      return {
        members: [`${doc}${name} = '';`],
        statements: [
          `if (at + 2 > end) return this.#fail('truncated-body', at, '${name}');`,
          `const ${name}Length = view.getUint16(at, true);`,
          'at += 2;',
          `if (at + ${name}Length > end) return this.#fail('truncated-body', at, '${name}');`,
          `const ${name} = textOf(this.#view, at, ${name}Length);`,
          `if (${name} === undefined) return this.#fail('bad-utf8', at, '${name}');`,
          `this.${name} = ${name};`,
          `at += ${name}Length;`,
        ],
      };
    default:
      assert(false, `a view cannot hold ${base}`);
  }
}

interface Layout {
  readonly fixed: readonly Placed[];
  readonly width: number;
  readonly texts: readonly Placed[];
}

/** Fixed fields stand first in every record, so that each has a constant place; texts follow. */
function layout(holder: RecordDescription, description: Description): Layout {
  const fixed: Placed[] = [];
  const texts: Placed[] = [];
  let width = 0;
  for (const field of holder.fields) {
    const bytes = fieldWidth(field);
    if (bytes === undefined) texts.push(placed(field, 0, description));
    else {
      assert(texts.length === 0, 'in a view fixed fields come before texts');
      fixed.push(placed(field, width, description));
      width += bytes;
    }
  }
  return { fixed, width, texts };
}

function flat(parts: readonly Placed[], what: keyof Placed): string {
  return parts.flatMap((part) => part[what]).join('\n');
}

const SHARED = `
/** Why the body is refused; what the view holds is then worth nothing. */
fault: ProtocolFault | undefined;
#view: DataView = NO_VIEW;
#bytes: Uint8Array | undefined;
#start = 0;

#take(bytes: Uint8Array, offset: number): void {
  if (bytes !== this.#bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  this.#start = offset;
  this.fault = undefined;
}

/** Lets go of the bytes. */
release(): void {
  this.#bytes = undefined;
  this.#view = NO_VIEW;
}

#fail(code: FaultCode, at: number, field: string): false {
  this.fault = { code, offset: HEADER_BYTES_2 + at - this.#start, message: \`\${field} cannot be read.\` };
  return false;
}
`;

function wholeView(kind: string, description: Description): string {
  const message = description.messages.find((one) => one.kind === kind);
  assert(message, `there is no message ${kind}`);
  const { fixed, width, texts } = layout(message, description);
  return `/** A ${kind} body read in place: \`wrap\` sets every field, and allocates nothing when the texts are known ones. */
export class ${typeName(kind)}View {
${flat(fixed, 'members')}
${flat(texts, 'members')}
${SHARED}
/** Checks and reads the body at \`bytes[offset..offset + length)\`; false, with \`fault\`, where it is malformed. */
wrap(bytes: Uint8Array, offset: number, length: number): boolean {
  this.#take(bytes, offset);
  const view = this.#view;
  const end = offset + length;
  let at = offset;
  if (length < ${width}) return this.#fail('truncated-body', end, '${kind}');
  ${flat(fixed, 'statements')}
  at += ${width};
  ${flat(texts, 'statements')}
  return true;
}
}
`;
}

function listView(kind: string, description: Description): string {
  const message = description.messages.find((one) => one.kind === kind);
  const record = description.records[fieldType(message?.fields[0] as FieldDescription).of];
  assert(record, `${kind} is not a list of records`);
  const { fixed, width, texts } = layout(record, description);
  assert(texts.length === 0, 'records of a list view have a fixed width');
  return `/** A ${kind} body read in place, record by record: \`wrap\`, then \`next\` until it answers false; allocates nothing. */
export class ${typeName(kind)}View {
${flat(fixed, 'members')}
/** Records that \`next\` has not come to. */
left = 0;
#at = 0;
#end = 0;
${SHARED}
/** Takes up the body at \`bytes[offset..offset + length)\`; false, with \`fault\`, where it has no count. */
wrap(bytes: Uint8Array, offset: number, length: number): boolean {
  this.#take(bytes, offset);
  this.#end = offset + length;
  this.left = 0;
  if (length < 2) return this.#fail('truncated-body', offset, '${kind}');
  this.left = this.#view.getUint16(offset, true);
  this.#at = offset + 2;
  return true;
}

/** Reads the next record into the fields; false at the end, or with \`fault\` where it is malformed. */
next(): boolean {
  if (this.left === 0 || this.fault) return false;
  const view = this.#view;
  const at = this.#at + 2;
  if (at > this.#end) return this.#fail('truncated-body', this.#at, '${kind}');
  const end = at + view.getUint16(this.#at, true);
  if (end > this.#end || end < at + ${width}) return this.#fail('truncated-body', at, '${kind}');
  ${flat(fixed, 'statements')}
  this.#at = end;
  this.left -= 1;
  return true;
}
}
`;
}

/** `src/protocol/generated/views.ts`: flyweights for the types that come most often. */
export function viewsText(description: Description): string {
  return `/**
 * Generated by \`npm run generate\` from \`schema/protocol/\`; not edited by hand.
 *
 * Views of the bodies that come most often, without an object per frame or record. A view belongs to one reader and its
 * fields hold until the next \`wrap\` or \`next\`.
 */
import type { FaultCode, ProtocolFault } from '../fault.js';
import { HEADER_BYTES_2, SIDE, type Side } from '../messages.js';
import { textOf } from '../text-cache.js';
import { uuidText } from '../uuid.js';

const NO_VIEW = new DataView(new ArrayBuffer(0));
const SIDE_NAMES: (Side | undefined)[] = new Array<Side | undefined>(256).fill(undefined);
for (const name of Object.keys(SIDE) as Side[]) SIDE_NAMES[SIDE[name]] = name;

${listView('QUOTES', description)}
${wholeView('SIGNAL', description)}`;
}
