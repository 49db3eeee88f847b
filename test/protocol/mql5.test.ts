import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { typeName } from '../../scripts/generate/description.js';
import { frameCrc } from '../../src/protocol/frame-header.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import { BODY_MOST, type Frame2 } from '../../src/protocol/messages.js';
import { entropyRandom, type Random, seededRandom } from '../../src/runtime/random.js';
import { anyFrame2, frame2, root, suho2 } from './arbitraries.js';

const compiler = ['c++', 'g++', 'clang++'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Reads a frame of hex a line with the EA's own code, writes it again, and says `bad` where it refuses it. */
const PROGRAM = `
#include "${join(root, 'test', 'mql5', 'terminal', 'language.hpp')}"
#include "${join(root, 'ea', 'Include', 'Suho', 'Protocol.mqh')}"
#include <iostream>
static bool again(SuhoHeader &h, CSuhoReader &r, CSuhoWriter &w) {
  switch (h.type) {
${suho2.messages.map(({ kind, type }) => `    case ${type}: { Suho${typeName(kind)} m; if (!SuhoRead${typeName(kind)}(r, m)) return false; SuhoWrite${typeName(kind)}(w, m); return true; }`).join('\n')}
  }
  return false;
}
int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    SUHO_ARRAY(uchar, bytes);
    SUHO_ARRAY(uchar, out);
    ArrayResize(bytes, (int)line.size() / 2);
    for (int i = 0; i < ArraySize(bytes); i++) bytes[i] = (uchar)std::stoi(line.substr((size_t)i * 2, 2), nullptr, 16);
    int whole = SuhoFrameLength(bytes, 0, ArraySize(bytes), SUHO_BODY_MOST);
    SuhoHeader h; CSuhoReader r; CSuhoWriter w;
    bool ok = whole > 0 && SuhoReadHeader(bytes, 0, whole, h);
    if (ok) { r.Load(bytes, SUHO_HEADER_BYTES_2, whole); w.Begin(h.type, h.flags, h.seq, h.ack, h.timeUs); ok = again(h, r, w) && w.Finish(out); }
    if (!ok) { std::puts("bad"); continue; }
    for (int i = 0; i < ArraySize(out); i++) std::printf("%02x", out[i]);
    std::puts("");
  }
}
`;

const FRAMES = process.env.SUHO_PROOF ? 20_000 : 2_000;

/** A string of the terminal ends at its first zero, so none can hold one; all else of Unicode passes. */
function holdsZero(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsZero);
}

function sampled(seed: number): readonly Frame2[] {
  return fc
    .sample(anyFrame2, { numRuns: FRAMES, seed })
    .map(frame2)
    .filter(({ message }) => !holdsZero(message));
}

/** Frames that the engine's codec reads from bytes, or the code of its fault. */
function readByEngine(bytes: Uint8Array): readonly Frame2[] | string {
  const frames: Frame2[] = [];
  const fault = new FrameReader({ maxBody: BODY_MOST }).push(bytes, (frame) => frames.push(frame));
  return fault?.code ?? frames;
}

/** A few bytes of the body changed, and the sum mended, so that the change is looked at. */
function changed(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let left = 1 + random.int(3); left > 0 && copy.length > 40; left--) {
    const at = 40 + random.int(copy.length - 40);
    copy[at] = random.chance(0.5) ? random.int(256) : (copy[at] as number) ^ (1 << random.int(8));
  }
  const view = new DataView(copy.buffer);
  view.setUint32(12, frameCrc(view, 0, copy.length), true);
  return copy;
}

function golden<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(join(root, 'test', 'golden', `${name}.json`), 'utf8')) as T[];
}

describe('the MQL5 include', { skip: compiler ? false : 'no C++ compiler' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'suho-mql5-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'again');

  const lines = (input: readonly string[]): readonly string[] =>
    execFileSync(program, { input: `${input.join('\n')}\n`, encoding: 'utf8' })
      .trim()
      .split('\n');

  it('compiles as C++ with arrays as vectors', () => {
    writeFileSync(join(folder, 'again.cpp'), PROGRAM);
    const done = spawnSync(
      compiler as string,
      ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-o', program, join(folder, 'again.cpp')],
      { encoding: 'utf8' },
    );
    assert.equal(done.status, 0, done.stderr);
  });

  it('reads every golden frame and writes the same bytes', () => {
    const frames = golden<{ readonly hex: string }>('suho-2').map(({ hex }) => hex);
    assert.deepEqual(lines(frames), frames);
  });

  it('refuses what the engine refuses, but for the order of sequences and the validity of UTF-8', () => {
    const left = new Set(['bad-sequence', 'bad-utf8']);
    const cases = golden<{ readonly about: string; readonly hex: string; readonly error: { readonly code: string } }>('refused');
    for (const [at, line] of lines(cases.map(({ hex }) => hex)).entries()) {
      const one = cases[at];
      if (one && !left.has(one.error.code)) assert.equal(line, 'bad', one.about);
    }
  });

  it('reads what the engine writes and writes what the engine reads, for random messages of every kind', () => {
    const seed = entropyRandom().int(2 ** 31);
    process.stderr.write(`random messages: seed ${seed}\n`);
    const frames = sampled(seed);
    const sent = frames.map((frame) => Buffer.from(encodeFrame(frame)).toString('hex'));
    const back = lines(sent);
    for (const [at, frame] of frames.entries()) {
      assert.equal(back[at], sent[at], `${frame.message.kind} of seed ${seed}`);
      assert.deepEqual(readByEngine(Buffer.from(back[at] as string, 'hex')), [frame]);
    }
    assert.equal(new Set(frames.map(({ message }) => message.kind)).size, suho2.messages.length);
  });

  it('refuses of changed bodies exactly those that the engine refuses', () => {
    const seed = entropyRandom().int(2 ** 31);
    process.stderr.write(`changed bodies: seed ${seed}\n`);
    const random = seededRandom(seed);
    const frames = sampled(seed).map((frame) => changed(encodeFrame(frame), random));
    const back = lines(frames.map((bytes) => Buffer.from(bytes).toString('hex')));
    let refused = 0;
    for (const [at, bytes] of frames.entries()) {
      const engine = readByEngine(bytes);
      // The include leaves the validity of UTF-8 to the terminal, which mends it.
      if (engine === 'bad-utf8') continue;
      refused += typeof engine === 'string' ? 1 : 0;
      assert.equal(back[at] === 'bad', typeof engine === 'string', `${Buffer.from(bytes).toString('hex')} of seed ${seed}`);
    }
    assert.ok(refused > frames.length / 50, `${refused} of ${frames.length} are refused`);
  });
});
