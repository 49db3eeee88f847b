import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseKeyFile } from '../../src/ea-sim/key-file.js';
import { LoopbackServer } from '../ea-sim/loopback-server.js';
import { TUESDAY_MS } from '../ea-sim/desk.js';
import { signalMessage } from '../ea-sim/scripted-server.js';
import { idOf } from '../ea-sim/world.js';

const folder = mkdtempSync(join(tmpdir(), 'suho-ea-sim-'));
after(() => rmSync(folder, { recursive: true }));
const keysFile = join(folder, 'keys.ndjson');
const KEY = 'ab'.repeat(32);
writeFileSync(
  keysFile,
  [900, 901, 902].map((number) => `${JSON.stringify({ account: idOf(number), tenant: 'demo', key: `suho_${KEY}` })}\n`).join(''),
);

const script = fileURLToPath(new URL('../../src/cli/suho.js', import.meta.url));

async function suho(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(
    process.execPath,
    ['-e', `import(${JSON.stringify(script)}).then(({ main }) => main(process.argv.slice(1)))`, '--', 'ea-sim', ...words],
    { cwd: folder },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('suho ea-sim', () => {
  it('connects the accounts of its key file, executes at prices of the server’s hour, and prints one JSON line', async () => {
    const sent = new Set<string>();
    let number = 0;
    await using server = await LoopbackServer.open({ scheme: 'tcp', nowUs: () => TUESDAY_MS * 1_000 });
    const serve = setInterval(() => {
      for (const session of server.sessions) {
        const symbols = session.all('SYMBOLS')[0]?.symbols;
        const account = session.all('HELLO')[0]?.accountId ?? '';
        if (session.closed || !symbols || sent.has(account)) continue;
        sent.add(account);
        number += 1;
        const at = symbols.findIndex(({ brokerName }) => brokerName.includes('EURUSD'));
        const names = { symbolId: at + 1, brokerName: symbols[at]?.brokerName ?? '', magic: BigInt(number) };
        const loose = { entryLow: 0, entryHigh: 0, stopLoss: 0, takeProfit: 0, volume: 0.01, validUntilMs: TUESDAY_MS + 60_000 };
        session.say(signalMessage(idOf(number), { ...names, ...loose }));
      }
    }, 10);
    const { port } = server.endpoint;
    const ran = await suho(
      '--url',
      `tcp://127.0.0.1:${port}`,
      '--keys',
      keysFile,
      '--accounts',
      '2',
      '--seconds',
      '2',
      '--broker',
      'clean',
      '--json',
    );
    clearInterval(serve);
    assert.equal(ran.err, '');
    assert.equal(ran.out.trim().split('\n').length, 1);
    const summary = JSON.parse(ran.out) as Record<string, unknown>;
    assert.deepEqual([summary.connected, summary.refused, summary.signals, summary.executed], [2, 0, 2, 2]);
    assert.deepEqual([summary.duplicates, summary.unknown, summary.reconnects], [0, 0, 0]);
    assert.equal(ran.code, 0);
    assert.deepEqual(new Set(server.sessions.map((session) => session.all('HELLO')[0]?.apiKey)), new Set([KEY]));
    const instances = server.sessions.filter((session) => session.all('HELLO')[0]?.accountId === idOf(900));
    assert.equal(new Set(instances.map((session) => session.all('HELLO')[0]?.instance)).size, 1);
  });

  it('says so in a sentence, with exit code 4, when nothing answers', async () => {
    const ran = await suho('--url', `tcp://127.0.0.1:${await closedPort()}`, '--keys', keysFile);
    assert.equal(ran.code, 4);
    assert.match(ran.err, /^suho: no server answers: .*ECONNREFUSED.*\n$/);
    assert.equal(ran.out, '');
  });

  it('refuses bad input and bad usage before it connects', async () => {
    const url = ['--url', 'tcp://127.0.0.1:1'];
    const [missing, many, address] = await Promise.all([
      suho(...url, '--keys', join(folder, 'none')),
      suho(...url, '--keys', keysFile, '--accounts', '4'),
      suho('--url', 'localhost', '--keys', keysFile),
    ]);
    assert.deepEqual([missing.code, many.code, address.code], [3, 3, 2]);
    assert.match(many.err, /holds 3 keys, and --accounts asks for 4/);
  });
});

describe('a key file', () => {
  const good = { account: idOf(1), tenant: 'demo', key: KEY };

  it('gives keys with and without their prefix, and passes over empty lines', () => {
    const text = `${JSON.stringify(good)}\n\n${JSON.stringify({ ...good, key: `suho_${KEY.toUpperCase()}` })}`;
    assert.deepEqual(parseKeyFile(text, 'f'), [good, good]);
  });

  it('names the line that is wrong, and never the key', () => {
    const wrong = [
      '{',
      'null',
      '[]',
      JSON.stringify({ ...good, account: 'x' }),
      JSON.stringify({ ...good, tenant: '' }),
      JSON.stringify({ ...good, key: KEY.slice(1) }),
    ];
    for (const line of wrong) {
      assert.throws(
        () => parseKeyFile(`${JSON.stringify(good)}\n${line}`, 'f'),
        (error: Error) => {
          assert.match(error.message, /^line 2 of f /);
          assert.doesNotMatch(error.message, /abab/);
          return true;
        },
      );
    }
    assert.throws(() => parseKeyFile('\n', 'f'), { code: 'INPUT_INVALID' });
  });

  it('never throws anything else, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseKeyFile(text, 'f');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'INPUT_INVALID');
        }
      }),
      { numRuns: 200 },
    );
  });
});
