import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'nats';
import { suho } from '../support/command.js';
import { natsMissing, startNats } from '../support/nats-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('servers that are there answer, and nothing is made of them', { skip: redisMissing() || natsMissing() }, async () => {
  await using folder = await temporaryFolder();
  await using redis = await startRedis();
  await using nats = await startNats();
  const words = [
    '--data',
    'var',
    '--ea-port',
    '0',
    '--ws-port',
    '0',
    '--http-port',
    'off',
    '--cache',
    redis.url,
    '--bus',
    nats.url,
  ];
  const { code, stdout, stderr } = await suho(['doctor', '--json', ...words], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; sentence: string }[] };
  const of = (name: string): string | undefined => checks.find((check) => check.name === name)?.status;
  assert.deepEqual([of('cache'), of('bus')], ['ok', 'ok']);
  const beside = await connect({ servers: new URL(nats.url).host });
  const manager = await beside.jetstreamManager();
  assert.deepEqual(await manager.streams.list().next(), []);
  await beside.close();
});
