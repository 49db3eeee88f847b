import { SuhoError } from '../errors.js';
import type { Credential } from './fleet.js';

const KEY = /^(?:suho_)?([0-9a-f]{64})$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads what `account add --json` printed: a line each of `{"account","tenant","key"}`. Keys are never part of an error. */
export function parseKeyFile(text: string, name: string): Credential[] {
  const credentials: Credential[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() !== '') credentials.push(credentialOf(line, `line ${at + 1} of ${name}`));
  }
  if (credentials.length === 0)
    throw new SuhoError('INPUT_INVALID', `${name} holds no keys; make it with suho account add --json`);
  return credentials;
}

function credentialOf(line: string, where: string): Credential {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SuhoError('INPUT_INVALID', `${where} is not JSON`);
  }
  const { account, tenant, key } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof account !== 'string' || !UUID.test(account))
    throw new SuhoError('INPUT_INVALID', `${where} has no account, or it is no UUID`);
  if (typeof tenant !== 'string' || tenant === '') throw new SuhoError('INPUT_INVALID', `${where} has no tenant`);
  const digits = typeof key === 'string' ? KEY.exec(key.trim())?.[1] : undefined;
  if (digits === undefined) throw new SuhoError('INPUT_INVALID', `${where} has no key of 64 hex digits`);
  return { account: account.toLowerCase(), tenant, key: digits.toLowerCase() };
}
