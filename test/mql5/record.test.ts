/** The EA's record on disk, in its own MQL5 code: what a crash, a full disk or years of use leave of it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../protocol/arbitraries.js';
import { whyNoEa } from '../support/ea-build.js';

const NAME = 'Suho.record';
/** Signals of the record that the tests begin with; the last has an intent and no result. */
const SIGNALS = 40;

const PROGRAM = `
#include "run.hpp"
#include <Suho/Record.mqh>
static void number(SuhoId &id, int kind, int n) {
  ulong ms = 1700000000000 + n;
  for (int i = 0; i < 6; i++) id.bytes[i] = (uchar)(ms >> (8 * (5 - i)));
  id.bytes[6] = 0x70;
  id.bytes[8] = (uchar)kind;
  id.bytes[14] = (uchar)(n >> 8);
  id.bytes[15] = (uchar)n;
}
static void fill(CSuhoRecord &record, int count) {
  for (int n = 1; n <= count; n++) {
    SuhoSignal signal;
    number(signal.id, 1, n);
    signal.magic = (((ulong)7) << 32) | (ulong)n;
    signal.brokerName = "EURUSD";
    signal.validUntilMs = 1700000000000 + n;
    record.PutSignal(signal, 1000 + n);
    record.PutIntent(signal.id, 0.1 * n, 1 + n % 3, 2000 + n);
    if (n == count) break;
    SuhoResult result;
    result.id = signal.id;
    result.outcome = n % 5 == 0 ? SUHO_OUTCOME_UNKNOWN : SUHO_OUTCOME_EXECUTED;
    result.attempt = 1;
    ArrayResize(result.deals, 2);
    result.deals[0] = (ulong)n;
    result.deals[1] = (ulong)(n + 1);
    record.PutResult(result);
    if (n % 2 == 0) record.PutGuarded(signal.id);
    record.Flush();
  }
  SuhoId cancelled;
  number(cancelled, 2, 1);
  record.PutCancel(cancelled);
  SuhoCommand command;
  number(command.id, 3, 1);
  record.PutCommand(command, 5);
  SUHO_ARRAY(SuhoCloseTarget, targets);
  ArrayResize(targets, 2);
  targets[0].position = 71; targets[0].volume = 0.3; targets[0].symbol = "EURUSD";
  targets[1].position = 72; targets[1].volume = 0.4; targets[1].symbol = "USDJPY";
  record.PutClosing(command.id, 77, targets, 6);
  SuhoTrade trade;
  trade.deal = 9;
  trade.brokerTimeMs = 123456;
  record.PutTrade(trade);
  record.PutAcked(record.kept[count / 2].number, true);
  record.PutPeak(10500.5, 99);
  record.Flush();
}
static void show(CSuhoRecord &record) {
  std::string ids;
  std::printf("instance %s number %ld deals %ld peak %.2f %ld\\n", SuhoIdText(record.instance).shimText().c_str(), (long)record.lastNumber, record.ackedDealMs, record.peak, record.peakBrokerMs);
  for (int i = 0; i < ArraySize(record.signals); i++) {
    const SuhoSignalMemory &m = record.signals[i];
    std::printf("signal %s %d %ld %d %d %ld %.2f told %d %d %d guarded %d\\n", SuhoIdText(m.id).shimText().c_str(), (int)m.received, m.receivedUs, (int)m.cancelled, m.attempts, m.intentUs, m.intentVolume, (int)m.told, m.told ? (int)m.last.outcome : 0, m.told ? ArraySize(m.last.deals) : 0, (int)m.guarded);
  }
  for (int i = 0; i < ArraySize(record.commands); i++) {
    const SuhoCommandMemory &m = record.commands[i];
    std::printf("command %s %d %ld", SuhoIdText(m.message.id).shimText().c_str(), (int)m.closing, m.closingBrokerMs);
    for (int t = 0; t < ArraySize(m.targets); t++) std::printf(" %ld %.2f %s", (long)m.targets[t].position, m.targets[t].volume, m.targets[t].symbol.shimText().c_str());
    std::printf("\\n");
  }
  for (int i = 0; i < ArraySize(record.kept); i++) std::printf("kept %ld %d %d\\n", (long)record.kept[i].number, (int)record.kept[i].type, ArraySize(record.kept[i].frame));
}
int main(int, char **words) {
  shim::terminal.folder = words[1];
  const std::string what = words[2];
  const long n = std::stol(words[3]);
  CSuhoRecord record;
  const ENUM_SUHO_OPENED opened = record.Open(string("${NAME}"));
  std::printf("opened %d\\n", (int)opened);
  if (opened == SUHO_OPEN_LOCKED || opened == SUHO_OPEN_FAILED) return 0;
  if (what == "fill") fill(record, (int)n);
  if (what == "fail") { shim::failWrites = 1; SuhoId id; record.PutGuarded(id); std::printf("flushed %d\\n", (int)record.Flush()); std::printf("flushed %d\\n", (int)record.Flush()); }
  if (what == "compact") std::printf("compacted %d\\n", (int)record.Compact(n, true));
  if (what == "twice") { CSuhoRecord second; std::printf("second %d\\n", (int)second.Open(string("${NAME}"))); }
  show(record);
  record.Close();
}
`;

