import {
  type Description,
  type FieldDescription,
  fieldType,
  type MessageDescription,
  type RecordDescription,
  typeName,
} from './description.js';
import { constantName } from './messages.js';

function most(field: FieldDescription): string {
  return field.max === undefined ? '' : `, ${field.max}`;
}

function mask(field: FieldDescription): number {
  return Object.values(field.bits ?? {}).reduce((sum, bit) => sum | (1 << bit), 0);
}

function reading(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  const name = `'${field.name}'`;
  if (field.scale !== undefined) return `r.scaled(${name}, ${field.scale})`;
  if (base === 'enum') {
    const first = Object.keys(description.enums[of]?.values ?? {})[0];
    return `r.oneOf(${name}, ${constantName(of)}_NAMES, '${first}')`;
  }
  if (base === 'list') return `r.list(${name}, ${description.records[of] ? `read${of}` : `(item) => item.${of}(${name})`})`;
  if (base === 'array') return `r.array(count, read${of})`;
  if (base === 'char') return `r.char(${name}, ${of})`;
  if (base === 'bits8' || base === 'bits16') return `r.${base}(${name}, ${mask(field)})`;
  if (base === 'timeMs' || base === 'timeUs') return `r.n64(${name})`;
  return `r.${base}(${name}${most(field)})`;
}

function writing(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  if (base === 'pad') return `w.pad(${of});`;
  const name = `'${field.name}'`;
  const value = `m.${field.name}`;
  if (field.scale !== undefined) return `w.scaled(${name}, ${value}, ${field.scale});`;
  if (base === 'enum') return `w.oneOf(${name}, ${constantName(of)}, ${value});`;
  if (base === 'list')
    return `w.list(${name}, ${value}, ${description.records[of] ? `write${of}` : `(writer, item) => writer.${of}(${name}, item)`});`;
  if (base === 'array') return `for (const item of ${value}) write${of}(w, item);`;
  if (base === 'char') return `w.char(${name}, ${value}, ${of});`;
  if (field.bits) {
    const terms = Object.entries(field.bits).map(([bit, at]) => `(m.${bit} ? ${1 << at} : 0)`);
    return `w.${base === 'bits8' ? 'u8' : 'u16'}(${name}, ${terms.join(' | ')});`;
  }
  if (base === 'timeMs' || base === 'timeUs') return `w.n64(${name}, ${value});`;
  return `w.${base}(${name}, ${value}${most(field)});`;
}

function readFunction(
  name: string,
  type: string,
  kind: string | undefined,
  holder: RecordDescription,
  description: Description,
): string {
  const lines = holder.fields.map((field) =>
    fieldType(field).base === 'pad' ? `r.pad(${fieldType(field).of});` : `const ${field.name} = ${reading(field, description)};`,
  );
  const members = holder.fields.flatMap((field) => {
    if (field.bits) return Object.entries(field.bits).map(([bit, at]) => `${bit}: (${field.name} & ${1 << at}) !== 0`);
    return field.name === undefined ? [] : [field.name];
  });
  if (kind !== undefined) members.unshift(`kind: '${kind}'`);
  const counted = holder.fields.some((field) => fieldType(field).base === 'array');
  const reader = holder.fields.length > 0 ? 'r: BodyReader' : '';
  return `function read${name}(${reader}${counted ? ', count: number' : ''}): ${type} {\n${lines.join('\n')}\nreturn { ${members.join(', ')} };\n}\n`;
}

function writeFunction(name: string, type: string, holder: RecordDescription, description: Description): string {
  if (holder.fields.length === 0) return '';
  return `function write${name}(w: BodyWriter, m: ${type}): void {\n${holder.fields.map((field) => writing(field, description)).join('\n')}\n}\n`;
}

function enumNames(name: string): string {
  return `const ${constantName(name)}_NAMES: readonly (${name} | undefined)[] = namesByNumber(${constantName(name)});`;
}

function readCase(message: MessageDescription): string {
  const counted = message.fields.some((field) => fieldType(field).base === 'array');
  const reader = message.fields.length > 0 ? 'reader' : '';
  return `case ${message.type}: return read${typeName(message.kind)}(${reader}${counted ? ', count' : ''});`;
}

function profileText(description: Description): string {
  const records = Object.entries(description.records).map(
    ([name, record]) =>
      readFunction(name, `${name}Record`, undefined, record, description) +
      writeFunction(name, `${name}Record`, record, description),
  );
  const messages = description.messages.map((message) => {
    const type = `${typeName(message.kind)}Message`;
    return (
      readFunction(typeName(message.kind), type, message.kind, message, description) +
      writeFunction(typeName(message.kind), type, message, description)
    );
  });
  const p = description.profile;
  const writeCases = description.messages.map((message) =>
    message.fields.length > 0
      ? `case '${message.kind}': write${typeName(message.kind)}(writer, message); return;`
      : `case '${message.kind}': return;`,
  );
  return `// suho-${p}

${Object.keys(description.enums).map(enumNames).join('\n')}

${[...records, ...messages].join('\n')}
/** Reads the body of a type; undefined for a type that is not in the description. */
export function readBody${p}(type: number, reader: BodyReader${p === 1 ? ', count: number' : ''}): Message${p} | undefined {
switch (type) {
${description.messages.map(readCase).join('\n')}
default: return undefined;
}
}

export function writeBody${p}(writer: BodyWriter, message: Message${p}): void {
switch (message.kind) {
${writeCases.join('\n')}
}
}
`;
}

function importsOf(description: Description): { readonly types: readonly string[]; readonly values: readonly string[] } {
  return {
    types: [
      ...Object.keys(description.enums),
      ...Object.keys(description.records).map((name) => `${name}Record`),
      ...description.messages.map(({ kind }) => `${typeName(kind)}Message`),
      `Message${description.profile}`,
    ],
    values: Object.keys(description.enums).map(constantName),
  };
}

/** `src/protocol/generated/bodies.ts`: a reader and a writer for the body of every message of both profiles. */
export function bodiesText(descriptions: readonly Description[]): string {
  const imports = descriptions.map(importsOf);
  return `/**
 * Generated by \`npm run generate\` from \`schema/protocol/\`; not edited by hand.
 *
 * Bodies of every message: fields in the order of the wire, one call each. Faults stick in the reader and the writer.
 */
import type { BodyReader } from '../body-reader.js';
import type { BodyWriter } from '../body-writer.js';
import type { ${imports.flatMap(({ types }) => types).join(', ')} } from '../messages.js';
import { ${imports.flatMap(({ values }) => values).join(', ')} } from '../messages.js';

function namesByNumber<T extends string>(numbers: Readonly<Record<T, number>>): readonly (T | undefined)[] {
  const names: (T | undefined)[] = new Array<T | undefined>(256).fill(undefined);
  for (const name of Object.keys(numbers) as T[]) names[numbers[name]] = name;
  return names;
}

${descriptions.map(profileText).join('\n')}`;
}
