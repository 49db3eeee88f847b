/** All that an account's actor shows of itself where it alone is asked about: session, sequence, money, risk, positions, signals. */
import type { AccountDesk } from './account-desk.js';

type Shown = Readonly<Record<string, unknown>>;

const SHOWN_MOST = 500;

function sessionOf({ session, context }: AccountDesk): Shown | null {
  if (session === undefined) return null;
  const { id, isOpen, epoch, instance, remoteAddress, startedMs, pending, unacked, synchronisedSinceMs, tellsTrades } = session;
  const nowMs = context.clock.nowMs();
  const synchronisedForMs = synchronisedSinceMs === undefined ? undefined : context.clock.steadyMs() - synchronisedSinceMs;
  return {
    id,
    open: isOpen,
    epoch,
    instance,
    address: remoteAddress,
    startedMs,
    ageMs: nowMs - startedMs,
    synchronisedSinceMs: synchronisedForMs === undefined ? null : Math.round(nowMs - synchronisedForMs),
    profile: tellsTrades ? 'suho-2' : 'suho-1',
    // Frames that came and wait for their commit, and those that the EA has not acked.
    sequence: { pending, unacked },
  };
}

function riskOf({ book, terms, options, context }: AccountDesk): Shown {
  const { finance, losses } = book;
  return {
    drawdownPercent: options.drawdown?.(options.accountId) ?? null,
    dailyLossPercent: finance === undefined ? null : losses.dailyPercent(finance),
    weeklyLossPercent: finance === undefined ? null : losses.weeklyPercent(finance, context.clock.nowMs()),
    disabled: terms?.account.disabled ?? null,
    stopped: options.shared().stopped,
  };
}

function positionsOf({ book }: AccountDesk): readonly Shown[] | null {
  if (!book.positions.whole) return null;
  return [...book.positions.all()].slice(0, SHOWN_MOST).map(({ magic, ...position }) => ({ ...position, magic: String(magic) }));
}

export function accountView(desk: AccountDesk): Shown {
  const { kind: _, ...finance } = desk.book.finance ?? { kind: 'FINANCE' };
  return {
    session: sessionOf(desk),
    finance: desk.book.finance === undefined ? null : finance,
    risk: riskOf(desk),
    positions: positionsOf(desk),
    signals: [...desk.book.signals].slice(0, SHOWN_MOST).map((row) => ({
      id: row.id,
      seq: row.seq,
      symbol: row.symbol,
      kind: row.kind,
      direction: row.direction,
      state: row.state,
    })),
  };
}
