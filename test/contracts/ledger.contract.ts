import { systemClock } from '../../src/runtime/clock.js';
/** What every ledger does, by cases worked out by hand. Run over each implementation; `reset` empties it between tests. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { SuhoError } from '../../src/errors.js';
import { LIMITS } from '../../src/limits.js';
import type { AccountRow, Ledger, OpResult, SignalRow, LedgerOp } from '../../src/storage/ledger/ledger.js';
import {
  accountId,
  all,
  deal,
  everything,
  hello,
  keyHash,
  kinds,
  madeOf,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  transition,
  uuid,
} from './ledger-world.js';

export interface LedgerUnderTest {
  /** As it is after the newest `reset`. */
  readonly ledger: Ledger;
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const coded = (code: string) => (error: unknown) => error instanceof SuhoError && error.code === code;

export function ledgerContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`the ledger's contract on ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const ledgerTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 4);
        await body();
      });
    };

    const signalOf = async (id: string): Promise<SignalRow> => {
      const found = (await all((next) => ledger.listSignals(next))).find((row) => row.id === id);
      assert.ok(found, `signal ${id} is in the ledger`);
      return found;
    };

    ledgerTest('numbers an account’s signals from 1 and gives a repeated decision its first row', async () => {
      const [first, second] = await ledger.commit([raise(1, 1), raise(1, 2)]);
      assert.deepEqual(first, {
        kind: 'raised',
        row: {
          ...newSignal(1, 1),
          seq: 1,
          reason: null,
          filledVolume: 0,
          remainingVolume: 0,
          fillPrice: 0,
          updatedAt: newSignal(1, 1).createdAt,
        },
      });
      assert.equal(second?.kind === 'raised' && second.row.seq, 2);
      const again = await ledger.commit([
        raise(1, 2, { id: uuid(9, 9), score: 99, direction: 'SELL' }),
        raise(1, 3),
        raise(1, 3, { id: uuid(9, 8) }),
        raise(1, 3, { kind: 'CLOSE', id: uuid(9, 7) }),
        raise(2, 3),
      ]);
      assert.deepEqual(kinds(again), ['exists', 'raised', 'exists', 'raised', 'raised']);
      assert.deepEqual(again[0], { kind: 'exists', row: second?.kind === 'raised' ? second.row : undefined });
      const rows = await all((next) => ledger.listSignals(next));
      assert.deepEqual(
        rows.map(({ accountId: owner, seq, closeTime, kind }) => [owner, seq, closeTime, kind]),
        [
          [accountId(1), 1, START_MS + 900_000, 'OPEN'],
          [accountId(1), 2, START_MS + 1_800_000, 'OPEN'],
          [accountId(1), 3, START_MS + 2_700_000, 'OPEN'],
          [accountId(1), 4, START_MS + 2_700_000, 'CLOSE'],
          [accountId(2), 1, START_MS + 2_700_000, 'OPEN'],
        ],
      );
      assert.deepEqual(
        (await ledger.accounts([accountId(1), accountId(2), accountId(3)])).map(({ seq }) => seq),
        [4, 1, 0],
      );
    });

    ledgerTest('answers exists for an id that is taken, with the row only where it is the account’s own', async () => {
      await ledger.commit([raise(1, 1)]);
      const results = await ledger.commit([raise(1, 2, { id: uuid(101, 1) }), raise(2, 2, { id: uuid(101, 1) })]);
      assert.deepEqual(kinds(results), ['exists', 'exists']);
      assert.deepEqual(results[1], { kind: 'exists' });
      assert.deepEqual(
        (await ledger.accounts([accountId(1), accountId(2)])).map(({ seq }) => seq),
        [1, 0],
      );
    });

    ledgerTest(
      'keeps once for all of a tenant’s accounts what a decision was made of, and tells it with each signal',
      async () => {
        const text = '{"score":0.30000000000000004,"said":"ünïcode \\u0000 \\" "}';
        await ledger.commit([
          madeOf(raise(1, 1), text),
          madeOf(raise(3, 1), 'another node’s of the same close, which comes later'),
          madeOf(raise(1, 1, { kind: 'CLOSE', id: uuid(9, 1) }), 'the same close'),
          madeOf(raise(1, 2), 'the next close'),
          madeOf(raise(2, 1), 'another tenant’s'),
          raise(1, 3),
        ]);
        await ledger.commit([madeOf(raise(3, 2), 'the next close, from another commit')]);
        const told = async (id: string) => (await ledger.explained(id))?.lineage;
        assert.deepEqual(await ledger.explained(newSignal(1, 1).id), {
          signal: await signalOf(newSignal(1, 1).id),
          lineage: text,
        });
        assert.equal(await told(newSignal(3, 1).id), text);
        assert.equal(await told(uuid(9, 1)), text);
        assert.equal(await told(newSignal(1, 2).id), 'the next close');
        assert.equal(await told(newSignal(3, 2).id), 'the next close');
        assert.equal(await told(newSignal(2, 1).id), 'another tenant’s');
        assert.equal(await told(newSignal(1, 3).id), null);
        assert.equal(await ledger.explained(uuid(9, 99)), undefined);
        assert.equal(await ledger.explained('no id'), undefined);
      },
    );

    ledgerTest('keeps with each account’s signal by what it was priced, whatever becomes of it', async () => {
      const told = {
        bid: 1.08333,
        ask: 1.08345,
        referenceBid: 1.08331,
        usualBid: 1.25e-5,
        ownReference: true,
        said: 'ünï "code" \\',
      };
      const priced = newSignal(1, 1, { figures: told });
      const [first] = await ledger.commit([
        { ...raise(1, 1), signal: priced } as LedgerOp,
        raise(3, 1),
        raise(1, 2, { figures: {} }),
      ]);
      assert.deepEqual(first?.kind === 'raised' && first.row.figures, told);
      const moved = [result(priced, 'EXECUTED'), deal(1, '5', 'IN', 0.3, priced.id), raise(1, 1, { figures: { bid: 2 } })];
      assert.deepEqual(kinds(await ledger.commit(moved)), ['stored', 'stored', 'exists']);
      assert.deepEqual((await signalOf(priced.id)).figures, told);
      assert.deepEqual((await ledger.explained(priced.id))?.signal.figures, told);
      assert.deepEqual(
        (await signalOf(newSignal(3, 1).id)).figures,
        newSignal(3, 1).figures,
        'another account’s of the same decision',
      );
      assert.deepEqual((await signalOf(newSignal(1, 2).id)).figures, {});
      const claimed = await ledger.claim(hello(1));
      assert.deepEqual(claimed.kind === 'claimed' && claimed.open.map(({ figures }) => figures), [told, {}]);
    });

    ledgerTest('keeps of a signal that was not stored nothing of its decision', async () => {
      await ledger.claim(hello(1));
      assert.deepEqual(kinds(await ledger.commit([madeOf(raise(1, 1), 'fenced')])), ['fenced']);
      await ledger.commit([raise(3, 1)]);
      assert.equal((await ledger.explained(newSignal(3, 1).id))?.lineage, null);
    });

    ledgerTest('refuses a fenced account’s operations alone', async () => {
      await ledger.commit([raise(1, 1), raise(2, 1)]);
      assert.equal((await ledger.claim(hello(1))).kind, 'claimed');
      const old = newSignal(1, 1);
      const results = await ledger.commit([
        raise(1, 2),
        raise(2, 2),
        transition(old, ['SENT'], 'UNKNOWN'),
        result(old, 'EXECUTED'),
        deal(1, '5', 'IN', 0.3, old.id),
        refuse(1, 5),
        { kind: 'symbols', accountId: accountId(1), epoch: 0, symbols: [{ brokerName: 'X', symbol: null, details: {} }] },
        raise(1, 3, {}, 1),
        raise(1, 4, {}, 2),
        raise(77, 1),
      ]);
      const fenced = Array.from({ length: 5 }, () => 'fenced');
      assert.deepEqual(kinds(results), ['fenced', 'raised', ...fenced, 'raised', 'fenced', 'fenced']);
      assert.equal((await signalOf(old.id)).state, 'SENT');
      assert.deepEqual(
        (await all((next) => ledger.listSignals(next))).map(({ id, seq }) => [id, seq]),
        [
          [uuid(101, 1), 1],
          [uuid(101, 3), 2],
          [uuid(102, 1), 1],
          [uuid(102, 2), 2],
        ],
      );
      assert.deepEqual(await ledger.listDeals(), { rows: [] });
      assert.deepEqual(await ledger.listRefusals(), { rows: [] });
      assert.deepEqual(await ledger.listExecutions(), { rows: [] });
    });

    ledgerTest('moves a signal only from a state that was named and only along its life cycle', async () => {
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1, { state: 'PENDING', instance: null })]);
      const tries = await ledger.commit([
        transition(signal, ['SENT'], 'UNKNOWN'),
        transition(signal, ['PENDING'], 'EXECUTED'),
        transition(signal, ['PENDING', 'SENT'], 'SENT', { instance: 'b'.repeat(32), reason: 'connected', atMs: START_MS + 1 }),
        transition(signal, ['PENDING'], 'CANCELLED'),
        transition(signal, ['SENT'], 'PENDING'),
        transition({ id: signal.id, accountId: accountId(2) }, ['SENT'], 'UNKNOWN'),
        transition({ id: uuid(9, 9), accountId: accountId(1) }, ['SENT'], 'UNKNOWN'),
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
      const { state, instance, reason, updatedAt } = await signalOf(signal.id);
      assert.deepEqual(
        { state, instance, reason, updatedAt },
        {
          state: 'SENT',
          instance: 'b'.repeat(32),
          reason: 'connected',
          updatedAt: START_MS + 1,
        },
      );
    });

    ledgerTest('keeps each result once and lets the first that decides move the signal', async () => {
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1)]);
      const told = await ledger.commit([
        result(signal, 'UNKNOWN', { sentence: 'no answer from the trade server' }),
        result(signal, 'EXECUTED', { filledVolume: 0.2, sentence: 'partial' }),
        result(signal, 'EXECUTED', { filledVolume: 0.9 }),
        result(signal, 'REJECTED'),
        result(signal, 'EXECUTED', { attempt: 2 }),
        result({ ...signal, id: uuid(9, 9) }, 'EXECUTED'),
      ]);
      assert.deepEqual(told, [
        { kind: 'stored', state: 'UNKNOWN' },
        { kind: 'stored', state: 'EXECUTED' },
        { kind: 'exists' },
        { kind: 'stored', state: 'EXECUTED' },
        { kind: 'stored', state: 'EXECUTED' },
        { kind: 'missing' },
      ]);
      const { state, filledVolume, fillPrice, remainingVolume, reason, updatedAt } = await signalOf(signal.id);
      assert.deepEqual(
        { state, filledVolume, fillPrice, remainingVolume, reason, updatedAt },
        {
          state: 'EXECUTED',
          filledVolume: 0.2,
          fillPrice: 1.08347,
          remainingVolume: 0,
          reason: 'partial',
          updatedAt: START_MS + 6_000,
        },
      );
      const executions = await all((next) => ledger.listExecutions(next));
      assert.deepEqual(
        executions.map(({ attempt, outcome }) => [attempt, outcome]),
        [
          [1, 'EXECUTED'],
          [1, 'REJECTED'],
          [1, 'UNKNOWN'],
          [2, 'EXECUTED'],
        ],
      );
      const op = result(signal, 'EXECUTED', { filledVolume: 0.2, sentence: 'partial' });
      assert.deepEqual(executions[0], op.kind === 'result' && op.execution);
    });

    ledgerTest('stores what contradicts a final state and leaves the state', async () => {
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1), result(signal, 'REJECTED', { sentence: 'no money' })]);
      assert.deepEqual(await ledger.commit([result(signal, 'EXECUTED'), deal(1, '3', 'IN', 0.3, signal.id)]), [
        { kind: 'stored', state: 'REJECTED' },
        { kind: 'stored', state: 'REJECTED' },
      ]);
      const { state, filledVolume, remainingVolume, reason } = await signalOf(signal.id);
      assert.deepEqual([state, filledVolume, remainingVolume, reason], ['REJECTED', 0, 0.3, 'no money']);
      assert.equal((await ledger.listExecutions()).rows.length, 2);
    });

    ledgerTest('counts remaining volume from deals and closes at zero, however the parts add up in binary', async () => {
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1), result(signal, 'EXECUTED')]);
      const states: unknown[] = [];
      const tell = async (ticket: string, entry: 'IN' | 'OUT' | 'OUT_BY', volume: number): Promise<void> => {
        const [answer] = await ledger.commit([deal(1, ticket, entry, volume, signal.id)]);
        const { state, remainingVolume } = await signalOf(signal.id);
        assert.deepEqual(answer, { kind: 'stored', state });
        states.push([state, remainingVolume]);
      };
      await tell('1', 'IN', 0.1);
      await tell('2', 'IN', 0.57);
      await tell('3', 'OUT', 0.57);
      await tell('4', 'OUT_BY', 0.1);
      assert.deepEqual(states, [
        ['EXECUTED', 0.1],
        ['EXECUTED', 0.67],
        ['EXECUTED', 0.1],
        ['CLOSED', 0],
      ]);
      assert.deepEqual(await ledger.commit([deal(1, '4', 'OUT_BY', 0.1, signal.id)]), [{ kind: 'exists' }]);
    });

    ledgerTest('closes where a deal closed the user’s share of the position too', async () => {
      const signal = newSignal(1, 1);
      const [, , , closed] = await ledger.commit([
        raise(1, 1),
        result(signal, 'EXECUTED'),
        deal(1, '1', 'IN', 0.3, signal.id),
        deal(1, '2', 'OUT', 0.5, signal.id),
      ]);
      assert.deepEqual(closed, { kind: 'stored', state: 'CLOSED' });
      const { state, remainingVolume } = await signalOf(signal.id);
      assert.deepEqual([state, remainingVolume], ['CLOSED', 0]);
    });

    ledgerTest('waits for the deal that opened a position that another has closed', async () => {
      const signal = newSignal(1, 1);
      const [, , before, after] = await ledger.commit([
        raise(1, 1),
        result(signal, 'EXECUTED'),
        deal(1, '2', 'OUT', 0.3, signal.id),
        deal(1, '1', 'IN', 0.3, signal.id),
      ]);
      assert.deepEqual(
        [before, after],
        [
          { kind: 'stored', state: 'EXECUTED' },
          { kind: 'stored', state: 'CLOSED' },
        ],
      );
    });

    ledgerTest('comes to the same whether a signal’s deals or its result come first', async () => {
      const signal = newSignal(1, 1);
      const results = await ledger.commit([
        raise(1, 1),
        deal(1, '1', 'OUT', 0.3, signal.id),
        deal(1, '2', 'IN', 0.3, signal.id),
        result(signal, 'EXECUTED'),
      ]);
      assert.deepEqual(results.slice(1), [
        { kind: 'stored', state: 'SENT' },
        { kind: 'stored', state: 'SENT' },
        { kind: 'stored', state: 'CLOSED' },
      ]);
      const { state, remainingVolume, filledVolume } = await signalOf(signal.id);
      assert.deepEqual([state, remainingVolume, filledVolume], ['CLOSED', 0, 0.3]);
    });

    ledgerTest('reads closed trades of one account, each with its deals alone, in the order of the broker’s time', async () => {
      const ids = [1, 2, 3, 4].map((number) => newSignal(1, number).id);
      const trade = (at: number, ticket: number): LedgerOp[] => [
        raise(1, at),
        result(newSignal(1, at), 'EXECUTED'),
        deal(1, String(ticket + 2), 'OUT', 0.2, ids[at - 1] as string, { brokerTime: START_MS + 9_000 }),
        deal(1, String(ticket + 1), 'OUT', 0.1, ids[at - 1] as string, { brokerTime: START_MS + 9_000 }),
        deal(1, String(ticket + 9), 'IN', 0.3, ids[at - 1] as string, { brokerTime: START_MS + 8_000 }),
      ];
      await ledger.commit([...trade(2, 200), ...trade(1, 100), raise(1, 3), raise(2, 1)]);
      await ledger.commit([result(newSignal(1, 3), 'EXECUTED'), deal(1, '7', 'IN', 0.3, ids[2] as string)]);
      await ledger.commit([deal(2, '300', 'IN', 0.3, newSignal(2, 1).id)]);
      const closed = await ledger.closedTrades(accountId(1), START_MS + 7_500);
      assert.deepEqual(
        closed.map(({ signal, deals }) => [signal.id, signal.state, deals.map(({ deal }) => deal)]),
        [
          [ids[1], 'CLOSED', ['209', '201', '202']],
          [ids[0], 'CLOSED', ['109', '101', '102']],
        ],
      );
      assert.deepEqual(closed[0]?.signal, await signalOf(ids[1] as string));
      assert.deepEqual(await ledger.closedTrades(accountId(1), START_MS + 7_501), []);
      assert.deepEqual(await ledger.closedTrades(accountId(2), 0), []);
      assert.deepEqual(await ledger.closedTrades(uuid(9, 9), 0), []);
      assert.deepEqual(await ledger.closedTrades('no id', 0), []);
    });

    ledgerTest('keeps a user’s own deals, and none for a signal that is not the account’s', async () => {
      await ledger.commit([raise(1, 1)]);
      const results = await ledger.commit([
        deal(2, '18446744073709551615', 'IN', 1, null, { magic: '0' }),
        deal(2, '9', 'IN', 1, uuid(101, 1)),
        deal(1, '18446744073709551615', 'INOUT', 1, uuid(101, 1), { magic: '-5' }),
      ]);
      assert.deepEqual(results, [{ kind: 'stored' }, { kind: 'missing' }, { kind: 'stored', state: 'SENT' }]);
      const op = deal(2, '18446744073709551615', 'IN', 1, null, { magic: '0' });
      const rows = (await ledger.listDeals()).rows;
      assert.deepEqual(rows[1], op.kind === 'deal' && op.deal);
      assert.deepEqual([rows.length, rows[0]?.magic], [2, '-5']);
    });

    ledgerTest('lists deals by ticket as a number', async () => {
      await ledger.commit(['10', '9', '18446744073709551615', '100'].map((ticket) => deal(1, ticket, 'IN', 1, null)));
      assert.deepEqual(
        (await ledger.listDeals()).rows.map((row) => row.deal),
        ['9', '10', '100', '18446744073709551615'],
      );
    });

    ledgerTest('gives a broker’s symbol a permanent number for its account', async () => {
      const describe = (account: number, epoch: number, ...names: [string, string | null, number][]) =>
        ({
          kind: 'symbols',
          accountId: accountId(account),
          epoch,
          symbols: names.map(([brokerName, symbol, tickValue]) => ({
            brokerName,
            symbol,
            details: { tickValue, filling: 'IOC' },
          })),
        }) as const;
      const [first, other] = await ledger.commit([
        describe(1, 0, ['EURUSD.m', 'EURUSD', 1], ['GOLD', null, 0.1]),
        describe(2, 0, ['GOLD', 'XAUUSD', 1]),
      ]);
      const row = (account: number, symbolId: number, brokerName: string, symbol: string | null, tickValue: number) => ({
        accountId: accountId(account),
        symbolId,
        brokerName,
        symbol,
        details: { tickValue, filling: 'IOC' },
      });
      assert.deepEqual(first, {
        kind: 'symbols',
        rows: [row(1, 1, 'EURUSD.m', 'EURUSD', 1), row(1, 2, 'GOLD', null, 0.1)],
      });
      assert.deepEqual(other, { kind: 'symbols', rows: [row(2, 1, 'GOLD', 'XAUUSD', 1)] });
      const [again] = await ledger.commit([
        describe(1, 0, ['USDJPY', 'USDJPY', 5], ['GOLD', 'XAUUSD', 1], ['USDJPY', 'USDJPY', 6]),
      ]);
      assert.deepEqual(again, { kind: 'symbols', rows: [row(1, 3, 'USDJPY', 'USDJPY', 6), row(1, 2, 'GOLD', 'XAUUSD', 1)] });
      const claimed = await ledger.claim(hello(1));
      assert.deepEqual(claimed.kind === 'claimed' && claimed.symbols, [
        row(1, 1, 'EURUSD.m', 'EURUSD', 1),
        row(1, 2, 'GOLD', 'XAUUSD', 1),
        row(1, 3, 'USDJPY', 'USDJPY', 6),
      ]);
    });

    ledgerTest('keeps one refusal a decision, with its figures', async () => {
      assert.deepEqual(kinds(await ledger.commit([refuse(1, 1), refuse(1, 1, { reason: 'later' }), refuse(1, 2)])), [
        'stored',
        'exists',
        'stored',
      ]);
      assert.deepEqual(kinds(await ledger.commit([refuse(1, 1)])), ['exists']);
      const op = refuse(1, 1);
      const { rows } = await ledger.listRefusals();
      assert.equal(rows.length, 2);
      assert.deepEqual(rows[0], op.kind === 'refuse' && op.refusal);
    });

    ledgerTest('hands a claimed account over under a new epoch, with what is open', async () => {
      const signals = [1, 2, 3, 4, 5, 6].map((number) => newSignal(1, number));
      await ledger.commit([
        ...[1, 2, 3, 4, 5, 6].map((number) => raise(1, number, number === 1 ? { state: 'PENDING', instance: null } : {})),
        result(signals[2] as SignalRow, 'UNKNOWN'),
        result(signals[3] as SignalRow, 'EXECUTED'),
        result(signals[4] as SignalRow, 'REJECTED'),
        result(signals[5] as SignalRow, 'EXECUTED'),
        deal(1, '98', 'IN', 0.3, signals[5]?.id as string),
        deal(1, '101', 'OUT', 0.3, signals[5]?.id as string),
        raise(2, 1),
      ]);
      const claimed = await ledger.claim(hello(1, { instance: 'c'.repeat(32) }));
      assert.ok(claimed.kind === 'claimed');
      assert.deepEqual(
        claimed.open.map(({ seq, state }) => [seq, state]),
        [
          [1, 'PENDING'],
          [2, 'SENT'],
          [3, 'UNKNOWN'],
          [4, 'EXECUTED'],
        ],
      );
      assert.equal(claimed.lastDeal, '101');
      const { epoch, instance, login, server, currency, seq } = claimed.account;
      assert.deepEqual(
        { epoch, instance, login, server, currency, seq },
        { epoch: 1, instance: 'c'.repeat(32), login: 5_000_000_001, server: 'Broker-Demo', currency: 'USD', seq: 6 },
      );
      assert.deepEqual(await ledger.accounts([accountId(1)]), [claimed.account]);
      const other = await ledger.claim(hello(3));
      assert.deepEqual(other.kind === 'claimed' && [other.account.epoch, other.open, other.lastDeal], [1, [], null]);
    });

    ledgerTest('a claim counts the signals that were opened since its UTC day began', async () => {
      const { atMs } = hello(1);
      const fromMs = Math.floor(atMs / 86_400_000) * 86_400_000;
      const opened = [fromMs - 1, fromMs, fromMs + 1].map((createdAt, at) => raise(1, at + 1, { createdAt }));
      const closing = newSignal(1, 4, { kind: 'CLOSE', createdAt: fromMs + 2 });
      await ledger.commit([...opened, { kind: 'raise', accountId: accountId(1), epoch: 0, signal: closing }, raise(2, 1)]);
      const claimed = await ledger.claim(hello(1));
      assert.deepEqual(claimed.kind === 'claimed' && claimed.opened, { fromMs, count: 2 });
      const later = await ledger.claim(hello(1, { atMs: fromMs + 86_400_000 }));
      assert.deepEqual(later.kind === 'claimed' && later.opened, { fromMs: fromMs + 86_400_000, count: 0 });
    });

    ledgerTest('a claim sums up what the broker’s days made, and what it took for deals of ours', async () => {
      const signal = newSignal(1, 1);
      const day = Math.floor(START_MS / 86_400_000);
      const at = (days: number): number => (day + days) * 86_400_000 + 5;
      await ledger.commit([
        raise(1, 1),
        raise(3, 1),
        deal(1, '1', 'IN', 0.5, signal.id, { commission: -2, profit: 0, brokerTime: at(-1) }),
        deal(1, '2', 'OUT', 0.25, signal.id, { commission: -1.25, profit: -20, swap: -0.5, brokerTime: at(-1) }),
        deal(1, '3', 'OUT', 0.25, signal.id, { commission: -1, profit: 8, brokerTime: at(0) }),
        deal(1, '4', 'OUT', 1, null, { symbol: 'EURUSD.m', commission: -9, profit: 100, brokerTime: at(0) }),
        deal(1, '5', 'IN', 1, signal.id, { commission: -4, profit: 0, brokerTime: at(-40) }),
        deal(1, '6', 'IN', 1, signal.id, { commission: -400, profit: 0, brokerTime: at(-400) }),
        deal(3, '1', 'OUT', 1, newSignal(3, 1).id, { profit: 1_000, brokerTime: at(0) }),
      ]);
      const claimed = await ledger.claim(hello(1));
      assert.ok(claimed.kind === 'claimed');
      assert.deepEqual(claimed.booked, [
        { day: day - 1, net: -23.75 },
        { day, net: 98 },
      ]);
      assert.deepEqual(claimed.charged, [
        { symbol: 'EURUSD', opening: false, lots: 0.5, commission: -2.25 },
        { symbol: 'EURUSD', opening: true, lots: 1.5, commission: -6 },
      ]);
    });

    ledgerTest('keeps what was set of trading, of a tenant and of an account', async () => {
      const [north] = await ledger.listTenants();
      assert.deepEqual([north?.trading, north?.stopped], [{}, null]);
      const trading = { risk: { riskPercentMost: 0.7, symbols: ['EURUSD'], hours: null }, exits: { trailing: true } };
      assert.deepEqual(await ledger.updateTenant('north', { trading }, START_MS), { ...north, trading });
      const stopped = { reason: 'the feed is odd', atMs: START_MS + 1, by: 'operator' } as const;
      assert.deepEqual(await ledger.updateTenant('north', { stopped }, START_MS), { ...north, trading, stopped });
      assert.deepEqual((await ledger.updateTenant('north', { name: 'N' }, START_MS))?.stopped, stopped, 'which stays');
      assert.deepEqual(await ledger.updateTenant('north', { stopped: null }, START_MS), { ...north, name: 'N', trading });
      const own = { risk: { openPositionsMost: null } };
      assert.deepEqual((await ledger.setAccountTrading(accountId(1), own, START_MS))?.trading, own);
      assert.deepEqual((await ledger.accounts([accountId(1)]))[0]?.trading, own);
      assert.deepEqual((await ledger.accounts([accountId(3)]))[0]?.trading, {});
      assert.equal(await ledger.setAccountTrading(accountId(77), own, START_MS), undefined);
      const made = {
        id: 'west',
        name: 'W',
        tier: 'pro',
        signalTimeframe: 'M1',
        strategy: 's',
        symbols: [],
        createdAt: 1,
      } as const;
      await ledger.createTenant({ ...made, trading });
      assert.deepEqual((await ledger.listTenants()).at(-1), { ...made, trading, stopped: null });
    });

    ledgerTest('an account stays disabled by what disabled it first, until it is enabled', async () => {
      const breach = { reason: 'daily-loss', atMs: START_MS, by: 'limit' } as const;
      const person = { reason: 'on leave', atMs: START_MS + 5, by: 'operator' } as const;
      assert.deepEqual((await ledger.setAccountDisabled(accountId(1), breach, START_MS))?.disabled, breach);
      assert.deepEqual((await ledger.setAccountDisabled(accountId(1), person, START_MS + 5))?.disabled, breach);
      const claimed = await ledger.claim(hello(1));
      assert.deepEqual(claimed.kind === 'claimed' && claimed.account.disabled, breach);
      assert.equal((await ledger.setAccountDisabled(accountId(1), null, START_MS + 6))?.disabled, null);
      assert.equal((await ledger.setAccountDisabled(accountId(1), null, START_MS + 7))?.disabled, null);
      assert.equal(await ledger.setAccountDisabled(accountId(77), null, START_MS), undefined);
      assert.equal(await ledger.setAccountDisabled('nobody', breach, START_MS), undefined);
    });

    ledgerTest('binds a key at its first use and refuses every other login, server and currency', async () => {
      assert.equal((await ledger.claim(hello(1))).kind, 'claimed');
      for (const change of [{ login: 7 }, { server: 'Broker-Live' }, { currency: 'EUR' }]) {
        assert.deepEqual(await ledger.claim(hello(1, change)), {
          kind: 'bound',
          login: 5_000_000_001,
          server: 'Broker-Demo',
          currency: 'USD',
        });
      }
      assert.deepEqual((await ledger.accounts([accountId(1)]))[0]?.epoch, 1);
      assert.deepEqual(await ledger.claim(hello(77)), { kind: 'missing' });
      assert.deepEqual(await ledger.claim({ ...hello(1), accountId: 'nobody' }), { kind: 'missing' });
    });

    ledgerTest('an account whose ledger never was restored wants no history, and hears of none', async () => {
      const claimed = await ledger.claim(hello(1));
      assert.equal(claimed.kind === 'claimed' && claimed.restored, null);
      const told = { kind: 'history-told', accountId: accountId(1), atMs: START_MS } as const;
      assert.deepEqual(
        kinds(
          await ledger.commit([
            { ...told, epoch: 0 },
            { ...told, epoch: 1 },
          ]),
        ),
        ['fenced', 'stored'],
      );
      const again = await ledger.claim(hello(1));
      assert.equal(again.kind === 'claimed' && again.restored, null);
    });

    ledgerTest('counts takeovers between instances within the window', async () => {
      const { takeoverWindowMs } = LIMITS.session;
      const takeovers = async (instance: string, atMs: number): Promise<number> => {
        const claimed = await ledger.claim(hello(1, { instance: instance.repeat(32), atMs: START_MS + atMs }));
        assert.ok(claimed.kind === 'claimed');
        return claimed.takeovers;
      };
      assert.equal(await takeovers('a', 0), 0);
      assert.equal(await takeovers('a', 10), 0);
      assert.equal(await takeovers('b', 20), 1);
      assert.equal(await takeovers('a', 30), 2);
      assert.equal(await takeovers('a', takeoverWindowMs + 19), 2);
      assert.equal(await takeovers('a', takeoverWindowMs + 20), 1);
      assert.equal(await takeovers('b', 2 * takeoverWindowMs), 1);
    });

    ledgerTest('creates accounts all or none, each with a magic base of its own', async () => {
      const account = (number: number, change = {}) => ({
        id: accountId(number),
        tenantId: 'north',
        mode: 'observe' as const,
        keyHash: keyHash(number),
        suho1Table: null,
        createdAt: START_MS,
        ...change,
      });
      await assert.rejects(ledger.createAccounts([account(10), account(1)]), coded('CONFLICT'));
      await assert.rejects(ledger.createAccounts([account(10), account(11, { keyHash: keyHash(2) })]), coded('CONFLICT'));
      await assert.rejects(ledger.createAccounts([account(10), account(11, { tenantId: 'west' })]), coded('NOT_FOUND'));
      assert.deepEqual(await ledger.accounts([accountId(10), accountId(11)]), []);
      const made = await ledger.createAccounts([account(11), account(10)]);
      assert.deepEqual(
        made.map(({ id, mode, magicBase, epoch, seq, login }) => [id, mode, magicBase, epoch, seq, login]),
        [
          [accountId(11), 'observe', 5, 0, 0, null],
          [accountId(10), 'observe', 6, 0, 0, null],
        ],
      );
      assert.deepEqual(await ledger.createAccounts([]), []);
      assert.deepEqual(await ledger.accounts(['x', accountId(11), uuid(7, 7), accountId(10)]), [made[1], made[0]]);
    });

    ledgerTest('finds an account by the hash of its key, as it stands, and none by another', async () => {
      const claimed = await ledger.claim(hello(2));
      assert.ok(claimed.kind === 'claimed');
      assert.deepEqual(await ledger.accountByKey(keyHash(2), START_MS), claimed.account);
      assert.equal((await ledger.accountByKey(keyHash(3), START_MS))?.id, accountId(3));
      for (const stranger of [keyHash(99), keyHash(2).toUpperCase(), '', "' OR true --"])
        assert.equal(await ledger.accountByKey(stranger, START_MS), undefined);
    });

    const rotate = (key: number, previousUntil: number | null, atMs: number) =>
      ledger.setAccountKey(accountId(1), { kind: 'rotated', keyHash: keyHash(key), previousUntil }, atMs);
    const keysOf = async (): Promise<unknown[]> => {
      const [account] = await ledger.accounts([accountId(1)]);
      const { keyHash: key, previousKeyHash, previousUntil, keyUsedAt, keyRevoked, epoch } = account as AccountRow;
      return [key, previousKeyHash, previousUntil, keyUsedAt, keyRevoked, epoch];
    };
    const byKey = async (key: number, atMs: number): Promise<string | undefined> =>
      (await ledger.accountByKey(keyHash(key), atMs))?.id;

    ledgerTest('a key replaced at once finds nothing, and the session that it let in is fenced', async () => {
      assert.equal((await ledger.claim(hello(1))).kind, 'claimed');
      await ledger.commit([raise(1, 1, {}, 1)]);
      const rotated = await rotate(91, null, START_MS + 1);
      assert.ok(typeof rotated === 'object');
      assert.deepEqual([rotated.keyHash, rotated.epoch, rotated.seq], [keyHash(91), 2, 1]);
      assert.equal(await byKey(1, START_MS + 1), undefined);
      assert.deepEqual(await ledger.accountByKey(keyHash(91), START_MS + 1), rotated);
      assert.deepEqual(kinds(await ledger.commit([raise(1, 2, {}, 1)])), ['fenced']);
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(1) }))).kind, 'missing');
      // The EA comes again with its new key: that is no takeover.
      const again = await ledger.claim(hello(1, { atMs: START_MS + 2, keyHash: keyHash(91) }));
      assert.deepEqual(again.kind === 'claimed' && [again.account.epoch, again.takeovers, again.open.length], [3, 0, 1]);
      const revoked = { kind: 'revoked', keyHash: keyHash(92) } as const;
      assert.equal(await ledger.setAccountKey(accountId(77), revoked, START_MS), undefined);
      assert.equal(await ledger.setAccountKey('nobody', revoked, START_MS), undefined);
      const told = (await all((next) => ledger.listAudit(next))).filter(({ kind }) => kind.startsWith('account.key'));
      assert.deepEqual(
        told.map(({ kind, subject, atMs }) => [kind, subject, atMs]),
        [['account.key-rotated', accountId(1), START_MS + 1]],
      );
    });

    ledgerTest('while an account changes its key two are valid, the older until its time or until it is ended', async () => {
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(1) }))).kind, 'claimed');
      const untilMs = START_MS + 1_000;
      assert.equal(await ledger.setAccountKey(accountId(1), { kind: 'finished' }, START_MS), 'single');
      await rotate(91, untilMs, START_MS + 1);
      assert.deepEqual(await keysOf(), [keyHash(91), keyHash(1), untilMs, null, false, 1], 'the session stands');
      assert.equal(await rotate(93, untilMs, START_MS + 2), 'overlapping');
      assert.equal(await ledger.setAccountKey(accountId(1), { kind: 'finished' }, START_MS + 2), 'unused');
      for (const key of [1, 91]) assert.equal(await byKey(key, untilMs - 1), accountId(1));
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(1), atMs: untilMs - 2 }))).kind, 'claimed');
      assert.deepEqual((await keysOf()).slice(3), [null, false, 2], 'the newer is not in use yet');
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(91), atMs: untilMs - 1 }))).kind, 'claimed');
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(91), atMs: untilMs }))).kind, 'claimed');
      assert.deepEqual((await keysOf()).slice(3), [untilMs - 1, false, 4], 'its first use is kept');
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(1), atMs: untilMs }))).kind, 'missing');
      assert.equal(await byKey(1, untilMs), undefined);
      await rotate(94, untilMs + 500, untilMs);
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(94), atMs: untilMs }))).kind, 'claimed');
      await ledger.setAccountKey(accountId(1), { kind: 'finished' }, untilMs + 1);
      assert.deepEqual(await keysOf(), [keyHash(94), null, null, untilMs, false, 5]);
      assert.equal(await byKey(91, untilMs + 1), undefined);
    });

    ledgerTest('a revoked account lets nobody in, by neither of two keys, until it is given another', async () => {
      await rotate(91, START_MS + 1_000, START_MS);
      await ledger.setAccountKey(accountId(1), { kind: 'revoked', keyHash: keyHash(92) }, START_MS + 1);
      assert.deepEqual(await keysOf(), [keyHash(92), null, null, null, true, 1]);
      for (const key of [1, 91]) {
        assert.equal(await byKey(key, START_MS + 2), undefined);
        assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(key) }))).kind, 'missing');
      }
      await rotate(95, START_MS + 5_000, START_MS + 2);
      assert.deepEqual(await keysOf(), [keyHash(95), null, null, null, false, 1], 'nobody has the key before');
      assert.equal((await ledger.claim(hello(1, { keyHash: keyHash(95) }))).kind, 'claimed');
    });

    ledgerTest('an account is bound anew only while nothing of it can be open at the broker that it is bound to', async () => {
      await ledger.claim(hello(1));
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1, {}, 1)]);
      assert.equal(await ledger.unbindAccount(accountId(1), START_MS), 'held');
      await ledger.commit([transition(signal, ['SENT'], 'EXPIRED', { epoch: 1 })]);
      const unbound = await ledger.unbindAccount(accountId(1), START_MS + 1);
      assert.ok(typeof unbound === 'object');
      assert.deepEqual([unbound.login, unbound.server, unbound.currency, unbound.epoch], [null, null, null, 2]);
      const other = await ledger.claim(hello(1, { login: 7, server: 'Other-Live', currency: 'EUR' }));
      assert.equal(other.kind === 'claimed' && other.account.server, 'Other-Live');
      assert.equal((await ledger.claim(hello(1))).kind, 'bound');
      assert.equal(await ledger.unbindAccount(accountId(77), START_MS), undefined);
      const [told] = (await all((next) => ledger.listAudit(next))).filter(({ kind }) => kind === 'account.unbound');
      assert.deepEqual(JSON.parse(told?.body ?? ''), {
        epoch: 2,
        login: hello(1).login,
        server: 'Broker-Demo',
        currency: 'USD',
      });
    });

    ledgerTest('tells what operators have changed since a number, in order, and nothing else', async () => {
      const { rows, newest } = await ledger.changedAccounts();
      assert.deepEqual([rows, newest], [[], 0]);
      await ledger.claim(hello(3));
      await ledger.setAccountMode(accountId(3), 'live', START_MS);
      await rotate(91, null, START_MS);
      const first = await ledger.changedAccounts(newest);
      assert.deepEqual(
        first.rows.map(({ id, mode }) => [id, mode]),
        [
          [accountId(3), 'live'],
          [accountId(1), 'demo'],
        ],
      );
      assert.deepEqual(first.rows, await Promise.all([3, 1].map(async (at) => (await ledger.accounts([accountId(at)]))[0])));
      await ledger.unbindAccount(accountId(3), START_MS);
      const second = await ledger.changedAccounts(first.newest);
      assert.deepEqual(
        second.rows.map(({ id }) => id),
        [accountId(3)],
      );
      assert.deepEqual(await ledger.changedAccounts(second.newest), { rows: [], newest: second.newest });
      assert.equal((await ledger.changedAccounts()).newest, second.newest);
    });

    ledgerTest('tells which tenants were made or changed since a number, in order', async () => {
      const { rows, newest } = await ledger.changedTenants();
      assert.deepEqual(rows, []);
      const [first, second] = (await ledger.listTenants()).map(({ id }) => id);
      assert.ok(first !== undefined && second !== undefined);
      await ledger.updateTenant(second, { name: 'another name' }, START_MS);
      await ledger.updateTenant(first, { stopped: { reason: 'a test', atMs: START_MS, by: 'operator' } }, START_MS);
      const one = { id: 'late', name: 'Late', tier: 'basic', signalTimeframe: 'M15', strategy: 's-1' } as const;
      await ledger.createTenant({ ...one, symbols: ['EURUSD'], createdAt: START_MS });
      const changed = await ledger.changedTenants(newest);
      assert.deepEqual(
        changed.rows.map(({ id }) => id),
        [second, first, 'late'],
      );
      const listed = await ledger.listTenants();
      for (const row of changed.rows)
        assert.deepEqual(
          row,
          listed.find(({ id }) => id === row.id),
        );
      assert.deepEqual(await ledger.changedTenants(changed.newest), { rows: [], newest: changed.newest });
      assert.equal((await ledger.changedTenants()).newest, changed.newest);
    });

    ledgerTest('keeps one emergency stop, changed by whoever names the change before', async () => {
      const before = await ledger.emergencyStop();
      assert.deepEqual(before, { stopped: null, change: 0 });
      const stopped = { reason: 'a test', atMs: START_MS, by: 'operator' } as const;
      const [one, other] = await Promise.all([
        ledger.setEmergencyStop(stopped, before.change),
        ledger.setEmergencyStop({ ...stopped, reason: 'another' }, before.change),
      ]);
      const standing = await ledger.emergencyStop();
      assert.equal(standing.change, 1);
      assert.ok(standing.stopped?.reason === 'a test' || standing.stopped?.reason === 'another');
      assert.ok(
        [one, other].every(({ change }) => change === 1),
        'both are answered how it stands',
      );
      assert.deepEqual(await ledger.setEmergencyStop(null, before.change), standing, 'who names an old number changes nothing');
      assert.deepEqual(await ledger.setEmergencyStop(null, standing.change), { stopped: null, change: 2 });
    });

    ledgerTest('takes several accounts at once as it takes each alone', async () => {
      await ledger.claim(hello(2, { login: 9 }));
      await ledger.commit([raise(1, 1), raise(1, 2), raise(3, 1), deal(3, '8', 'IN', 0.1, null)]);
      const asked = [
        hello(3),
        hello(2),
        hello(77),
        hello(1, { instance: 'b'.repeat(32) }),
        hello(4, { keyHash: keyHash(9) }),
        { ...hello(1), accountId: 'nobody' },
      ];
      const answers = await ledger.claimAll(asked);
      assert.deepEqual(
        answers.map((answer) => answer.kind),
        ['claimed', 'bound', 'missing', 'claimed', 'missing', 'missing'],
      );
      const [three, , , one] = answers;
      assert.ok(three?.kind === 'claimed' && one?.kind === 'claimed');
      assert.deepEqual([three.open.length, three.lastDeal, three.opened.count], [1, '8', 1]);
      assert.deepEqual(
        one.open.map(({ seq }) => seq),
        [1, 2],
      );
      assert.deepEqual([one.account.epoch, one.account.instance, one.lastDeal], [1, 'b'.repeat(32), null]);
      assert.deepEqual([one.account], await ledger.accounts([accountId(1)]));
      const told = (await all((next) => ledger.listAudit(next))).filter(({ kind }) => kind === 'account.claimed');
      assert.deepEqual(new Set(told.map(({ subject }) => subject)), new Set([accountId(1), accountId(2), accountId(3)]));
      assert.deepEqual(await ledger.claimAll([]), []);
    });

    ledgerTest('public keys of tokens are kept under their ids until their end, which never moves back', async () => {
      const key = { id: 'k1', publicKey: 'A'.repeat(43), madeAt: START_MS, validUntil: START_MS + 100 };
      await ledger.addTokenKey(key);
      await ledger.addTokenKey({ ...key, publicKey: 'B'.repeat(43) });
      await ledger.addTokenKey({ ...key, id: 'k0', validUntil: START_MS + 50 });
      assert.deepEqual(await ledger.tokenKeys(START_MS + 49), [{ ...key, id: 'k0', validUntil: START_MS + 50 }, key]);
      assert.deepEqual(await ledger.tokenKeys(START_MS + 50), [key]);
      await ledger.endTokenKey('k1', START_MS + 70);
      await ledger.endTokenKey('k1', START_MS + 90);
      assert.deepEqual(await ledger.tokenKeys(START_MS), [
        { ...key, id: 'k0', validUntil: START_MS + 50 },
        { ...key, validUntil: START_MS + 70 },
      ]);
      await ledger.endTokenKey('nobody', START_MS);
    });

    ledgerTest('changes tenants and modes that exist', async () => {
      const [north] = await ledger.listTenants();
      assert.equal(await ledger.createTenant({ ...(north as NonNullable<typeof north>), name: 'Another' }), 'exists');
      assert.deepEqual(await ledger.updateTenant('north', { tier: 'basic', strategy: 'default-2' }, START_MS), {
        ...north,
        tier: 'basic',
        strategy: 'default-2',
      });
      assert.equal(await ledger.updateTenant('west', { tier: 'basic' }, START_MS), undefined);
      assert.deepEqual(
        (await ledger.listTenants()).map(({ id, name, tier }) => [id, name, tier]),
        [
          ['north', 'The north', 'basic'],
          ['south', 'The south', 'pro'],
        ],
      );
      assert.equal((await ledger.setAccountMode(accountId(2), 'live', START_MS))?.mode, 'live');
      assert.equal(await ledger.setAccountMode(accountId(77), 'live', START_MS), undefined);
      assert.equal(await ledger.setAccountMode('nobody', 'live', START_MS), undefined);
      const south = await ledger.listAccounts({ tenantId: 'south' });
      assert.deepEqual(
        south.rows.map(({ id, mode }) => [id, mode]),
        [
          [accountId(2), 'live'],
          [accountId(4), 'demo'],
        ],
      );
    });

    ledgerTest('lists in pages that neither miss nor double a row', async () => {
      const { pageRows, batchRows } = LIMITS.ledger;
      const count = 2 * pageRows;
      for (let first = 1; first <= count; first += batchRows) {
        await ledger.commit(Array.from({ length: batchRows }, (_, at) => raise(1 + ((first + at) % 4), first + at)));
      }
      const page = await ledger.listSignals();
      assert.equal(page.rows.length, pageRows);
      await ledger.commit([raise(1, count + 7), raise(4, count + 7)]);
      const rows = await all((next) => ledger.listSignals(next));
      const expected = [1, 2, 3, 4].flatMap((number) =>
        Array.from({ length: count / 4 + (number % 3 === 1 ? 1 : 0) }, (_, at) => `${accountId(number)} ${at + 1}`),
      );
      assert.deepEqual(
        rows.map((row) => `${row.accountId} ${row.seq}`),
        expected,
      );
      await assert.rejects(ledger.listSignals('nonsense'), coded('INPUT_INVALID'));
    });

    ledgerTest('refuses a malformed operation with its sentence and stores nothing of its batch', async () => {
      const state = await everything(ledger);
      const malformed = [
        raise(1, 2, { entry: Number.NaN }),
        raise(1, 2, { closeTime: 1.5 }),
        raise(1, 2, { id: 'seven' }),
        raise(1, 2, { accountId: accountId(2) }),
        raise(1, 2, { symbol: 'X'.repeat(300) }),
        deal(1, '18446744073709551616', 'IN', 1, null),
        deal(1, '-1', 'IN', 1, null),
        deal(1, '007', 'IN', 1, null),
        result(newSignal(1, 1), 'EXECUTED', { deals: ['1e3'] }),
      ];
      for (const op of malformed) await assert.rejects(ledger.commit([raise(1, 1), op]), coded('INPUT_INVALID'));
      assert.deepEqual(await everything(ledger), state);
    });

    ledgerTest('makes texts storable that a database would refuse', async () => {
      const signal = newSignal(1, 1);
      await ledger.commit([raise(1, 1), result(signal, 'REJECTED', { sentence: 'half \ud83d pair, \0, whole \ud83d\ude00' })]);
      const { rows } = await ledger.listExecutions();
      assert.equal(rows[0]?.sentence, 'half \ufffd pair, \ufffd, whole \ud83d\ude00');
      const claimed = await ledger.claim(hello(2, { server: 'Bro\0ker' }));
      assert.equal(claimed.kind === 'claimed' && claimed.account.server, 'Bro\ufffdker');
    });

    ledgerTest('answers an empty batch and a ping', async () => {
      assert.deepEqual(await ledger.commit([]), []);
      await ledger.ping();
    });

    ledgerTest('tells the time of its machine, and generations that only grow', async () => {
      const beforeMs = systemClock.nowMs();
      const ms = await ledger.clockMs();
      assert.ok(Math.abs(ms - beforeMs) < 60_000, 'it is a machine of here');
      const given = [await ledger.nextGeneration(), ...(await Promise.all([1, 2, 3].map(() => ledger.nextGeneration())))];
      assert.equal(new Set(given).size, given.length, `${given}`);
      assert.ok(given[0] !== undefined && Math.min(...given.slice(1)) > given[0], `${given}`);
      assert.ok(given[0] >= Math.floor(beforeMs / 1_000) - 60, 'no lower than a ledger of before would have given');
    });

    ledgerTest('keeps every finite double exactly', async () => {
      const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 100);
      const raised = await ledger.commit(
        doubles.map((value, at) =>
          raise(1, at + 1, { entry: value, parts: { ml: value }, figures: { bid: value }, score: value / 3 }),
        ),
      );
      const kept = await all((next) => ledger.listSignals(next));
      const told = (rows: readonly SignalRow[]) =>
        rows.map(({ entry, parts, figures, score }) => [entry, parts.ml, figures.bid, score]);
      const expected = doubles.map((value) => [value || 0, value || 0, value || 0, value / 3 || 0]);
      assert.deepEqual(told(kept), expected);
      assert.deepEqual(told(raised.map((answer: OpResult) => (answer as { row: SignalRow }).row)), expected);
    });
  });
}
