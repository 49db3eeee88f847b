import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLogger, LogLines, silentLogger } from '../../src/runtime/logger.js';

const SECRETS = ['key', 'apiKey', 'keyHash', 'password', 'token', 'authorization', 'secret', 'privateKey'];

function capture(level: 'debug' | 'info' | 'warn' = 'debug') {
  const lines: string[] = [];
  const log = createLogger(level, { write: (line: string) => void lines.push(line) });
  return { log, lines };
}

test('secrets are written neither at the top level nor one level down, under any of their names, at any level of the log', () => {
  for (const name of SECRETS) {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      const { log, lines } = capture();
      log[level]({ [name]: 'hunter2', account: { id: 7, [name]: 'hunter2' } }, 'an account came');
      assert.equal(lines.length, 1);
      assert.doesNotMatch(lines[0] ?? '', /hunter2/, name);
      const line = JSON.parse(lines[0] ?? '') as { account: Record<string, unknown> } & Record<string, unknown>;
      assert.deepEqual([line[name], line.account[name], line.account.id], ['[secret]', '[secret]', 7]);
    }
  }
});

test('a child logger keeps secrets too, its own among them', () => {
  const { log, lines } = capture();
  log.child({ session: 4, token: 'hunter2' }).info({ hello: { apiKey: 'hunter2' } }, 'hello');
  assert.doesNotMatch(lines.join(''), /hunter2/);
  assert.equal((JSON.parse(lines[0] ?? '') as { session: number }).session, 4);
});

test('a line is JSON with its level by name, its time and its message; what is below the level is not written', () => {
  const { log, lines } = capture('warn');
  log.debug({}, 'no');
  log.info({}, 'no');
  log.warn({ port: 1 }, 'yes');
  assert.equal(lines.length, 1);
  const { level, time, msg, port } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.deepEqual([level, msg, port], ['warn', 'yes', 1]);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('the silent logger takes everything and is its own child', () => {
  silentLogger.error({ key: 'x' }, 'nothing');
  assert.equal(silentLogger.child({}), silentLogger);
});

test('lines are shown, or hidden, and heard without their secrets until that is ended', () => {
  const shown: string[] = [];
  for (const lines of [new LogLines({ write: (line: string) => void shown.push(line) }), new LogLines('hidden')]) {
    const heard: string[] = [];
    const log = createLogger('info', lines);
    const unhear = lines.hear((line) => void heard.push(line));
    log.child({ token: 'hunter2' }).info({}, 'one');
    log.debug({}, 'below');
    unhear();
    log.info({}, 'two');
    assert.deepEqual(
      heard.map((line) => JSON.parse(line).msg),
      ['one'],
    );
    assert.doesNotMatch(heard.join(''), /hunter2/);
  }
  assert.deepEqual(
    shown.map((line) => JSON.parse(line).msg),
    ['one', 'two'],
  );
});

test('one that fails at hearing neither fails who logs nor keeps others from hearing, and hears no more', () => {
  const heard: string[] = [];
  const lines = new LogLines('hidden');
  let failures = 0;
  lines.hear(() => {
    failures += 1;
    throw new Error('no');
  });
  lines.hear((line) => void heard.push(line));
  const log = createLogger('info', lines);
  log.info({}, 'one');
  log.info({}, 'two');
  assert.deepEqual([failures, heard.length], [1, 2]);
});

test('the newest lines are kept, in their order, as many as were wished', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(9), (count, most) => {
      const lines = new LogLines('hidden', most);
      const said = Array.from({ length: count }, (_, at) => `${at}\n`);
      for (const line of said) lines.write(line);
      assert.deepEqual(lines.newest, most === 0 ? [] : said.slice(-most));
    }),
  );
});
