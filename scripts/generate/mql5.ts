import { type Description, type FieldDescription, fieldType, type RecordDescription, typeName } from './description.js';
import { constantName } from './messages.js';

const TYPES: Readonly<Record<string, string>> = {
  u8: 'uchar',
  u16: 'ushort',
  u32: 'uint',
  i32: 'int',
  u64: 'ulong',
  n64: 'ulong',
  f64: 'double',
  bool: 'bool',
  timeMs: 'long',
  timeUs: 'long',
  uuid: 'SuhoId',
  hex16: 'SuhoId',
  str: 'string',
};

const METHODS: Readonly<Record<string, string>> = {
  u8: 'U8',
  u16: 'U16',
  u32: 'U32',
  i32: 'I32',
  u64: 'U64',
  n64: 'N64',
  f64: 'F64',
  bool: 'Bool',
  timeMs: 'Time',
  timeUs: 'Time',
  uuid: 'Id',
  hex16: 'Id',
  str: 'Str',
  bits8: 'U8',
  bits16: 'U16',
};

function enumName(name: string): string {
  return `ENUM_SUHO_${constantName(name)}`;
}

function cType(field: FieldDescription): string {
  const { base, of } = fieldType(field);
  return base === 'enum' ? enumName(of) : (TYPES[base] ?? base);
}

function itemType(of: string, description: Description): string {
  return description.records[of] ? `Suho${of}` : (TYPES[of] ?? of);
}

function member(field: FieldDescription, description: Description): string {
  if (field.bits)
    return Object.keys(field.bits)
      .map((name) => `   ${'bool'.padEnd(32)}${name};`)
      .join('\n');
  const { base, of } = fieldType(field);
  const about = `// ${field.about}${field.unit ? ` (${field.unit})` : ''}`;
  if (base === 'list') return `   SUHO_ARRAY(${itemType(of, description)}, ${field.name}); ${about}`;
  return `   ${cType(field).padEnd(32)}${field.name}; ${about}`;
}

function start(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  if (field.bits)
    return Object.keys(field.bits)
      .map((name) => `${name}=false; `)
      .join('');
  if (base === 'enum') return `${field.name}=${enumValue(of, Object.keys(description.enums[of]?.values ?? {})[0] as string)}; `;
  if (base === 'bool') return `${field.name}=false; `;
  if (base === 'str') return `${field.name}=""; `;
  return base === 'list' || base === 'uuid' || base === 'hex16' ? '' : `${field.name}=0; `;
}

function enumValue(name: string, value: string): string {
  return `SUHO_${constantName(name)}_${value}`;
}

function structText(name: string, holder: RecordDescription, description: Description): string {
  return `//--- ${holder.about}
struct Suho${name}
  {
${holder.fields.map((field) => member(field, description)).join('\n')}
   ${' '.repeat(32)}Suho${name}(void) { ${holder.fields.map((field) => start(field, description)).join('')}}
  };
`;
}

function reading(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  const place = `m.${field.name}`;
  if (field.bits) {
    const bits = Object.entries(field.bits);
    const mask = bits.reduce((sum, [, at]) => sum | (1 << at), 0);
    const lines = [`uint ${field.name}Bits=r.${METHODS[base]}();`, `if((${field.name}Bits & ~(uint)${mask})!=0) r.Fail();`];
    return [...lines, ...bits.map(([bit, at]) => `m.${bit}=(${field.name}Bits & ${1 << at})!=0;`)].join('\n   ');
  }
  if (base === 'enum') return `${place}=SuhoRead${of}(r);`;
  if (base === 'uuid' || base === 'hex16') return `r.Id(${place});`;
  if (base === 'list') {
    const one = description.records[of] ? `SuhoRead${of}(r,${place}[i]);` : `${place}[i]=r.${METHODS[of]}();`;
    return `int ${field.name}Count=r.Count();
   ArrayResize(${place},${field.name}Count);
   for(int i=0; i<${field.name}Count && !r.Bad(); i++)
     {
      int outer=r.Enter();
      ${one}
      r.Leave(outer);
     }`;
  }
  if (field.max !== undefined) return `${place}=(${cType(field)})r.Limited(r.${METHODS[base]}(),${field.max});`;
  return `${place}=r.${METHODS[base]}();`;
}

function writing(field: FieldDescription, description: Description): string {
  const { base, of } = fieldType(field);
  const place = `m.${field.name}`;
  if (field.bits) {
    const terms = Object.entries(field.bits).map(([bit, at]) => `(m.${bit} ? ${1 << at} : 0)`);
    return `w.${METHODS[base]}(${terms.join('|')});`;
  }
  if (base === 'enum') return `w.U8((uint)${place});`;
  if (base === 'list') {
    const one = description.records[of] ? `SuhoWrite${of}(w,${place}[i]);` : `w.${METHODS[of]}(${place}[i]);`;
    return `int ${field.name}Count=ArraySize(${place});
   w.U16((uint)${field.name}Count);
   for(int i=0; i<${field.name}Count; i++)
     {
      int at=w.Enter();
      ${one}
      w.Leave(at);
     }`;
  }
  return `w.${METHODS[base]}(${place});`;
}

function functionsText(name: string, holder: RecordDescription, description: Description): string {
  return `bool SuhoRead${name}(CSuhoReader &r,Suho${name} &m)
  {
   ${holder.fields.map((field) => reading(field, description)).join('\n   ')}
   return(!r.Bad());
  }

void SuhoWrite${name}(CSuhoWriter &w,const Suho${name} &m)
  {
   ${holder.fields.map((field) => writing(field, description)).join('\n   ')}
  }
`;
}

function enumText(name: string, { about, values }: Description['enums'][string]): string {
  const entries = Object.entries(values).map(([value, number]) => `   ${enumValue(name, value)}=${number}`);
  const cases = Object.values(values).map((number) => `      case ${number}:`);
  return `//--- ${about}
enum ${enumName(name)}
  {
${entries.join(',\n')}
  };

${enumName(name)} SuhoRead${name}(CSuhoReader &r)
  {
   int value=(int)r.U8();
   switch(value)
     {
${cases.join('\n')}
         return((${enumName(name)})value);
     }
   r.Fail();
   return(${enumValue(name, Object.keys(values)[0] as string)});
  }
`;
}

/** `ea/Include/Suho/Protocol.mqh`: the whole of suho-2 for the EA. */
export function mql5Text(core: string, description: Description): string {
  const constants = Object.entries(description.constants).map(([name, value]) => `#define SUHO_${name} ${value}`);
  const types = description.messages.map(({ kind, type }) => `#define SUHO_TYPE_${kind} ${type}`);
  const records = Object.entries(description.records).map(
    ([name, record]) => structText(name, record, description) + functionsText(name, record, description),
  );
  const messages = description.messages.map(
    (message) =>
      structText(typeName(message.kind), message, description) + functionsText(typeName(message.kind), message, description),
  );
  return `// Generated by npm run generate from schema/protocol/; not edited by hand.
// The wire protocol suho-2: values, frames and every message. docs/PROTOCOL.md says what they mean.
#ifndef SUHO_PROTOCOL_MQH
#define SUHO_PROTOCOL_MQH

${constants.join('\n')}
#define SUHO_N64_MOST 9007199254740991

${types.join('\n')}

${core}
${Object.entries(description.enums)
  .map(([name, value]) => enumText(name, value))
  .join('\n')}
${records.join('\n')}
${messages.join('\n')}
#endif
`;
}
