/**
 * What counts against an account's limits: its positions at the broker, the user's own among them, and every signal of ours
 * that is under way, at its full size. Pure.
 */
import { NO_INSTANCE } from '../protocol/ea-session.js';
import type { Holding, Holdings } from '../risk/holdings.js';
import { isUndecided } from '../signals/signal.js';
import type { SignalRow } from '../storage/ledger/ledger.js';
import type { AccountBook } from './account-book.js';
import type { AccountTerms } from './assessment.js';
import { isOurs, magicOf } from './magic.js';
import type { OpenPosition } from './position-book.js';

const NEAR_LOTS = 1e-9;

type Sized = Pick<SignalRow, 'symbol' | 'direction' | 'entry' | 'fillPrice'>;

function signalHolding(row: Sized, volume: number, book: AccountBook, coming: boolean): Holding {
  const brokerName = book.named(row.symbol)?.brokerName ?? row.symbol;
  const price = row.fillPrice > 0 ? row.fillPrice : row.entry;
  return { brokerName, of: book.held(brokerName), direction: row.direction, volume, price, ours: true, coming };
}

function positionHolding(position: OpenPosition, volume: number, book: AccountBook, ours: boolean): Holding {
  const { brokerName, direction, openPrice } = position;
  return { brokerName, of: book.held(brokerName), direction, volume, price: openPrice, ours, coming: false };
}

/** Lots that our executed signals have in a position; on a netting account several may, and the user too. */
function oursIn(position: OpenPosition, executed: readonly SignalRow[]): number {
  let volume = 0;
  for (const row of executed)
    if (row.position === position.position) volume += row.remainingVolume > 0 ? row.remainingVolume : row.filledVolume;
  return Math.min(volume, position.volume);
}

export function holdingsOf({ account, hello }: AccountTerms, book: AccountBook): Holdings {
  const list: Holding[] = [];
  const executed: SignalRow[] = [];
  const underWay = new Set<bigint>();
  for (const row of book.signals) {
    if (row.kind !== 'OPEN') continue;
    if (isUndecided(row.state)) {
      list.push(signalHolding(row, row.volume, book, true));
      underWay.add(magicOf(account.magicBase, row.seq));
    } else executed.push(row);
  }
  // Several symbols may decide at one close: the second is weighed before the first is a row.
  for (const { symbol, direction, entry, volume } of book.raising.values())
    list.push(signalHolding({ symbol, direction, entry, fillPrice: 0 }, volume, book, true));
  const hedging = hello.marginMode === 'HEDGING';
  for (const position of book.positions.all()) {
    // Filled, and its answer still to come: it counts once, at the size that it was sent with.
    if (hedging && underWay.has(position.magic)) continue;
    const whose = isOurs(position.magic, account.magicBase);
    const ours = hedging ? (whose ? position.volume : 0) : oursIn(position, executed);
    if (ours > NEAR_LOTS) list.push(positionHolding(position, ours, book, true));
    const others = position.volume - ours;
    if (others > NEAR_LOTS) list.push(positionHolding(position, others, book, false));
  }
  for (const row of executed) {
    if (book.positions.get(row.position) !== undefined) continue;
    // Executed, and the broker's report of it still to come; without any such reports, what deals say is left of it.
    const volume = row.remainingVolume > 0 || !book.positions.whole ? row.remainingVolume : row.filledVolume;
    if (volume > NEAR_LOTS) list.push(signalHolding(row, volume, book, book.positions.whole));
  }
  const tells = hello.instance !== NO_INSTANCE;
  return { known: book.positions.whole ? 'all' : tells ? 'not yet' : 'ours', list };
}
