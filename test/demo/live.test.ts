import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from '../support/ledger-folder.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));
const FILL_WITHIN_MS = 60_000;

test('with no configuration but a folder and ports, the demo shows its first fill within a minute, and ends cleanly', async () => {
  await using folder = await emptyFolder();
  const settings = ['--data', folder.path, '--ea-port', '0', '--ws-port', '0', '--http-port', '0'];
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, [SUHO, 'start', ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const lines: string[] = [];
  const late = setTimeout(() => child.kill('SIGKILL'), FILL_WITHIN_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (/ executed [A-Z]{6} #\d+ at \d/.test(line)) break;
  }
  clearTimeout(late);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  child.kill('SIGTERM');
  const [code] = await ended;
  assert.match(lines.at(-1) ?? '', / executed /, `no fill in ${seconds.toFixed(0)} s; ${said}`);
  assert.match(lines[0] ?? '', /tls:\/\/127\.0\.0\.1:\d+/);
  assert.equal(code, 130);
  assert.match(said, /stopping/);
  assert.doesNotMatch(said, /Error|at .*\.js:/);
});
