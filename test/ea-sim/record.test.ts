import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { type EaRecord, MemoryRecordStore, type RecordEntry, type RecordStore, summarise } from '../../src/ea-sim/record.js';
import { FileRecord, FileRecordStore } from '../../src/ea-sim/record-file.js';
import type { ResultMessage } from '../../src/protocol/messages.js';
import { commandMessage, signalMessage } from './scripted-server.js';
import { idOf } from './world.js';

const folder = mkdtempSync(join(tmpdir(), 'suho-record-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.record`);
const instance = (): string => 'f'.repeat(32);

function resultMessage(id: string, attempt: number, outcome: ResultMessage['outcome']): ResultMessage {
  return {
    kind: 'RESULT',
    id,
    subject: 'SIGNAL',
    outcome,
    attempt,
    requestedVolume: 0.5,
    filledVolume: 0,
    price: 0,
    retcode: 0,
    externalRetcode: 0,
    order: 2n ** 60n + 1n,
    position: 0n,
    receivedUs: 1,
    sentUs: 2,
    doneUs: 3,
    deals: [2n ** 63n + 7n],
    sentence: 'two\nlines, "quoted" 12n',
  };
}

const some: readonly RecordEntry[] = [
  { kind: 'signal', message: signalMessage(idOf(1), { validUntilMs: 5 }), atMs: 1 },
  { kind: 'intent', id: idOf(1), atMs: 2, volume: 0.5 },
  { kind: 'kept', number: 1, message: resultMessage(idOf(1), 1, 'UNKNOWN') },
  { kind: 'kept', number: 2, message: resultMessage(idOf(1), 2, 'EXECUTED') },
  { kind: 'acked', number: 1, dealsWhole: true },
  { kind: 'command', message: commandMessage(idOf(9), { action: 'CLOSE_ALL' }), atMs: 3 },
  { kind: 'closing', id: idOf(9), atMs: 4, targets: [{ position: 2n ** 62n, symbol: 'EURUSD', volume: 0.1 }] },
  { kind: 'cancel', id: idOf(2) },
];

const stores: Readonly<Record<string, () => RecordStore>> = {
  'in memory': () => new MemoryRecordStore(instance),
  'on disk': () => new FileRecordStore(newPath(), instance),
};

for (const [where, newStore] of Object.entries(stores)) {
  describe(`an EA's record ${where}`, () => {
    it('remembers after a crash everything that was flushed, and nothing else', () => {
      fc.assert(
        fc.property(fc.nat(some.length), fc.nat(some.length), (flushed, unflushed) => {
          const store = newStore();
          const expected = new MemoryRecordStore(instance).open();
          const record: EaRecord = store.open();
          for (const entry of some.slice(0, flushed)) {
            record.append(entry);
            expected.append(entry);
          }
          record.flush();
          for (const entry of some.slice(flushed, flushed + unflushed)) record.append(entry);
          store.crash();
          assert.deepEqual(store.open().state, expected.state);
          store.crash();
        }),
        { numRuns: 25 },
      );
    });

    it('keeps its instance, and what is not acked', () => {
      const store = newStore();
      const record = store.open();
      for (const entry of some) record.append(entry);
      record.flush();
      store.crash();
      const { state } = store.open();
      assert.equal(state.instance, 'f'.repeat(32));
      assert.deepEqual([...state.kept], [[2, resultMessage(idOf(1), 2, 'EXECUTED')]]);
      assert.deepEqual(
        state.signals.get(idOf(1))?.results.map(({ outcome }) => outcome),
        ['UNKNOWN', 'EXECUTED'],
      );
      assert.equal(state.signals.get(idOf(2))?.cancelled, true);
      assert.equal(state.commands.get(idOf(9))?.closing?.targets[0]?.position, 2n ** 62n);
      store.crash();
    });
  });
}

describe("an EA's record file", () => {
  const written = (): { path: string; bytes: Buffer } => {
    const path = newPath();
    const record = new FileRecord(path, instance);
    for (const entry of some) record.append(entry);
    record.close();
    return { path, bytes: readFileSync(path) };
  };

  it('torn at any byte opens with the whole lines before the tear, and goes on from there', () => {
    const { bytes } = written();
    const path = newPath();
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      writeFileSync(path, bytes.subarray(0, cut));
      const lines = bytes.subarray(0, cut).toString().split('\n').length - 1;
      const record = new FileRecord(path, instance);
      const expected = new MemoryRecordStore(instance).open();
      for (const entry of some.slice(0, Math.max(0, lines - 1))) expected.append(entry);
      assert.deepEqual(record.state, expected.state);
      record.append({ kind: 'cancel', id: idOf(77) });
      record.close();
      const again = new FileRecord(path, instance);
      assert.equal(again.state.signals.get(idOf(77))?.cancelled, true);
      again.close();
    }
  });

  it('whose tail is not its own is cut back', () => {
    const { path, bytes } = written();
    appendFileSync(path, 'deadbeef {"kind":"cancel"}\n\0\0\0\0');
    new FileRecord(path, instance).close();
    assert.deepEqual(readFileSync(path), bytes);
  });

  it('damaged before its tail is refused', () => {
    const { path, bytes } = written();
    bytes.write('I', bytes.indexOf('intent'));
    writeFileSync(path, bytes);
    assert.throws(() => new FileRecord(path, instance), /line 3 of the EA's record .* is damaged/);
  });
});

describe('the summary of a record', () => {
  it('counts orders that traded, not their deals', () => {
    const record = new MemoryRecordStore(instance).open();
    for (const entry of some) record.append(entry);
    const { magic } = signalMessage('', { validUntilMs: 0 });
    const deal = { magic, order: 5n, entry: 'IN', kind: 'BUY' };
    const summaries = summarise(record.state, [deal, deal, { ...deal, entry: 'OUT', order: 6n }]);
    assert.deepEqual(summaries[0], {
      id: idOf(1),
      magic,
      received: true,
      attempts: 1,
      outcome: 'EXECUTED',
      deals: 2,
      executions: 1,
    });
    assert.equal(summarise(record.state, [deal, { ...deal, order: 7n }])[0]?.executions, 2);
    assert.equal(summaries[1]?.received, false);
  });
});
