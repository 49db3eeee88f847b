/** What every ledger does with commands, by cases worked out by hand. Run over each implementation. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import {
  accountId,
  all,
  command,
  commandResult,
  commandTransition,
  hello,
  kinds,
  newCommand,
  newSignal,
  raise,
  result,
  settle,
  START_MS,
  uuid,
} from './ledger-world.js';

export function commandsContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`commands on ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const commandsTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 4);
        await body();
      });
    };
    const rowOf = async (id: string): Promise<CommandRow> => {
      const found = (await all((next) => ledger.listCommands(next))).find((row) => row.id === id);
      assert.ok(found, `command ${id} is in the ledger`);
      return found;
    };

    commandsTest(
      'a command comes back as it was told; a second of the same cause is the first, in its account alone',
      async () => {
        const full = {
          action: 'MODIFY',
          scope: 'NONE',
          symbol: 'EURUSD',
          signalId: newSignal(1, 1).id,
          stopLoss: 1.0801,
          takeProfit: 1.09,
          reason: 'break-even: “ünïcode” ',
          askedBy: 'exit',
        } as const;
        const [first] = await ledger.commit([command(1, 1, full)]);
        const row = { ...newCommand(1, 1, full), said: null, results: [], updatedAt: START_MS + 1 };
        assert.deepEqual(first, { kind: 'commanded', command: row });
        assert.deepEqual(await rowOf(row.id), row);
        const again = await ledger.commit([
          command(1, 1, { id: uuid(9, 9), volume: 9 }),
          command(2, 1, { cause: row.cause }),
          command(1, 2),
          command(1, 3, { cause: newCommand(1, 2).cause }),
          command(1, 4, { id: row.id }),
          command(2, 2, { id: row.id }),
        ]);
        assert.deepEqual(kinds(again), ['exists', 'commanded', 'commanded', 'exists', 'exists', 'commanded']);
        assert.deepEqual(again[0], { kind: 'exists', command: row });
        assert.deepEqual(again[3], { kind: 'exists', command: await rowOf(newCommand(1, 2).id) });
        assert.deepEqual(again[4], { kind: 'exists', command: row });
        assert.equal((await all((next) => ledger.listCommands(next))).length, 4);
      },
    );

    commandsTest('a command moves only from a state that was named and only along its life cycle', async () => {
      const made = newCommand(1, 1, { state: 'PENDING', instance: null });
      await ledger.commit([command(1, 1, { state: 'PENDING', instance: null })]);
      const tries = await ledger.commit([
        commandTransition(made, ['SENT'], 'UNKNOWN'),
        commandTransition(made, ['PENDING'], 'EXECUTED'),
        commandTransition(made, ['PENDING'], 'SENT', { instance: 'b'.repeat(32), said: 'its EA came', atMs: START_MS + 9 }),
        commandTransition(made, ['PENDING'], 'EXPIRED'),
        commandTransition(made, ['SENT'], 'PENDING'),
        commandTransition({ ...made, accountId: accountId(3) }, ['SENT'], 'UNKNOWN'),
        commandTransition({ ...made, id: uuid(9, 9) }, ['SENT'], 'UNKNOWN'),
      ]);
      assert.deepEqual(tries, [
        { kind: 'unmoved', state: 'PENDING' },
        { kind: 'unmoved', state: 'PENDING' },
        { kind: 'moved', state: 'SENT' },
        { kind: 'unmoved', state: 'SENT' },
        { kind: 'unmoved', state: 'SENT' },
        { kind: 'missing' },
        { kind: 'missing' },
      ]);
      const { state, instance, said, updatedAt } = await rowOf(made.id);
      assert.deepEqual([state, instance, said, updatedAt], ['SENT', 'b'.repeat(32), 'its EA came', START_MS + 9]);
      await ledger.commit([commandTransition(made, ['SENT'], 'UNKNOWN', { instance: 'c'.repeat(32) })]);
      assert.equal((await rowOf(made.id)).instance, 'b'.repeat(32), 'the instance is that of its sending');
    });

    commandsTest(
      'each result is kept once, the first that decides decides, and one that comes late decides an unknown',
      async () => {
        const made = newCommand(1, 1);
        await ledger.commit([command(1, 1)]);
        const told = await ledger.commit([
          commandResult(made, 'UNKNOWN', { sentence: 'being looked for' }),
          commandResult(made, 'UNKNOWN'),
          commandResult(made, 'EXECUTED', { attempt: 2, sentence: 'closed after all' }),
          commandResult(made, 'REJECTED', { attempt: 3, sentence: 'too late' }),
          commandResult(made, 'EXECUTED', { attempt: 2 }),
          commandResult({ ...made, id: uuid(9, 9) }, 'EXECUTED'),
          commandResult({ ...made, accountId: accountId(3) }, 'EXECUTED'),
        ]);
        assert.deepEqual(told, [
          { kind: 'stored', state: 'UNKNOWN' },
          { kind: 'exists' },
          { kind: 'stored', state: 'EXECUTED' },
          { kind: 'stored', state: 'EXECUTED' },
          { kind: 'exists' },
          { kind: 'missing' },
          { kind: 'missing' },
        ]);
        const row = await rowOf(made.id);
        assert.deepEqual([row.state, row.said, row.updatedAt], ['EXECUTED', 'closed after all', START_MS + 6_000]);
        assert.deepEqual(
          row.results.map(({ attempt, outcome, deals, price }) => [attempt, outcome, deals, price]),
          [
            [1, 'UNKNOWN', [], 0],
            [2, 'EXECUTED', ['18446744073709551614'], 1.08347],
            [3, 'REJECTED', [], 0],
          ],
        );
      },
    );

    commandsTest('results that decide nothing fill a row up to its bound; one that decides still finds room', async () => {
      const made = newCommand(1, 1);
      await ledger.commit([command(1, 1)]);
      const unknown = Array.from({ length: LIMITS.command.results + 3 }, (_, at) =>
        commandResult(made, 'UNKNOWN', { attempt: at + 1 }),
      );
      assert.deepEqual(kinds(await ledger.commit(unknown)), [
        ...Array.from({ length: LIMITS.command.results }, () => 'stored'),
        'exists',
        'exists',
        'exists',
      ]);
      await ledger.commit([commandResult(made, 'EXECUTED', { attempt: 99 })]);
      const { results, state } = await rowOf(made.id);
      assert.deepEqual([results.length, state, results.at(-1)?.attempt], [LIMITS.command.results + 1, 'EXECUTED', 99]);
    });

    commandsTest(
      'a claim fences what was asked before it, and loads what has no end and what calls back an open signal',
      async () => {
        const ops = [
          raise(1, 1),
          raise(1, 2),
          raise(1, 3),
          command(1, 1, { createdAt: START_MS + 50 }),
          command(1, 2, { state: 'PENDING', instance: null, createdAt: START_MS + 40 }),
          command(1, 3),
          command(1, 4, { action: 'CANCEL_SIGNAL', signalId: newSignal(1, 1).id, createdAt: START_MS + 60 }),
          command(1, 5, { action: 'CANCEL_SIGNAL', signalId: newSignal(1, 2).id }),
          command(1, 6, { action: 'CANCEL_SIGNAL', signalId: newSignal(1, 3).id, createdAt: START_MS + 70 }),
          command(1, 7, { action: 'CLOSE_POSITION', signalId: newSignal(1, 1).id }),
          command(3, 1),
        ];
        await ledger.commit(ops);
        const done = [3, 4, 5, 6, 7].map((number) => commandResult(newCommand(1, number), 'REJECTED'));
        await ledger.commit([...done, result(newSignal(1, 2), 'EXPIRED'), result(newSignal(1, 3), 'EXECUTED')]);
        const claimed = await ledger.claim(hello(1));
        assert.ok(claimed.kind === 'claimed');
        assert.deepEqual(
          claimed.commands.map(({ cause, state }) => [cause, state]),
          [
            ['operator:2', 'PENDING'],
            ['operator:1', 'SENT'],
            ['operator:4', 'REJECTED'],
            ['operator:6', 'REJECTED'],
          ],
        );
        const late = await ledger.commit([
          command(1, 8),
          commandTransition(newCommand(1, 1), ['SENT'], 'UNKNOWN'),
          commandResult(newCommand(1, 1), 'EXECUTED'),
        ]);
        assert.deepEqual(kinds(late), ['fenced', 'fenced', 'fenced']);
        assert.deepEqual(kinds(await ledger.commit([commandResult(newCommand(1, 1), 'EXECUTED', {}, 1)])), ['stored']);
      },
    );

    commandsTest('what becomes of a command is told in the audit log, and an operation that changed nothing is not', async () => {
      const made = newCommand(1, 1);
      const asked = [command(1, 1), command(1, 1), commandTransition(made, ['PENDING'], 'SENT')];
      const answered = [
        commandTransition(made, ['SENT'], 'UNKNOWN', { said: 'no result in time' }),
        commandResult(made, 'EXECUTED'),
      ];
      await ledger.commit([...asked, ...answered, commandResult(made, 'EXECUTED')]);
      const told = (await all((next) => ledger.listAudit(next))).filter(({ kind }) => kind.startsWith('command.'));
      assert.deepEqual(
        told.map(({ kind, subject }) => [kind, subject]),
        [
          ['command.asked', made.id],
          ['command.unknown', made.id],
          ['command.result', made.id],
        ],
      );
      const body = JSON.parse(told[0]?.body ?? '{}') as Record<string, unknown>;
      assert.deepEqual([body.askedBy, body.reason, body.position], ['operator', made.reason, made.position]);
    });

    commandsTest('the commands of one account are listed newest first', async () => {
      const times = [5, 9, 7];
      await ledger.commit(times.map((at, number) => command(1, number + 1, { createdAt: START_MS + at })));
      await ledger.commit([command(2, 1)]);
      const rows = await ledger.commandsOf(accountId(1));
      assert.deepEqual(
        rows.map(({ createdAt }) => createdAt - START_MS),
        [9, 7, 5],
      );
      assert.deepEqual(await ledger.commandsOf('no id'), []);
      assert.deepEqual(await ledger.command(accountId(1), newCommand(1, 2).id), rows[0]);
      assert.equal(await ledger.command(accountId(1), newCommand(2, 1).id), undefined);
      assert.equal(await ledger.command(accountId(1), 'no id'), undefined);
    });

    commandsTest('what no database takes is refused at the door, and a NUL in what an EA says is made storable', async () => {
      const bad = [
        command(1, 1, { position: '-1' }),
        command(1, 1, { validUntil: 0.5 }),
        command(1, 1, { id: 'x' }),
        command(1, 1, { signalId: 'x' }),
        command(1, 1, { accountId: accountId(2) }),
        command(1, 1, { cause: 'x'.repeat(300) }),
        commandResult(newCommand(1, 1), 'EXECUTED', { deals: ['x'] }),
        commandResult(newCommand(1, 1), 'EXECUTED', { price: Number.NaN }),
        commandTransition({ ...newCommand(1, 1), id: 'x' }, ['SENT'], 'UNKNOWN'),
      ];
      for (const op of bad) await assert.rejects(ledger.commit([op]), { code: 'INPUT_INVALID' });
      await ledger.commit([command(1, 1), commandResult(newCommand(1, 1), 'REJECTED', { sentence: 'a\0b' })]);
      assert.equal((await rowOf(newCommand(1, 1).id)).said, 'a\ufffdb');
    });
  });
}
