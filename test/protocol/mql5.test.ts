import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { typeName } from '../../scripts/generate/description.js';
import { root, suho2 } from './arbitraries.js';

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
});
