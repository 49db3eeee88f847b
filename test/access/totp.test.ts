import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fromBase32,
  type HmacName,
  hotp,
  otpauthUrl,
  recoveryCode,
  recoveryHash,
  stepOf,
  stepOfCode,
  toBase32,
} from '../../src/access/totp.js';

const ascii = (text: string): Uint8Array => Buffer.from(text, 'ascii');

test('codes are those of RFC 4226, appendix D', () => {
  const wanted = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];
  const secret = ascii('12345678901234567890');
  assert.deepEqual(
    wanted.map((_, counter) => hotp(secret, counter)),
    wanted,
  );
});

test('codes by time are those of RFC 6238, appendix B, for each of its hashes', () => {
  const digits = '1234567890'.repeat(7);
  const secrets: Readonly<Record<HmacName, Uint8Array>> = {
    sha1: ascii(digits.slice(0, 20)),
    sha256: ascii(digits.slice(0, 32)),
    sha512: ascii(digits.slice(0, 64)),
  };
  const vectors: readonly (readonly [number, string, string, string])[] = [
    [59, '94287082', '46119246', '90693936'],
    [1_111_111_109, '07081804', '68084774', '25091201'],
    [1_111_111_111, '14050471', '67062674', '99943326'],
    [1_234_567_890, '89005924', '91819424', '93441116'],
    [2_000_000_000, '69279037', '90698825', '38618901'],
    [20_000_000_000, '65353130', '77737706', '47863826'],
  ];
  for (const [seconds, sha1, sha256, sha512] of vectors) {
    const step = stepOf(seconds * 1_000);
    const codes = (['sha1', 'sha256', 'sha512'] as const).map((hmac) => hotp(secrets[hmac], step, 8, hmac));
    assert.deepEqual(codes, [sha1, sha256, sha512], String(seconds));
  }
});

test('base32 is that of RFC 4648 without padding, there and back', () => {
  const vectors = { '': '', f: 'MY', fo: 'MZXQ', foo: 'MZXW6', foob: 'MZXW6YQ', fooba: 'MZXW6YTB', foobar: 'MZXW6YTBOI' };
  for (const [text, wanted] of Object.entries(vectors)) assert.equal(toBase32(ascii(text)), wanted);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.deepEqual(fromBase32(toBase32(bytes)), bytes);
      assert.deepEqual(
        fromBase32(
          toBase32(bytes)
            .toLowerCase()
            .replace(/(.{4})/g, '$1 '),
        ),
        bytes,
      );
    }),
  );
});

test('a code is taken one step either side of the clock and no further, and only whole', () => {
  const secret = toBase32(ascii('12345678901234567890'));
  const nowMs = 1_111_111_111_000;
  const around = [-2, -1, 0, 1, 2].map((off) => stepOfCode(secret, hotp(fromBase32(secret), stepOf(nowMs) + off), nowMs));
  const now = stepOf(nowMs);
  assert.deepEqual(around, [undefined, now - 1, now, now + 1, undefined]);
  const code = hotp(fromBase32(secret), now);
  for (const wrong of ['', code.slice(0, 5), `${code}0`, `${code} `, 'abcdef', '१२३४५६'])
    assert.equal(stepOfCode(secret, wrong, nowMs), undefined, wrong);
});

test('an authenticator is told all that it needs', () => {
  const url = new URL(otpauthUrl('ann@desk', 'ABC234'));
  assert.deepEqual([url.protocol, url.host, decodeURIComponent(url.pathname)], ['otpauth:', 'totp', '/Suho:ann@desk']);
  const { secret, issuer, algorithm, digits, period } = Object.fromEntries(url.searchParams);
  assert.deepEqual([secret, issuer, algorithm, digits, period], ['ABC234', 'Suho', 'SHA1', '6', '30']);
});

test('a recovery code is known however it is typed, and holds 80 bits', () => {
  const code = recoveryCode(Uint8Array.from({ length: 32 }, (_, at) => at * 7));
  assert.match(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  for (const typed of [code.toLowerCase(), code.replaceAll('-', ''), code.replaceAll('-', ' ')])
    assert.equal(recoveryHash(typed), recoveryHash(code));
  assert.notEqual(recoveryHash(`${code}A`), recoveryHash(code));
});
