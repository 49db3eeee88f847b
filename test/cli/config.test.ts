import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { each, suho } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Printed = Readonly<Record<string, { readonly value: unknown; readonly source: string }>>;

test('a setting comes from its flag, then its variable, then the file, then the default', async () => {
  await using folder = await temporaryFolder();
  await folder.write('suho.config.json', JSON.stringify({ eaPort: 1001, wsPort: 1001, httpPort: 1001 }));
  const { code, stdout, stderr } = await suho(['config', 'print', '--json', '--ea-port', '1003'], {
    cwd: folder.path,
    env: { SUHO_EA_PORT: '1002', SUHO_WS_PORT: '1002' },
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split('\n').length, 2);
  const { eaPort, wsPort, httpPort, tcpPort } = JSON.parse(stdout) as Printed;
  assert.deepEqual(eaPort, { value: 1003, source: 'flag' });
  assert.deepEqual(wsPort, { value: 1002, source: 'environment' });
  assert.deepEqual(httpPort, { value: 1001, source: 'file' });
  assert.deepEqual(tcpPort, { value: 'off', source: 'default' });
});

test('a file named by --config is read instead; config check says which', async () => {
  await using folder = await temporaryFolder();
  await folder.write('suho.config.json', '{"seed":"none of this is read"}');
  const file = await folder.write('other.json', '{"seed":7}');
  const printed = await suho(['config', 'print', '--json', '--config', file], { cwd: folder.path });
  assert.deepEqual((JSON.parse(printed.stdout) as Printed).seed, { value: 7, source: 'file' });
  const byVariable = await suho(['config', 'check'], { cwd: folder.path, env: { SUHO_CONFIG: file } });
  assert.deepEqual(byVariable, { code: 0, stdout: `settings are valid (${file})\n`, stderr: '' });
  const json = await suho(['config', 'check', '--json', '--config', file], { cwd: folder.path });
  assert.deepEqual(JSON.parse(json.stdout), { ok: true, file });
});

test('config print as text has a line for each setting with its flag and its variable', async () => {
  await using folder = await temporaryFolder();
  const { stdout } = await suho(['config', 'print'], { cwd: folder.path });
  assert.match(stdout, /^eaPort +8443 +default +--ea-port +SUHO_EA_PORT +EAs over TLS$/m);
});

test('a password in the ledger’s URL is printed by neither form, nor in a refusal', async () => {
  await using folder = await temporaryFolder();
  const url = 'postgres://suho:hunter2@db.example/suho';
  await each(
    [
      { words: ['config', 'print'], env: { SUHO_LEDGER: url } },
      { words: ['config', 'print', '--json', '--ledger', url] },
      { words: ['config', 'check'], env: { SUHO_LEDGER: url.replace('postgres', 'oracle') } },
      { words: ['config', 'print', '--ledger', 'postgres://suho:a@hunter2@db.example/suho'] },
      { words: ['config', 'print', '--ledger', 'postgres://db.example/suho?user=suho&password=hunter2'] },
    ],
    async ({ words, env }) => {
      const { stdout, stderr } = await suho(words, { cwd: folder.path, ...(env ? { env } : {}) });
      assert.doesNotMatch(stdout + stderr, /hunter2/, words.join(' '));
    },
  );
});

test('a bad file, variable or flag ends every command with exit 2 and a sentence that names it', async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, text: string): Promise<string> => folder.write(name, text);
  const cases: readonly { words: readonly string[]; env?: Record<string, string>; named: RegExp }[] = [
    { words: ['config', 'check', '--config', join(folder.path, 'absent.json')], named: /absent\.json cannot be read/ },
    { words: ['config', 'check', '--config', await write('a.json', '{')], named: /a\.json is not JSON/ },
    { words: ['config', 'check', '--config', await write('b.json', '[]')], named: /b\.json must hold one object/ },
    { words: ['status', '--config', await write('c.json', '{"eaPrt":1}')], named: /c\.json sets eaPrt, which is not a setting/ },
    {
      words: ['config', 'check', '--config', await write('d.json', '{"speed":9999}')],
      named: /speed in .*d\.json is 9999.*at most 600/,
    },
    { words: ['tenant', 'list', '--config', await write('e.json', '{"data":""}')], named: /data in .*e\.json/ },
    { words: ['config', 'check'], env: { SUHO_DEMO: 'perhaps' }, named: /SUHO_DEMO is "perhaps".*"true" or "false"/ },
    { words: ['doctor'], env: { SUHO_EA_PROT: '1' }, named: /SUHO_EA_PROT is set, but there is no such setting/ },
    { words: ['start', '--log-level', 'loud'], named: /--log-level is "loud".*"debug"/ },
  ];
  await each(cases, async ({ words, env, named }) => {
    const { code, stdout, stderr } = await suho(words, { cwd: folder.path, ...(env ? { env } : {}) });
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, /^suho: [^\n]+\n$/);
    assert.match(stderr, named);
  });
});
