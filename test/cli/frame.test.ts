import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { referenceEncode } from '../../scripts/generate/reference-encoder.js';
import { FAULT_CODES } from '../../src/protocol/fault.js';
import { hexOfText, textOfHex } from '../../src/protocol/frame-text.js';
import { anyFrame1, anyFrame2, root, runs, suho1, suho2 } from '../protocol/arbitraries.js';

const entry = pathToFileURL(join(root, 'dist', 'src', 'cli', 'frame.js')).href;
const script = `import { frameCommand } from '${entry}'; await frameCommand().parseAsync(process.argv.slice(1), { from: 'user' });`;

interface Run {
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly code: number | null;
}

function frame(args: readonly string[], input = ''): Run {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { lines: stdout.split('\n').slice(0, -1), stderr, code: status };
}

const vectors = ['suho-1', 'suho-2'].flatMap(
  (name) =>
    JSON.parse(readFileSync(join(root, 'test', 'golden', `${name}.json`), 'utf8')) as {
      readonly hex: string;
      readonly frame: object;
    }[],
);
const hex = vectors.map((vector) => vector.hex);
const json = vectors.map((vector) => JSON.stringify(vector.frame));

describe('suho frame', () => {
  it('decodes hex from its arguments and from standard input, a line each', () => {
    assert.deepEqual(frame(['decode', ...hex]), { lines: json, stderr: '', code: 0 });
    assert.deepEqual(frame(['decode'], `${hex.join('\n\n')}\n`), { lines: json, stderr: '', code: 0 });
    assert.deepEqual(frame(['decode', '-'], hex.join('\r\n')), { lines: json, stderr: '', code: 0 });
    assert.deepEqual(frame(['decode', (hex[0] as string).toUpperCase().replace(/../g, '$& ')]).lines, json.slice(0, 1));
  });

  it('encodes what it decoded to the same bytes', () => {
    assert.deepEqual(frame(['encode'], json.join('\n')), { lines: hex, stderr: '', code: 0 });
    assert.deepEqual(frame(['encode', '--json', json[0] as string]).lines, [JSON.stringify({ hex: hex[0] })]);
  });

  it('answers a bad line with its error, goes on with the next, and ends with 3', () => {
    const { lines, stderr, code } = frame(['decode'], `zz\n${hex[0]}\n5448\nabc\n${hex.at(-1)}00\n`);
    const errors = lines.map((line) => (JSON.parse(line) as { error?: { code: string; offset: number; message: string } }).error);
    assert.deepEqual(
      errors.map((error) => error && [error.code, error.offset]),
      [['bad-hex', 0], undefined, ['incomplete', 2], ['bad-hex', 1], ['too-long', (hex.at(-1) as string).length / 2]],
    );
    assert.deepEqual([stderr, code], ['', 3]);
  });

  it('answers a frame that cannot be with its error, and ends with 3', () => {
    const finance = {
      profile: 2,
      type: 'FINANCE',
      body: { balance: 1, equity: 1, margin: 1, freeMargin: 1, floating: 1, dayProfit: 1 },
    };
    const cases: readonly [string, string][] = [
      ['{', 'bad-json'],
      ['null', 'bad-field'],
      ['[]', 'bad-field'],
      ['{"profile":3}', 'bad-field'],
      [JSON.stringify({ ...finance, type: 'toString' }), 'bad-field'],
      [JSON.stringify({ ...finance, body: { ...finance.body, equity: '1' } }), 'bad-field'],
      [JSON.stringify({ ...finance, body: { ...finance.body, extra: 1 } }), 'bad-field'],
      [JSON.stringify({ ...finance, body: { balance: 1 } }), 'bad-field'],
      [JSON.stringify({ ...finance, seq: '9007199254740992' }), 'bad-field'],
      [JSON.stringify({ ...finance, seq: '1' }), 'bad-sequence'],
      [JSON.stringify({ ...finance, flags: 2 }), 'out-of-range'],
      ['{"profile":2,"type":"QUOTES","body":{"quotes":[1]}}', 'bad-field'],
      [
        '{"profile":2,"type":"FINANCE","body":{"balance":1e999,"equity":1,"margin":1,"freeMargin":1,"floating":1,"dayProfit":1}}',
        'not-finite',
      ],
      ['{"profile":1,"type":"QUOTES_1","body":{"quotes":[]}}', 'bad-count'],
      ['{"profile":1,"type":"HEARTBEAT_1","seq":"1","body":{}}', 'bad-field'],
    ];
    const { lines, code } = frame(['encode'], cases.map(([line]) => line).join('\n'));
    const codes = lines.map((line) => (JSON.parse(line) as { error?: { code: string } }).error?.code);
    assert.deepEqual(
      codes,
      cases.map(([, expected]) => expected),
    );
    assert.equal(code, 3);
  });

  it('writes everything before it ends, also through a pipe that is slower than it', () => {
    const { lines, code } = frame(['decode'], `${hex.at(-1)}\n`.repeat(20_000));
    assert.deepEqual([lines.length, code], [20_000, 0]);
    assert.equal(lines.at(-1), json.at(-1));
  });
});

describe('the text form of frames', () => {
  it('brings every frame back to the same bytes', () => {
    fc.assert(
      fc.property(anyFrame2, anyFrame1, (two, one) => {
        for (const bytes of [referenceEncode(two, suho2), referenceEncode(one, suho1)]) {
          const digits = Buffer.from(bytes).toString('hex');
          const text = textOfHex(digits);
          assert(!('code' in text));
          // JSON has no −0, so a frame that holds one comes back with 0.
          if (!/00000080|8000000000000000/.test(digits)) assert.equal(hexOfText(JSON.stringify(text)), digits);
        }
      }),
      runs(3_000),
    );
  });

  it('throws at nothing, whatever the line', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex')),
      fc.constantFrom(...hex, ...json),
    );
    fc.assert(
      fc.property(line, fc.nat(), fc.string({ maxLength: 3 }), (base, at, patch) => {
        const place = at % (base.length + 1);
        for (const text of [base, base.slice(0, place) + patch + base.slice(place + 1)]) {
          for (const done of [textOfHex(text), hexOfText(text)]) {
            if (typeof done !== 'string' && 'code' in done) assert(FAULT_CODES.includes(done.code));
          }
        }
      }),
      runs(20_000),
    );
  });
});
