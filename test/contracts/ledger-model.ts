/**
 * Random histories, run on two ledgers that share no decision: each is the other's oracle, answer by answer and row by row.
 * The universe is small, so that operations meet: the same decision raised twice, results for signals in every state, deals
 * of others' signals, claims that fence what follows.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DealRow, Ledger, LedgerOp, Outcome, SignalRow } from '../../src/storage/ledger/ledger.js';
import { COMMAND_STATES } from '../../src/storage/ledger/commands.js';
import { SIGNAL_STATES } from '../../src/signals/signal.js';
import {
  accountId,
  all,
  command,
  commandResult,
  commandTransition,
  deal,
  everything,
  hello,
  newCommand,
  newSignal,
  raise,
  refuse,
  result,
  START_MS,
  transition,
} from './ledger-world.js';

export const ACCOUNTS = 2;

type Step =
  | { readonly kind: 'commit'; readonly ops: readonly ((epochs: readonly number[]) => LedgerOp)[] }
  | {
      readonly kind: 'claim';
      readonly account: number;
      readonly instance: string;
      readonly login: number;
      readonly atMs: number;
    };

const account = fc.integer({ min: 1, max: ACCOUNTS });
const number = fc.integer({ min: 1, max: 3 });
/** Mostly the account's epoch, sometimes one behind or ahead. */
const drift = fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) });
const volume = fc.constantFrom(0.1, 0.2, 0.3, 0.01, 0.07);
const state = fc.constantFrom(...SIGNAL_STATES);

const raising = fc
  .record({ account, number, drift, sent: fc.boolean(), close: fc.boolean(), swapped: fc.boolean() })
  .map(({ account: of, number: at, drift: by, sent, close, swapped }) => (epochs: readonly number[]): LedgerOp => {
    // Sometimes under an id that another decision may have taken.
    const id = newSignal(swapped ? 1 : of, swapped ? 1 : at + (close ? 100 : 0)).id;
    const change = { id, kind: close ? 'CLOSE' : 'OPEN', state: sent ? 'SENT' : 'PENDING' } as const;
    return raise(of, at, change, (epochs[of] as number) + by);
  });
const refusing = fc.record({ account, number, drift, reason: fc.constantFrom('stale', 'margin') }).map(
  ({ account: of, number: at, drift: by, reason }) =>
    (epochs: readonly number[]): LedgerOp =>
      refuse(of, at, { reason }, (epochs[of] as number) + by),
);
const moving = fc
  .record({ account, owner: account, number, drift, from: fc.array(state, { maxLength: 4 }), to: state, instance: fc.boolean() })
  .map(({ account: of, owner, number: at, drift: by, from, to, instance }) => (epochs: readonly number[]): LedgerOp => {
    const signal = { id: newSignal(owner, at).id, accountId: accountId(of) };
    const more = { epoch: (epochs[of] as number) + by, reason: `to ${to}`, atMs: START_MS + at };
    return transition(signal, from, to, instance ? { ...more, instance: 'd'.repeat(32) } : more);
  });
const telling = fc
  .record({
    account,
    owner: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: account }),
    number,
    drift,
    attempt: fc.integer({ min: 1, max: 2 }),
    outcome: fc.constantFrom<Outcome>('EXECUTED', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN'),
    filledVolume: volume,
    sentence: fc.constantFrom('', 'partial'),
  })
  .map(({ account: of, owner, number: at, drift: by, ...change }) => (epochs: readonly number[]): LedgerOp => {
    const signal = { ...newSignal(of, at), id: newSignal(owner ?? of, at).id };
    const { outcome, ...rest } = change;
    return result(signal, outcome, rest, (epochs[of] as number) + by);
  });
const dealing = fc
  .record({
    account,
    number: fc.option(number),
    drift,
    ticket: fc.integer({ min: 1, max: 60 }),
    entry: fc.constantFrom<DealRow['entry']>('IN', 'IN', 'OUT', 'OUT_BY', 'INOUT'),
    volume,
  })
  .map(({ account: of, number: at, drift: by, ticket, entry, volume: lots }) => (epochs: readonly number[]): LedgerOp => {
    const signalId = at === null ? null : newSignal(of, at).id;
    return deal(of, String(ticket), entry, lots, signalId, {}, (epochs[of] as number) + by);
  });
const describing = fc
  .record({
    account,
    drift,
    names: fc.array(fc.constantFrom('EURUSD.m', 'GOLD', 'US500'), { maxLength: 4 }),
    tickValue: fc.nat(3),
  })
  .map(
    ({ account: of, drift: by, names, tickValue }) =>
      (epochs: readonly number[]): LedgerOp => ({
        kind: 'symbols',
        accountId: accountId(of),
        epoch: (epochs[of] as number) + by,
        symbols: names.map((brokerName) => ({ brokerName, symbol: tickValue === 0 ? null : brokerName, details: { tickValue } })),
      }),
  );

