import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagOf, resolveConfig, SETTING_NAMES, SETTINGS, type SettingName, shownValue, variableOf } from '../src/config.js';
import { temporaryFolder } from './support/temporary-folder.js';

const NONE = { environment: {} };

test('with nothing set every setting has its default, and the result is frozen', () => {
  const { config, sources, file } = resolveConfig(NONE);
  assert.equal(file, undefined);
  for (const name of SETTING_NAMES) {
    assert.equal(config[name], SETTINGS[name].default, name);
    assert.equal(sources[name], 'default', name);
  }
  assert.throws(() => Object.assign(config, { seed: 2 }), TypeError);
});

test('each setting’s flag and variable are its name in their spelling, and no two are the same', () => {
  assert.equal(flagOf('eaPort'), '--ea-port');
  assert.equal(variableOf('eaPort'), 'SUHO_EA_PORT');
  assert.equal(flagOf('data'), '--data');
  assert.equal(variableOf('suho1Port'), 'SUHO_SUHO1_PORT');
  assert.equal(new Set(SETTING_NAMES.map(flagOf)).size, SETTING_NAMES.length);
  assert.equal(new Set(SETTING_NAMES.map(variableOf)).size, SETTING_NAMES.length);
});

test('flag beats variable beats file beats default, setting by setting', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('settings.json', JSON.stringify({ seed: 3, speed: 3, host: '127.0.0.9' }));
  const { config, sources } = resolveConfig({ file, environment: { SUHO_SEED: '2', SUHO_SPEED: '2' }, flags: { seed: '1' } });
  assert.deepEqual([config.seed, config.speed, config.host, config.demo], [1, 2, '127.0.0.9', true]);
  assert.deepEqual([sources.seed, sources.speed, sources.host, sources.demo], ['flag', 'environment', 'file', 'default']);
  assert.equal(resolveConfig({ environment: { SUHO_CONFIG: file } }).config.seed, 3);
});

test('texts of flags and variables become what the setting is', () => {
  const { config } = resolveConfig({
    environment: { SUHO_DEMO: 'false', SUHO_EA_PORT: 'off', SUHO_HTTP_PORT: '0', SUHO_SPEED: '2.5' },
  });
  assert.deepEqual([config.demo, config.eaPort, config.httpPort, config.speed], [false, 'off', 0, 2.5]);
});

const BAD: readonly (readonly [name: SettingName, value: unknown])[] = [
  ['data', ''],
  ['seed', '-1'],
  ['seed', '1.5'],
  ['seed', 'one'],
  ['seed', ''],
  ['speed', '0'],
  ['speed', '601'],
  ['demo', 'yes'],
  ['demoEas', '201'],
  ['eaPort', '65536'],
  ['eaPort', '-1'],
  ['eaPort', '80.5'],
  ['eaPort', 'on'],
  ['eaPort', ''],
  ['eaPort', true],
  ['eaPort', null],
  ['eaPort', []],
  ['httpPort', ' '],
  ['ledger', 'sqlite://x'],
  ['logLevel', 'trace'],
  ['host', ''],
  ['cert', 7],
  ['advisers', 'openai'],
  ['advisers', 'other:m@ftp://host'],
  ['advisers', 'other:m@https://me:key@host'],
  ['openaiKey', 'two words'],
  ['metricsFrom', 'everywhere'],
  ['trustedProxies', 'everywhere'],
  ['roleAddresses', 'owner:10.0.0.0/8'],
  ['oidcRoles', 'owner'],
  ['publicUrl', 'https://suho.example/path'],
];

test('what is out of range or of another kind is refused from every source, in one sentence that names it', async () => {
  await using folder = await temporaryFolder();
  for (const [name, value] of BAD) {
    const told = { code: 'CONFIG_INVALID', message: /^[^\n]+ must be: [^\n]+$/ };
    const file = await folder.write('bad.json', JSON.stringify({ [name]: value }));
    assert.throws(() => resolveConfig({ ...NONE, file }), {
      ...told,
      message: new RegExp(`^${name} in .*bad\\.json.* must be: `),
    });
    if (typeof value !== 'string') continue;
    assert.throws(() => resolveConfig({ ...NONE, flags: { [name]: value } }), {
      ...told,
      message: new RegExp(`^${flagOf(name)}\\b.* must be: `),
    });
    assert.throws(() => resolveConfig({ environment: { [variableOf(name)]: value } }), {
      ...told,
      message: new RegExp(`^${variableOf(name)}\\b.* must be: `),
    });
  }
});

