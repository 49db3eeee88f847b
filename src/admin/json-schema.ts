/** Zod's schemas as JSON Schema: for the description of the interface, and for answers, which are written by them. */
import { z } from 'zod';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

type Keyword = readonly [string, unknown];

/** Said once for the whole document, or of no use to who writes an answer. */
const LEFT_OUT = new Set(['$schema', 'propertyNames']);

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `anyOf` of a type and null is a type that may be null: to write it, nothing has to be tried. */
function nullable(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const [one, other] = anyOf as readonly JsonSchema[];
  if (other?.type !== 'null' || typeof one?.type !== 'string') return schema;
  const named = Array.isArray(one.enum) ? { enum: [...one.enum, null] } : {};
  return { ...rest, ...one, ...named, type: [one.type, 'null'] };
}

function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (!isPlain(value)) return value;
  const keywords = Object.entries(value).flatMap(([name, inner]): Keyword[] =>
    LEFT_OUT.has(name) ? [] : [[name, name === 'properties' ? propertiesOf(inner) : simplified(inner)]],
  );
  return nullable(Object.fromEntries(keywords));
}

/** Of properties the names are ours, and none is a keyword. */
function propertiesOf(properties: unknown): unknown {
  const entries = Object.entries(properties as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, simplified(schema)]));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return simplified(z.toJSONSchema(schema, { io, target: 'draft-7', unrepresentable: 'any' })) as JsonSchema;
}

/** What a caller may send. */
export function askedSchema(schema: z.ZodType): JsonSchema {
  return jsonSchema(schema, 'input');
}

export function answerSchema(schema: z.ZodType): JsonSchema {
  return jsonSchema(schema, 'output');
}
