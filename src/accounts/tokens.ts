/**
 * Tokens for HTTP: a compact JWT (RFC 7519) signed with Ed25519 (RFC 8037), one algorithm and no choice of it. A node signs
 * with a key that never leaves it, and whoever has the public keys can tell a token by itself: no secret is shared, and none
 * is compared. It names the account, its tenant, and the session with its epoch, and is worth nothing after its end.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { LIMITS } from '../limits.js';

export interface TokenClaims {
  readonly accountId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  /** Of the session: whoever needs to know whether it still owns the account compares it with the account's. */
  readonly epoch: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** What signs, and by which name its public half is known. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** A public key as it is stored, and until when its tokens are taken. */
export interface VerifyingKey {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly validUntil: number;
}

/** Why a text is no token; none of them tells anything that a stranger does not know. */
export type TokenFault = 'malformed' | 'unknown-key' | 'bad-signature' | 'expired' | 'early';

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: TokenClaims }
  | { readonly kind: 'refused'; readonly why: TokenFault };

const PART = /^[A-Za-z0-9_-]+$/;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** A token of a type, which no other type passes for (RFC 8725). */
export function signBody({ id, privateKey }: SigningKey, type: string, body: object): string {
  const signed = `${encoded({ alg: 'EdDSA', typ: type, kid: id })}.${encoded(body)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** Times are whole seconds in a token: its end is not before `expiresMs` rounded down. */
export function signToken(key: SigningKey, claims: TokenClaims): string {
  const { accountId, tenantId, sessionId, epoch, issuedMs, expiresMs } = claims;
  const times = { iat: seconds(issuedMs), exp: seconds(expiresMs) };
  return signBody(key, 'JWT', { sub: accountId, ten: tenantId, sid: sessionId, epo: epoch, ...times });
}

function parsed(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function claimsOf(body: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { sub, ten, sid, epo, iat, exp } = body;
  if (typeof sub !== 'string' || typeof ten !== 'string' || typeof sid !== 'string') return undefined;
  if (![epo, iat, exp].every((value) => Number.isSafeInteger(value))) return undefined;
  const times = { issuedMs: (iat as number) * 1_000, expiresMs: (exp as number) * 1_000 };
  return { accountId: sub, tenantId: ten, sessionId: sid, epoch: epo as number, ...times };
}

interface Refused {
  readonly kind: 'refused';
  readonly why: TokenFault;
}
export type OpenedBody = { readonly kind: 'valid'; readonly body: Readonly<Record<string, unknown>> } | Refused;

const refused = (why: TokenFault): Refused => ({ kind: 'refused', why });

type KeyOf = (id: string) => VerifyingKey | undefined;

/** The signature is looked at before anything that it signs is believed. Of times only the key's is: the rest is the type's. */
export function openBody(text: string, type: string, keyOf: KeyOf, nowMs: number): OpenedBody {
  const parts = text.length <= LIMITS.tokens.text ? text.split('.') : [];
  const [header = '', body = '', signature = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return refused('malformed');
  const head = parsed(header);
  if (head?.alg !== 'EdDSA' || head.typ !== type || typeof head.kid !== 'string') return refused('malformed');
  const key = keyOf(head.kid);
  if (key === undefined || key.validUntil <= nowMs) return refused('unknown-key');
  const bytes = Buffer.from(signature, 'base64url');
  // One text for one signature: a second spelling of the same bytes is none.
  if (bytes.toString('base64url') !== signature) return refused('bad-signature');
  if (!verify(null, Buffer.from(`${header}.${body}`), key.publicKey, bytes)) return refused('bad-signature');
  return { kind: 'valid', body: parsed(body) ?? {} };
}

export function verifyToken(text: string, keyOf: KeyOf, nowMs: number): TokenVerdict {
  const opened = openBody(text, 'JWT', keyOf, nowMs);
  if (opened.kind === 'refused') return opened;
  const claims = claimsOf(opened.body);
  if (claims === undefined) return refused('malformed');
  if (claims.expiresMs <= nowMs) return refused('expired');
  return claims.issuedMs > nowMs + LIMITS.tokens.skewMs ? refused('early') : { kind: 'valid', claims };
}

/** Of the 32 bytes as base64url. */
export function publicKeyOf(bytes: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes }, format: 'jwk' });
}
