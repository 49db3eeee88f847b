import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scrubber, secretFieldsOf, secretsOf } from '../../src/admin/support/scrub.js';
import { resolveConfig, type SettingName } from '../../src/config.js';

function config(flags: Partial<Record<SettingName, unknown>>) {
  return resolveConfig({ environment: {}, flags }).config;
}

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const word = fc.string({ unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ23456789_-'), minLength: 40, maxLength: 60 });
const around = fc.constantFrom('', ' ', ': ', '"', '{"x":"', '\n', ' and ');

/** A secret as it may stand in a text, with the part that must be gone. */
const forms = fc.oneof(
  hex.map((key) => [`suho_${key}`, key] as const),
  hex.map((key) => [`suho_desk-1.${key}`, key] as const),
  word.map((token) => [`Bearer ${token}`, token] as const),
  word.map((token) => [`eyJhbGciOi.${token}.${token}`, token] as const),
  word.map((token) => [`http://127.0.0.1:8080/enter/${token}`, token] as const),
  word.map((token) => [`suho_session=${token}; Path=/`, token] as const),
  word.map((token) => [`123456789:${token}`, token] as const),
  word.map((password) => [`postgres://suho:${password}@db:5432/suho`, password] as const),
  word.map((secret) => [`https://idp/callback?code=${secret}&x=1`, secret] as const),
  word.map((secret) => [`otpauth://totp/suho:ada?secret=${secret}`, secret] as const),
  word.map((password) => [`{"password": "${password}", "name": "ada"}`, password] as const),
  word.map((body) => [`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`, body] as const),
  hex.map((hash) => [`hash ${hash}`, hash.slice(8)] as const),
);

test('whatever has the form of a secret is cut out, wherever it stands', () => {
  const scrub = scrubber([]);
  fc.assert(
    fc.property(forms, around, around, ([text, secret], before, after) => {
      assert.ok(!scrub(`${before}${text}${after}`).includes(secret), scrub(`${before}${text}${after}`));
    }),
  );
});

test('the settings’ own secrets are known, as they stand and as a client decodes them', () => {
  const secrets = secretsOf(
    config({
      ledger: 'postgres://suho:p%40ss-w0rd@db/suho?sslpassword=tls-secret',
      cache: 'redis://:cache-pass@cache',
      bus: 'nats://natstoken99@bus',
      oidcSecret: 'oidc-secret-1',
    }),
  );
  const scrub = scrubber(secrets);
  for (const secret of ['p%40ss-w0rd', 'p@ss-w0rd', 'tls-secret', 'cache-pass', 'natstoken99', 'oidc-secret-1'])
    assert.equal(scrub(`it said ${secret}.`), 'it said [secret].', secret);
});

test('of the file of alerts each secret is known, in arrays as well', () => {
  const alerts = {
    channels: [{ kind: 'webhook', url: 'https://hooks.example/T0/B0/zzzz', secret: 'sixteen-characters' }],
    name: 'desk',
  };
  assert.deepEqual(secretFieldsOf(alerts), ['https://hooks.example/T0/B0/zzzz', 'sixteen-characters']);
});

test('what is no secret stays as it is, and JSON stays JSON', () => {
  const scrub = scrubber(['a"quoted\\secret']);
  const plain = [
    'suho_ticks_total{symbol="EURUSD"} 12',
    '{"level":"info","time":"2026-11-22T04:00:00.000Z","accountId":"018f0000-0000-7000-8000-000000000000","msg":"session 7 began"}',
    'tls://127.0.0.1:8443 wss://127.0.0.1:8444/v2 http://127.0.0.1:8080',
    'tick to socket: p50 1.2 ms',
  ];
  for (const text of plain) assert.equal(scrub(text), text);
  fc.assert(
    fc.property(fc.record({ name: fc.string(), password: fc.string(), token: fc.string(), at: fc.double() }), (value) => {
      const read = JSON.parse(scrub(JSON.stringify({ ...value, text: 'a"quoted\\secret' }))) as Record<string, unknown>;
      assert.deepEqual([read.password, read.token, read.text], ['[secret]', '[secret]', '[secret]']);
    }),
  );
});
