/**
 * Over random histories of an account (decisions, fills, answers that never come, losses, the user's own trades): what is planned
 * never exceeds the limit, and once a limit is reached nothing more is opened. The checker counts for itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PositionRecord } from '../../src/protocol/messages.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { AssessedAccount } from '../support/assessed-account.js';
import { proofCount } from '../support/price-paths.js';

type Step =
  | { readonly kind: 'decide'; readonly score: number; readonly direction: 'BUY' | 'SELL' }
  | { readonly kind: 'fill' | 'reject' | 'close'; readonly which: number }
  | { readonly kind: 'user'; readonly volume: number }
  | { readonly kind: 'market'; readonly floating: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('decide' as const),
        score: fc.integer({ min: 60, max: 100 }),
        direction: fc.constantFrom('BUY' as const, 'SELL' as const),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('fill' as const, 'reject' as const, 'close' as const), which: fc.nat(30) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('user' as const), volume: fc.constantFrom(0.1, 0.5) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('market' as const), floating: fc.integer({ min: -900, max: 300 }) }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 60 },
);

const limits = fc.record({
  riskPercentMost: fc.constantFrom(0.5, 1, 2),
  openPositionsMost: fc.constantFrom(1, 3, 8),
  dailyLossMostPercent: fc.constantFrom(2, 5),
});

interface World {
  readonly account: AssessedAccount;
  readonly sent: SignalRow[];
  readonly open: { readonly position: PositionRecord; readonly row: SignalRow | undefined }[];
  balance: number;
  floating: number;
  dayProfit: number;
}

function tell(world: World): void {
  const { account, open, balance, floating, dayProfit } = world;
  account.snapshot(open.map(({ position }) => position));
  account.money({ balance, equity: balance + floating, floating, dayProfit });
}

function position(ticket: bigint, magic: bigint, volume: number): PositionRecord {
  const plain = {
    symbolId: 1,
    side: 'BUY',
    openPrice: 1.1,
    stopLoss: 0,
    takeProfit: 0,
    profit: 0,
    swap: 0,
    openTimeMs: 1,
  } as const;
  return { position: ticket, magic, volume, symbol: 'EURUSD.m', comment: '', ...plain };
}

/** What the step does to the world, apart from decisions. */
function happen(world: World, step: Exclude<Step, { kind: 'decide' }>, number: number): void {
  const { account, sent, open } = world;
  if (step.kind === 'user') open.push({ position: position(BigInt(9_000 + number), 0n, step.volume), row: undefined });
  else if (step.kind === 'market') world.floating = step.floating;
  else if (step.kind === 'close') {
    const [gone] = open.splice(step.which % Math.max(1, open.length), 1);
    if (gone === undefined) return;
    world.balance += world.floating;
    world.dayProfit += world.floating;
    world.floating = 0;
    if (gone.row !== undefined) account.book.keepSignal({ ...gone.row, state: 'CLOSED' });
  } else if (step.kind === 'fill' || step.kind === 'reject') {
    const [row] = sent.splice(step.which % Math.max(1, sent.length), 1);
    if (row === undefined) return;
    if (step.kind === 'reject') return account.book.keepSignal({ ...row, state: 'REJECTED' });
    const ticket = BigInt(1_000 + row.seq);
    const filled = { ...row, state: 'EXECUTED', position: String(ticket), filledVolume: row.volume, fillPrice: 1.1001 } as const;
    account.book.keepSignal(filled);
    const magic = (BigInt(account.terms.account.magicBase) << 32n) | BigInt(row.seq);
    open.push({ position: position(ticket, magic, row.volume), row: filled });
  }
}

test('planned loss never exceeds the limit, and no new risk is taken once a limit is reached', () => {
  let opened = 0;
  let refused = 0;
  fc.assert(
    fc.property(steps, limits, (history, risk) => {
      const account = new AssessedAccount({
        trading: { risk: { ...risk, weeklyLossMostPercent: null, marginLevelLeastPercent: null } },
      });
      const world: World = { account, sent: [], open: [], balance: 10_000, floating: 0, dayProfit: 0 };
      for (const [number, step] of history.entries()) {
        if (step.kind !== 'decide') {
          happen(world, step, number);
          tell(world);
          continue;
        }
        const { score, direction } = step;
        const stops = direction === 'BUY' ? {} : { stopLoss: 1.1016, takeProfit: 1.098 };
        const assessed = account.assess({ score, direction, ...stops });
        const equity = world.balance + world.floating;
        const lost = (-100 * (world.dayProfit + world.floating)) / (world.balance - world.dayProfit);
        const held = world.sent.length + world.open.length;
        if (!assessed.ok) {
          refused += 1;
          continue;
        }
        opened += 1;
        assert.ok(lost < risk.dailyLossMostPercent, `${lost} % is lost already`);
        assert.ok(held < risk.openPositionsMost, `${held} positions are open or under way`);
        const most = (equity * Math.min(2, 1 + (score - 60) / 40, risk.riskPercentMost)) / 100;
        assert.ok(assessed.order.plannedLoss <= most * (1 + 1e-9), `${assessed.order.plannedLoss} planned of ${most}`);
        const { entryLow, entryHigh, stopLoss, volume } = assessed.order;
        const worst = direction === 'BUY' ? entryHigh - stopLoss : stopLoss - entryLow;
        assert.ok(worst * 100_000 * volume <= most * (1 + 1e-6), 'also as the broker would book it');
        world.sent.push(account.send(assessed, { direction }));
      }
    }),
    { numRuns: proofCount(3_000) },
  );
  assert.ok(opened > 100 && refused > 100, `${opened} opened, ${refused} refused`);
});