const commanding = fc
  .record({ account, number, drift, cause: number, cancels: fc.boolean(), sent: fc.boolean() })
  .map(({ account: of, number: at, drift: by, cause, cancels, sent }) => (epochs: readonly number[]): LedgerOp => {
    const told = { cause: `cause ${cause}`, state: sent ? 'SENT' : 'PENDING' } as const;
    const change = cancels ? { ...told, action: 'CANCEL_SIGNAL' as const, signalId: newSignal(of, at).id } : told;
    return command(of, at, change, (epochs[of] as number) + by);
  });
const movingCommand = fc
  .record({
    account,
    owner: account,
    number,
    drift,
    from: fc.array(fc.constantFrom(...COMMAND_STATES), { maxLength: 4 }),
    to: fc.constantFrom(...COMMAND_STATES),
    instance: fc.boolean(),
  })
  .map(({ account: of, owner, number: at, drift: by, from, to, instance }) => (epochs: readonly number[]): LedgerOp => {
    const more = { epoch: (epochs[of] as number) + by, said: `to ${to}`, atMs: START_MS + at };
    const named = { id: newCommand(owner, at).id, accountId: accountId(of) };
    return commandTransition(named, from, to, instance ? { ...more, instance: 'd'.repeat(32) } : more);
  });
const answering = fc
  .record({
    account,
    number,
    drift,
    attempt: fc.integer({ min: 1, max: 2 }),
    outcome: fc.constantFrom<Outcome>('EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN', 'UNKNOWN'),
    filledVolume: volume,
    sentence: fc.constantFrom('', 'partial'),
  })
  .map(({ account: of, number: at, drift: by, outcome, ...change }) => (epochs: readonly number[]): LedgerOp => {
    return commandResult(newCommand(of, at), outcome, change, (epochs[of] as number) + by);
  });

const op = fc.oneof(
  { weight: 4, arbitrary: raising },
  { weight: 1, arbitrary: refusing },
  { weight: 3, arbitrary: moving },
  { weight: 4, arbitrary: telling },
  { weight: 4, arbitrary: dealing },
  { weight: 1, arbitrary: describing },
  { weight: 2, arbitrary: commanding },
  { weight: 1, arbitrary: movingCommand },
  { weight: 2, arbitrary: answering },
);
const committing = fc.array(op, { minLength: 4, maxLength: 20, size: 'max' }).map((ops): Step => ({ kind: 'commit', ops }));
const claiming = fc
  .record({
    account,
    instance: fc.constantFrom('a'.repeat(32), 'b'.repeat(32)),
    login: fc.constantFrom(7, 7, 7, 8),
    atMs: fc.integer({ min: 0, max: 900_000 }).map((later) => START_MS + later),
  })
  .map((claim): Step => ({ kind: 'claim', ...claim }));

export const history: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: committing }, { weight: 1, arbitrary: claiming }),
  { minLength: 4, maxLength: 12, size: 'max' },
);

/** Runs the history on both and compares every answer, then all that they hold. */
export async function sameHistory(steps: readonly Step[], one: Ledger, other: Ledger): Promise<void> {
  const epochs = Array.from({ length: ACCOUNTS + 1 }, () => 0);
  for (const step of steps) {
    if (step.kind === 'commit') {
      const ops = step.ops.map((make) => make(epochs));
      assert.deepEqual(await one.commit(ops), await other.commit(ops));
    } else {
      const { account: of, kind: _, ...change } = step;
      const claim = hello(of, change);
      const claimed = await one.claim(claim);
      assert.deepEqual(claimed, await other.claim(claim));
      if (claimed.kind === 'claimed') epochs[of] = claimed.account.epoch;
    }
  }
  assert.deepEqual(await everything(one), await everything(other));
  await checkNumbering(one);
}

/** What must hold of any ledger, whatever the other says: numbers from 1 without gaps, one signal a decision. */
async function checkNumbering(ledger: Ledger): Promise<void> {
  const signals = await all((after) => ledger.listSignals(after));
  const { rows: accounts } = await ledger.listAccounts({});
  for (const { id, seq } of accounts) {
    const own = signals.filter((signal) => signal.accountId === id);
    assert.deepEqual(
      own.map((signal) => signal.seq),
      Array.from({ length: seq }, (_, at) => at + 1),
    );
  }
  const decision = (signal: SignalRow): string =>
    [signal.accountId, signal.strategy, signal.symbol, signal.timeframe, signal.closeTime, signal.kind].join(' ');
  assert.equal(new Set(signals.map(decision)).size, signals.length);
}
