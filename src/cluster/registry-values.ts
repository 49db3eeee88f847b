/** Members and leases as they stand in the registry. What cannot be read is as good as not there; what is unknown in it is left out. */
import { LIMITS } from '../limits.js';
import type { Member } from './member.js';
import { FIRST_PROTOCOL } from './protocol.js';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(isText).slice(0, LIMITS.cluster.endpoints) : [];
const textOrNull = (value: unknown): string | null => (isText(value) ? value : null);

export function memberOf(value: unknown): Member | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !isText(fields.node) || !isText(fields.session)) return undefined;
  const { node, session, version, protocol, fit, why, fitForMs, upForMs, url, sessions, busy, endpoints } = fields;
  return {
    node,
    session,
    version: isText(version) ? version : 'unknown',
    protocol: typeof protocol === 'number' ? protocol : FIRST_PROTOCOL,
    fit: fit === true,
    why: textOrNull(why),
    fitForMs: typeof fitForMs === 'number' ? fitForMs : 0,
    upForMs: typeof upForMs === 'number' ? upForMs : 0,
    url: textOrNull(url),
    sessions: typeof sessions === 'number' ? sessions : 0,
    busy: busy === true,
    endpoints: texts(endpoints),
  };
}

/** A lease as its entry has it; its epoch has the entry's number. Nodes of before 0059 left it to nobody where they yielded it. */
export interface LeaseEntry {
  readonly node: string | null;
  readonly session: string | null;
  readonly generation: number;
}

export function leaseEntryOf(value: unknown): LeaseEntry | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || typeof fields.generation !== 'number') return undefined;
  return { node: textOrNull(fields.node), session: textOrNull(fields.session), generation: fields.generation };
}

export function generationOf(value: unknown): number | undefined {
  const generation = fieldsOf(value)?.generation;
  return typeof generation === 'number' ? generation : undefined;
}
