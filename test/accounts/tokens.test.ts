import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { publicKeyOf, signToken, type TokenClaims, type VerifyingKey, verifyToken } from '../../src/accounts/tokens.js';
import { LIMITS } from '../../src/limits.js';

const NOW_MS = 1_772_409_600_000;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const KEY: VerifyingKey = { id: 'k1', publicKey, validUntil: NOW_MS + 10_000_000 };
const keyOf = (id: string): VerifyingKey | undefined => (id === 'k1' ? KEY : undefined);
const CLAIMS: TokenClaims = {
  accountId: '01890000-0000-7000-8000-000000000001',
  tenantId: 'blue',
  sessionId: '01890000-0000-7000-8000-000000000002',
  epoch: 3,
  issuedMs: NOW_MS,
  expiresMs: NOW_MS + LIMITS.tokens.lifeMs,
};
const TOKEN = signToken({ id: 'k1', privateKey }, CLAIMS);
const why = (text: string, nowMs = NOW_MS): string => {
  const verdict = verifyToken(text, keyOf, nowMs);
  return verdict.kind === 'refused' ? verdict.why : 'valid';
};
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Any header and body, signed as they stand. */
function signed(header: unknown, body: unknown): string {
  const text = `${part(header)}.${part(body)}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
}
const HEADER = { alg: 'EdDSA', typ: 'JWT', kid: 'k1' };
const BODY = { sub: 'a', ten: 'b', sid: 'c', epo: 1, iat: NOW_MS / 1_000, exp: NOW_MS / 1_000 + 900 };

test('a token says what it was signed with, is short, and is worth nothing after its end', () => {
  assert.deepEqual(verifyToken(TOKEN, keyOf, NOW_MS), { kind: 'valid', claims: CLAIMS });
  assert.ok(TOKEN.length < 420, `${TOKEN.length} characters`);
  assert.equal(why(TOKEN, CLAIMS.expiresMs - 1), 'valid');
  assert.equal(why(TOKEN, CLAIMS.expiresMs), 'expired');
  assert.equal(why(TOKEN, NOW_MS - LIMITS.tokens.skewMs), 'valid', 'clocks of nodes may differ a little');
  assert.equal(why(TOKEN, NOW_MS - LIMITS.tokens.skewMs - 1_000), 'early');
});

test('the test vector of RFC 8037, appendix A.4, is a signature by its key', () => {
  const text = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
  const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
  const key = publicKeyOf('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
  assert.ok(verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')));
  assert.ok(!verify(null, Buffer.from(`${text}.`), key, Buffer.from(signature, 'base64url')));
});

test('a token in which any character is another is refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (const [at, character] of [...TOKEN].entries()) {
    if (character === '.') continue;
    const other = alphabet[(alphabet.indexOf(character) + 1) % 64] as string;
    assert.notEqual(why(TOKEN.slice(0, at) + other + TOKEN.slice(at + 1)), 'valid', `character ${at}`);
  }
  for (const text of ['', '.', '..', 'a.b', 'a.b.c', `${TOKEN}.`, `${TOKEN}.a`, ` ${TOKEN}`, `${TOKEN}=`, 'x'.repeat(2_000)])
    assert.equal(why(text) === 'valid', false, text.slice(0, 20));
});

test('no other algorithm is taken, and none at all', () => {
  assert.equal(why(signed({ ...HEADER, alg: 'none' }, BODY)), 'malformed');
  const text = `${part({ ...HEADER, alg: 'HS256' })}.${part(BODY)}`;
  const secret = publicKey.export({ format: 'der', type: 'spki' });
  assert.equal(why(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`), 'malformed');
  assert.equal(why(`${part(HEADER)}.${part(BODY)}.`), 'malformed');
  assert.equal(why(signed(HEADER, BODY)), 'valid');
});

test('a token is a JWT by its header, with a key’s name in it, and no longer than a token may be', () => {
  assert.equal(why(signed({ ...HEADER, typ: 'JWS' }, BODY)), 'malformed');
  for (const kid of [7, null, undefined]) assert.equal(why(signed({ ...HEADER, kid }, BODY)), 'malformed');
  const long = signed(HEADER, { ...BODY, more: 'x'.repeat(LIMITS.tokens.text) });
  assert.equal(why(long), 'malformed');
});

test('times are told in whole seconds, and its end never later than it was given', () => {
  const late = { ...CLAIMS, issuedMs: CLAIMS.issuedMs + 999, expiresMs: CLAIMS.expiresMs + 999 };
  assert.deepEqual(verifyToken(signToken({ id: 'k1', privateKey }, late), keyOf, NOW_MS), { kind: 'valid', claims: CLAIMS });
});

test('a key that is not known, or past its time, signs nothing, and a body must say all that it must', () => {
  assert.equal(why(signed({ ...HEADER, kid: 'k2' }, BODY)), 'unknown-key');
  const old = { ...KEY, validUntil: NOW_MS };
  assert.deepEqual(
    verifyToken(TOKEN, () => old, NOW_MS),
    { kind: 'refused', why: 'unknown-key' },
  );
  const stranger = generateKeyPairSync('ed25519').privateKey;
  assert.equal(why(signToken({ id: 'k1', privateKey: stranger }, CLAIMS)), 'bad-signature');
  for (const missing of Object.keys(BODY))
    assert.equal(why(signed(HEADER, { ...BODY, [missing]: undefined })), 'malformed', missing);
  for (const body of [[], null, 'x', { ...BODY, exp: 1.5 }, { ...BODY, exp: '9' }, { ...BODY, sub: 7 }])
    assert.equal(why(signed(HEADER, body)), 'malformed');
});
