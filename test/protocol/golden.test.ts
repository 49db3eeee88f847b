import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type FrameText, hexOfText, textOfHex } from '../../src/protocol/frame-text.js';
import { root, suho1, suho2 } from './arbitraries.js';

function golden<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, 'test', 'golden', `${name}.json`), 'utf8')) as T;
}

const QUOTE = { symbolId: 7, bid: 1.08345, ask: 1.08357 };
const SIGNAL = {
  ...{ id: '01943b4c-7e00-7a3b-9c4d-5e6f70818293', magic: String((77n << 32n) | 12n), symbolId: 7, side: 'SELL' },
  ...{ entry: 1.08345, entryLow: 1.08325, entryHigh: 1.08365, stopLoss: 1.08605, takeProfit: 1.07985 },
  ...{ volume: 0.37, riskPercent: 1.25, score: 71.5, confidence: 0.715, validUntilMs: '1736151300000' },
  ...{ brokerName: 'EURUSD.m', model: 'ensemble-1', strategy: 'trend@3', comment: 'suho 12' },
};

/**
 * Made outside this repository with Python's struct and zlib from the tables of the protocol page:
 * h = lambda crc: pack('<IHBBIIQQq', 0x53554854, 2, type, flags, len(body), crc, seq, ack, time); h(crc32(h(0) + body)) + body,
 * where QUOTES is pack('<HH', 1, 29) + pack('<IddqB', …) and SIGNAL is id + pack('<QIB', …) + pack('<9d', …) + pack('<q', …) + texts.
 */
const BY_HAND: readonly { readonly hex: string; readonly frame: FrameText }[] = [
  {
    hex: '544855530200110021000000dae96599000000000000000000000000000000004042e003052b060001001d0007000000849ecdaacf55f13fd8d30e7f4d56f13f00990e3b9401000003',
    frame: {
      profile: 2,
      type: 'QUOTES',
      flags: 0,
      seq: '0',
      ack: '0',
      time: '1736150400123456',
      body: { quotes: [{ ...QUOTE, brokerTimeMs: '1736157600000', tradeable: true, sessionOpen: true }] },
    },
  },
  {
    hex: '54485553020030019500000035c1e9f60c0000000000000003000000000000004042e003052b060001943b4c7e007a3b9c4d5e6f708182930c0000004d0000000700000002849ecdaacf55f13fa245b6f3fd54f13f66f7e461a156f13fff21fdf67560f13f9e5e29cb1047f13fae47e17a14aed73f000000000000f43f0000000000e05140e17a14ae47e1e63fa077ae3a9401000008004555525553442e6d0a00656e73656d626c652d3107007472656e64403307007375686f203132',
    frame: { profile: 2, type: 'SIGNAL', flags: 1, seq: '12', ack: '3', time: '1736150400123456', body: SIGNAL },
  },
  {
    hex: '5448555301000101808d7b67000000000100000039a7010045a701000c000700',
    frame: {
      profile: 1,
      type: 'QUOTES_1',
      flags: 0,
      seq: '0',
      ack: '0',
      time: '1736150400',
      body: { quotes: [{ symbolId: 1, bid: 1.08345, ask: 1.08357, spreadPoints: 12, serverId: 7 }] },
    },
  },
];

describe('golden vectors', () => {
  for (const [name, description] of [
    ['suho-1', suho1],
    ['suho-2', suho2],
  ] as const) {
    const vectors = golden<readonly { readonly hex: string; readonly frame: FrameText }[]>(name);

    it(`hold a frame of every message of ${name}`, () => {
      assert.deepEqual(
        vectors.map(({ frame }) => frame.type),
        description.messages.map(({ kind }) => kind),
      );
    });

    for (const { hex, frame } of vectors) {
      it(`are read and written: ${frame.type}`, () => {
        assert.deepEqual(textOfHex(hex), frame);
        assert.equal(hexOfText(JSON.stringify(frame)), hex);
      });
    }
  }

  it('are refused with their code and offset', () => {
    for (const { about, hex, error } of golden<readonly { about: string; hex: string; error: object }[]>('refused')) {
      const { message, ...rest } = textOfHex(hex) as { message?: string };
      assert.deepEqual(rest, error, about);
      assert.match(message ?? '', /^\w.*\.$/, 'one sentence');
    }
  });

  it('agree with frames made by hand', () => {
    for (const { hex, frame } of BY_HAND) {
      assert.deepEqual(textOfHex(hex), frame);
      assert.equal(hexOfText(JSON.stringify(frame)), hex);
    }
  });
});

describe('generate --check', () => {
  const run = (at: string): number => {
    try {
      execFileSync(process.execPath, [join(at, 'dist', 'scripts', 'generate.js'), '--check'], { stdio: 'pipe' });
      return 0;
    } catch (error) {
      return (error as { readonly status: number }).status;
    }
  };

  it('finds everything that is generated up to date', () => assert.equal(run(root), 0));

  it('ends with 1 when the description has changed, and when a generated file has', () => {
    const copy = mkdtempSync(join(tmpdir(), 'suho-generate-'));
    try {
      for (const part of ['schema', 'src', 'ea', 'docs', 'test', 'scripts', 'dist', 'biome.json', 'package.json', '.gitignore']) {
        cpSync(join(root, part), join(copy, part), { recursive: true });
      }
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      assert.equal(run(copy), 0, 'the copy as it is');
      const page = join(copy, 'docs', 'PROTOCOL.md');
      const text = readFileSync(page, 'utf8');
      writeFileSync(page, `${text}\n`);
      assert.equal(run(copy), 1, 'a page changed by hand');
      writeFileSync(page, text);
      const description = join(copy, 'schema', 'protocol', 'suho-2.json');
      writeFileSync(description, readFileSync(description, 'utf8').replace('"FINANCE"', '"FINANCES"'));
      assert.equal(run(copy), 1, 'a message renamed');
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