describe('the record of the EA', { skip: whyNoEa() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'suho-record-'));
  const program = join(folder, 'record');
  let runs = 0;

  before(() => {
    writeFileSync(join(folder, 'record.cpp'), PROGRAM);
    const includes = [join(root, 'test', 'mql5', 'terminal'), join(root, 'ea', 'Include')].flatMap((path) => ['-I', path]);
    const words = [
      '-std=c++17',
      '-O0',
      '-Wno-format',
      ...includes,
      join(folder, 'record.cpp'),
      '-o',
      program,
      '-lssl',
      '-lcrypto',
    ];
    const done = spawnSync('g++', words, { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A sandbox, with a copy of another's record where one is given. */
  const sandbox = (from?: string): string => {
    const path = join(folder, `files-${++runs}`);
    mkdirSync(path);
    if (from !== undefined) copyFileSync(join(from, NAME), join(path, NAME));
    return path;
  };
  const run = (files: string, what: string, n = 0): readonly string[] =>
    execFileSync(program, [files, what, String(n)], { encoding: 'utf8' })
      .trim()
      .split('\n');
  const filled = (): string => {
    const files = sandbox();
    run(files, 'fill', SIGNALS);
    return files;
  };
  const bytes = (files: string): Buffer => readFileSync(join(files, NAME));

  it('gives a restart all that was flushed', () => {
    const files = sandbox();
    const written = run(files, 'fill', SIGNALS);
    assert.deepEqual(run(files, 'show'), written);
    assert.equal(written.filter((line) => line.startsWith('signal')).length, SIGNALS + 1);
    assert.equal(written.filter((line) => line.startsWith('kept')).length, SIGNALS - SIGNALS / 2 - 1);
  });

  it('cuts off a torn end at whichever byte, keeps all before it, and goes on', () => {
    const whole = filled();
    const all = bytes(whole);
    const told = run(whole, 'show');
    // The last entry is the highest equity: 40 bytes of header, 16 of body.
    for (let cut = 1; cut < 56; cut += 3) {
      const files = sandbox(whole);
      writeFileSync(join(files, NAME), all.subarray(0, all.length - cut));
      const shown = run(files, 'show');
      assert.deepEqual(shown.slice(2), told.slice(2), `cut by ${cut}`);
      assert.match(shown[1] ?? '', /peak 0\.00/);
      assert.equal(statSync(join(files, NAME)).size, all.length - 56);
    }
  });

  it('sets a record aside that is damaged in its middle, and begins anew under another instance', () => {
    const whole = filled();
    const before = run(whole, 'show');
    const all = bytes(whole);
    all[Math.floor(all.length / 2)] = (all[Math.floor(all.length / 2)] as number) ^ 0xff;
    writeFileSync(join(whole, NAME), all);
    const shown = run(whole, 'show');
    assert.equal(shown[0], 'opened 1');
    assert.equal(shown.length, 2);
    assert.notEqual(shown[1]?.split(' ')[1], before[1]?.split(' ')[1]);
    assert.deepEqual(readFileSync(join(whole, `${NAME}.damaged`)), all);
    assert.deepEqual(run(whole, 'show').slice(1), shown.slice(1));
  });

  it('is the same after it was written anew', () => {
    const files = filled();
    const told = run(files, 'show');
    const compacted = run(files, 'compact');
    assert.equal(compacted[1], 'compacted 1');
    assert.deepEqual(run(files, 'show').slice(1), told.slice(1));
    assert.deepEqual(readdirSync(files).sort(), [NAME, `${NAME}.lock`]);
  });

  it('forgets what had its end a week ago and is acked, and nothing that is open', () => {
    const files = filled();
    run(files, 'compact', 1_700_000_000_000 + 8 * 86_400_000);
    const left = run(files, 'show').filter((line) => line.startsWith('signal'));
    const open = left.filter((line) => / told 0 /.test(line) || / told 1 5 /.test(line));
    assert.equal(open.length, 1 + Math.floor((SIGNALS - 1) / 5));
    // The other ones that stay wait for their ack.
    assert.ok(left.length < SIGNALS && left.length > open.length);
    for (const line of left.filter((one) => !open.includes(one))) {
      const number = Number.parseInt(line.slice(-80).match(/-([0-9a-f]{12}) /)?.[1] ?? '0', 16);
      assert.ok(number > SIGNALS / 2, line);
      assert.match(line, /^signal \S+ 1 /, 'with the signal itself');
    }
  });

  it('takes the new file where a crash came before the old one was replaced, and drops one that is not whole', () => {
    const files = filled();
    run(files, 'compact');
    const [compact, told] = [bytes(files), run(files, 'show')];
    rmSync(join(files, NAME));
    writeFileSync(join(files, `${NAME}.new`), compact);
    assert.deepEqual(run(files, 'show'), told);
    writeFileSync(join(files, `${NAME}.new`), compact.subarray(0, compact.length - 1));
    assert.deepEqual(run(files, 'show'), told);
    assert.equal(existsSync(join(files, `${NAME}.new`)), false);
  });

  it('writes again what a full disk did not take', () => {
    const files = filled();
    const lines = run(files, 'fail');
    assert.deepEqual(
      lines.filter((line) => line.startsWith('flushed')),
      ['flushed 0', 'flushed 1'],
    );
    assert.equal(run(files, 'show')[0], 'opened 0');
    assert.equal(run(files, 'show').filter((line) => line.startsWith('signal')).length, SIGNALS + 2);
  });

  it('is opened by one EA at a time', () => {
    assert.ok(run(filled(), 'twice').includes('second 2'));
  });
});
