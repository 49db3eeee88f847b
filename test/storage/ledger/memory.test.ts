import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { accessContract } from '../../contracts/access.contract.js';
import { auditContract } from '../../contracts/audit.contract.js';
import { commandsContract } from '../../contracts/commands.contract.js';
import { historyContract } from '../../contracts/history.contract.js';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { ownModelsContract } from '../../contracts/own-models.contract.js';
import { readsContract } from '../../contracts/reads.contract.js';
import {
  accountId,
  deal,
  everything,
  kinds,
  newCommand,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
} from '../../contracts/ledger-world.js';

async function twin() {
  let ledger = new MemoryLedger();
  return {
    get ledger() {
      return ledger;
    },
    reset: async () => {
      ledger = new MemoryLedger();
    },
    close: () => ledger.close(),
  };
}

ledgerContract('the in-memory twin', twin);
commandsContract('the in-memory twin', twin);

historyContract('the in-memory twin', twin);

ownModelsContract('the in-memory twin', twin);

readsContract('the in-memory twin', twin);
accessContract('the in-memory twin', twin);

auditContract('the in-memory twin', async () => {
  let ledger = new MemoryLedger();
  return {
    get ledger() {
      return ledger;
    },
    reset: async () => {
      ledger = new MemoryLedger();
    },
    withoutAudit: async (work) => {
      ledger = ledger.reopen({
        told: () => {
          throw new Error('the log cannot be written');
        },
      });
      await work();
      ledger = ledger.reopen({});
    },
    close: () => ledger.close(),
  };
});

const BATCH = [
  raise(1, 1),
  raise(2, 1),
  result(newSignal(1, 1), 'EXECUTED'),
  deal(1, '5', 'IN', 0.3, newSignal(1, 1).id),
  refuse(3, 1),
  { kind: 'symbols', accountId: accountId(2), epoch: 0, symbols: [{ brokerName: 'X', symbol: null, details: {} }] },
] as const;

test('a crash at any row of a commit leaves nothing of it, and all of those before', async () => {
  const rowsWritten = async (): Promise<number> => {
    let rows = 0;
    const ledger = new MemoryLedger({
      written: (count) => {
        rows = count;
      },
    });
    await settle(ledger, 3);
    await ledger.commit(BATCH);
    return rows;
  };
  for (let at = 1; at <= (await rowsWritten()); at++) {
    const before = new MemoryLedger();
    await settle(before, 3);
    await before.commit([raise(1, 9)]);
    const state = await everything(before);
    const torn: MemoryLedger = before.reopen({ written: (count) => (count === at ? torn.crash() : undefined) });
    await assert.rejects(torn.commit(BATCH), { code: 'LEDGER_FAILED' });
    await assert.rejects(torn.ping(), { code: 'LEDGER_FAILED' });
    const after = torn.reopen({});
    assert.deepEqual(await everything(after), state, `torn at row ${at}`);
    assert.deepEqual(kinds(await after.commit(BATCH)), ['raised', 'raised', 'stored', 'stored', 'stored', 'symbols']);
  }
});

test('a crash before a commit loses it, and one after loses only the answer', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const early: MemoryLedger = new MemoryLedger({ before: (call) => (call === 'commit' ? gate : undefined) });
  await settle(early, 1);
  const lost = assert.rejects(early.commit([raise(1, 1)]), { code: 'LEDGER_FAILED' });
  const reopened = early.reopen({});
  open();
  await lost;
  assert.deepEqual(await reopened.listSignals(), { rows: [] });

  const late: MemoryLedger = reopened.reopen({ after: (call) => (call === 'commit' ? late.crash() : undefined) });
  await assert.rejects(late.commit([raise(1, 1)]), { code: 'LEDGER_FAILED' });
  assert.deepEqual(kinds(await late.reopen({}).commit([raise(1, 1)])), ['exists']);
});

test('a hook that throws fails the call with nothing stored', async () => {
  const ledger = new MemoryLedger();
  await settle(ledger, 2);
  const state = await everything(ledger);
  let failing = true;
  const shaky = ledger.reopen({
    before: (call) => {
      if (failing && call === 'commit') throw new Error('no disk');
    },
  });
  await assert.rejects(shaky.commit([raise(1, 1)]), { code: 'LEDGER_FAILED', message: /no disk/ });
  assert.deepEqual(await everything(shaky), state);
  failing = false;
  assert.deepEqual(kinds(await shaky.commit([raise(1, 1)])), ['raised']);
});

test('what the caller does to its objects afterwards does not reach the ledger', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (value) => {
      const ledger = new MemoryLedger();
      await settle(ledger, 1);
      const parts = { technical: value };
      const [raised] = await ledger.commit([raise(1, 1, { parts })]);
      parts.technical = value + 1;
      if (raised?.kind === 'raised') Object.assign(raised.row, { score: -1 });
      const { rows } = await ledger.listSignals();
      assert.deepEqual([rows[0]?.parts.technical, rows[0]?.score], [value, 71.5]);
    }),
    { numRuns: 20 },
  );
});

test('after a restore nobody knows what became of what was sent, signal or command; what had its end keeps it', async () => {
  const ledger = new MemoryLedger();
  await settle(ledger, 2);
  await ledger.commit([raise(1, 1), raise(1, 2), result(newSignal(1, 2), 'REJECTED')]);
  const head = { accountId: accountId(1), epoch: 0 };
  const asked = (number: number, state: 'PENDING' | 'SENT') =>
    ({ ...head, kind: 'command', command: newCommand(1, number, { state }) }) as const;
  const ended = {
    ...head,
    kind: 'command-transition',
    commandId: newCommand(1, 3).id,
    from: ['PENDING'],
    to: 'CANCELLED',
  } as const;
  await ledger.commit([asked(1, 'PENDING'), asked(2, 'SENT'), asked(3, 'PENDING'), { ...ended, said: null, atMs: START_MS }]);
  const atMs = START_MS + 60_000;
  const restored = MemoryLedger.restored(ledger.backup(), { madeAtMs: START_MS, atMs });
  const { rows: signals } = await restored.listSignals();
  assert.deepEqual(signals.map(({ state }) => state).sort(), ['REJECTED', 'UNKNOWN']);
  const { rows: commands } = await restored.listCommands();
  assert.deepEqual(commands.map(({ state }) => state).sort(), ['CANCELLED', 'UNKNOWN', 'UNKNOWN']);
  const { rows: told } = await restored.listAudit();
  const doubted = told.filter(({ kind }) => kind.endsWith('.unknown')).map(({ kind }) => kind);
  assert.deepEqual(doubted.sort(), ['command.unknown', 'command.unknown', 'signal.unknown']);
});