test('names that are no settings are refused in the file and in the environment; others of the environment are not ours', async () => {
  await using folder = await temporaryFolder();
  for (const key of ['eaport', 'EA_PORT', '__proto__', 'constructor', 'toString']) {
    const file = await folder.write('bad.json', `{"${key}":1}`);
    assert.throws(
      () => resolveConfig({ ...NONE, file }),
      { code: 'CONFIG_INVALID', message: new RegExp(`sets ${key}, which is not a setting`) },
      key,
    );
  }
  assert.throws(() => resolveConfig({ environment: { SUHO_EAPORT: '1' } }), {
    message: /^SUHO_EAPORT is set, but there is no such setting/,
  });
  resolveConfig({ environment: { PATH: 'x', XSUHO_SEED: 'x', SUHO_PROOF: '1' } });
});

test('no part of a password in a URL is shown', () => {
  const cases: readonly (readonly [url: string, shown: string])[] = [
    ['postgres://u:p@h/db', 'postgres://u:[secret]@h/db'],
    ['postgres://u:p@p:p@h:5432/db', 'postgres://u:[secret]@h:5432/db'],
    ['postgres://u:p/p?p#p@h/db', 'postgres://u:[secret]@h/db'],
    ['postgres://:p@h/db', 'postgres://:[secret]@h/db'],
    ['nats://key@h:4222,nats://key@i', 'nats://[secret]@h:4222,nats://[secret]@i'],
    ['tls://u:p@h', 'tls://u:[secret]@h'],
    ['weaviates://key@h?grpc=1', 'weaviates://[secret]@h?grpc=1'],
    ['weaviate://h:1', 'weaviate://h:1'],
    ['postgresql://h/db?user=u&password=p%40&ssl=1', 'postgresql://h/db?user=u&password=[secret]&ssl=1'],
    ['postgres://u:a@h/db?PASSWORD=p', 'postgres://u:[secret]@h/db?PASSWORD=[secret]'],
    ['postgres://u@h/db', 'postgres://u@h/db'],
    ['embedded', 'embedded'],
  ];
  for (const [url, shown] of cases) assert.equal(shownValue('ledger', url), shown);
  assert.equal(shownValue('host', 'x:y@z'), 'x:y@z');
  for (const name of ['openaiKey', 'deepseekKey', 'googleKey', 'adviserKey'] as const) {
    assert.equal(shownValue(name, 'sk-0123'), '[secret]');
    assert.equal(shownValue(name, ''), '', 'that there is none is no secret');
  }
});

test('plain TCP beyond loopback is refused unless it is allowed', () => {
  const resolve = (flags: Record<string, unknown>) =>
    resolveConfig({ flags: { httpPort: 'off', ...flags }, environment: {} }).config.tcpPort;
  assert.equal(resolve({ tcpPort: 9000 }), 9000);
  assert.equal(resolve({ host: '0.0.0.0' }), 'off');
  assert.equal(resolve({ tcpPort: 9000, host: '0.0.0.0', allowPlain: 'true' }), 9000);
  assert.throws(() => resolve({ tcpPort: 9000, host: '0.0.0.0' }), { code: 'CONFIG_INVALID', message: /tcpPort.*0\.0\.0\.0/ });
});

test('advisers are off, or named by provider, model and server, several with commas', () => {
  for (const advisers of [
    'off',
    'openai:some-model-1.5',
    'deepseek:a, google:b',
    'other:org/model:8b@http://127.0.0.1:11434/v1,openai:x',
  ])
    assert.equal(resolveConfig({ environment: { SUHO_ADVISERS: advisers } }).config.advisers, advisers);
});

test('a key that is none is refused without being shown', () => {
  assert.throws(
    () => resolveConfig({ environment: { SUHO_OPENAI_KEY: 'sk-se cret' } }),
    ({ message }: Error) => !message.includes('cret'),
  );
});

test('HTTP without TLS stays on loopback, unless a proxy has TLS; a provider needs the name of who asks it', () => {
  const resolved = (flags: Partial<Record<SettingName, unknown>>) => resolveConfig({ ...NONE, flags });
  for (const host of ['0.0.0.0', '::', '192.0.2.7', 'suho.example'])
    assert.throws(() => resolved({ host }), { code: 'CONFIG_INVALID', message: /httpTls/ }, host);
  for (const more of [{ httpTls: true }, { httpPlain: true }, { httpPort: 'off' }]) resolved({ host: '0.0.0.0', ...more });
  // Plain listeners of EAs are another matter.
  assert.throws(() => resolved({ host: '0.0.0.0', allowPlain: true }), { code: 'CONFIG_INVALID' });
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) resolved({ host });
  assert.throws(() => resolved({ oidcIssuer: 'https://id.example' }), { code: 'CONFIG_INVALID', message: /oidcClient/ });
});
