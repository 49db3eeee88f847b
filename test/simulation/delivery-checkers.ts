/**
 * What must hold between a ledger and the brokers' own books once nothing goes wrong any more, whatever went wrong before:
 * records may be lost, terminals may have swapped, the ledger may have been restored from a backup. Each answers what it finds.
 */
import type { LedgerBooks } from '../../src/demo/simulated-day.js';
import type { Deal, Position } from '../../src/ea-sim/trading-book.js';
import type { ResultMessage, TradeMessage } from '../../src/protocol/messages.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';

/** A signal as it was once committed, also in a life of the ledger that a restore has ended. */
export interface RaisedOnce {
  readonly id: string;
  readonly magic: bigint;
  readonly kind: SignalRow['kind'];
  /** That a CLOSE closes. */
  readonly position: string;
  /** Its natural key. */
  readonly decision: string;
}

/** What one account's engine, EAs and broker say. */
export interface DeliveryEvidence {
  readonly books: LedgerBooks;
  readonly magicBase: number;
  readonly raised: readonly RaisedOnce[];
  readonly deals: readonly Deal[];
  readonly positions: readonly Position[];
  /** What EAs were told is kept. */
  readonly acked: readonly (ResultMessage | TradeMessage)[];
  readonly restores: number;
  /** Frames that went to somebody whose key was worth nothing. */
  readonly strangers: readonly string[];
  readonly audit: AuditReport;
  /** Of the account's actor: signals and positions that count in its risk. */
  readonly counted: { readonly signals: unknown; readonly positions: unknown };
}

export type DeliveryChecker = (evidence: DeliveryEvidence) => readonly string[];

function ours({ magicBase, deals }: DeliveryEvidence): readonly Deal[] {
  return deals.filter(({ magic, kind }) => kind !== 'BALANCE' && magic >> 32n === BigInt(magicBase));
}

function magicOf({ magicBase }: DeliveryEvidence, seq: number): bigint {
  return (BigInt(magicBase) << 32n) | BigInt(seq);
}

const traded = ({ state }: SignalRow): boolean => state === 'EXECUTED' || state === 'CLOSED';

/** After calm nothing is left open that the broker's book can decide. */
const nothingUndecided: DeliveryChecker = ({ books }) =>
  books.signals.filter(({ state }) => isUndecided(state)).map(({ id, kind, state }) => `${kind} ${id} is still ${state}`);

/** Each number is executed by one order at most, and each decision by one number at most, over all lives of the ledger. */
const oneFillChain: DeliveryChecker = (evidence) => {
  const orders = new Map<bigint, Set<bigint>>();
  for (const { magic, order, entry } of ours(evidence))
    if (entry !== 'OUT') orders.set(magic, (orders.get(magic) ?? new Set()).add(order));
  const decided = new Map<string, number>();
  for (const { magic, decision } of evidence.raised)
    if (orders.has(magic)) decided.set(decision, (decided.get(decision) ?? 0) + 1);
  return [
    ...[...orders].filter(([, made]) => made.size > 1).map(([magic, made]) => `magic ${magic} was executed ${made.size} times`),
    ...[...decided].filter(([, count]) => count > 1).map(([decision, count]) => `${decision} was executed ${count} times`),
  ];
};

/** No number is given twice, in whichever life of the ledger. */
const numbersOnce: DeliveryChecker = ({ raised }) => {
  const ids = new Map<bigint, string>();
  return raised.flatMap(({ id, magic }) => {
    const other = ids.get(magic);
    ids.set(magic, id);
    return other === undefined || other === id ? [] : [`${other} and ${id} have one magic`];
  });
};

/** Numbers run without a gap, but for one at each restore. */
const gapFree: DeliveryChecker = ({ books, restores }) => {
  const seqs = books.signals.map(({ seq }) => seq).sort((a, b) => a - b);
  const gaps = seqs.filter((seq, at) => seq !== (seqs[at - 1] ?? 0) + 1);
  return gaps.length <= restores ? [] : [`numbers: ${seqs}`];
};

/** Every trade that the broker made under our numbers is in the ledger, and belongs to its signal where that is there. */
const everyFillBooked: DeliveryChecker = (evidence) => {
  const { books } = evidence;
  const booked = new Map(books.deals.map((deal) => [deal.deal, deal]));
  const bySeq = new Map(books.signals.map((row) => [magicOf(evidence, row.seq), row]));
  return ours(evidence).flatMap(({ ticket, magic, entry }) => {
    const deal = booked.get(String(ticket));
    if (deal === undefined) return [`deal ${ticket} (${entry}, magic ${magic}) is not in the ledger`];
    const row = bySeq.get(magic);
    return deal.signalId === (row?.id ?? null) ? [] : [`deal ${ticket} belongs to ${row?.id}, not to ${deal.signalId}`];
  });
};

/** The ledger's ends are those of the broker's book: nothing was guessed. */
const endsAreTrue: DeliveryChecker = (evidence) => {
  const held = new Set(evidence.positions.map(({ magic }) => magic));
  const opened = new Set(ours(evidence).flatMap(({ magic, entry }) => (entry === 'OUT' ? [] : [magic])));
  return evidence.books.signals.flatMap((row) => {
    if (row.kind !== 'OPEN' || isUndecided(row.state)) return [];
    const magic = magicOf(evidence, row.seq);
    if (traded(row) !== opened.has(magic))
      return [`${row.id} is ${row.state} (${row.reason}), and ${opened.has(magic) ? 'was' : 'was not'} filled`];
    if (!traded(row)) return [];
    return (row.state === 'EXECUTED') === held.has(magic) ? [] : [`${row.id} is ${row.state}, held: ${held.has(magic)}`];
  });
};

/** A close that the EA made has a CLOSE that says so, or its signal was lost with a restore. */
const closesAreTrue: DeliveryChecker = (evidence) => {
  const { books } = evidence;
  const known = new Set(books.signals.map(({ id }) => id));
  const lost = new Set(
    evidence.raised.filter(({ id, kind }) => kind === 'CLOSE' && !known.has(id)).map(({ position }) => position),
  );
  // One that was refused in the middle says by its deals how much it closed.
  const inPart = new Set(books.executions.filter(({ filledVolume }) => filledVolume > 0).map(({ signalId }) => signalId));
  const says = (row: SignalRow): boolean => row.kind === 'CLOSE' && (traded(row) || inPart.has(row.id));
  const done = new Set(books.signals.filter(says).map(({ position }) => position));
  const whole = books.signals.filter((row) => row.kind === 'CLOSE' && traded(row) && row.filledVolume >= row.volume);
  const asked = new Set(books.signals.filter(({ kind }) => kind === 'CLOSE').map(({ position }) => position));
  const closed = new Set(
    ours(evidence).flatMap(({ position, entry, reason }) => (entry === 'OUT' && reason === 'EXPERT' ? [String(position)] : [])),
  );
  const held = new Set(evidence.positions.map(({ ticket }) => String(ticket)));
  return [
    ...[...closed]
      .filter((at) => asked.has(at) && !done.has(at) && !lost.has(at))
      .map((at) => `${at} was closed, and no CLOSE says so`),
    ...whole.filter(({ position }) => held.has(position)).map(({ id }) => `${id} closed all of its position, and it stands`),
  ];
};

/** A rounding error of lots. */
const NEAR_LOTS = 1e-9;

/** Every command has an end that the broker's book bears out, and a part of a position is closed no more often than it was asked. */
const commandsAreTrue: DeliveryChecker = (evidence) => {
  const { books, positions, deals, restores } = evidence;
  const isOurs = ({ magic }: { readonly magic: bigint }): boolean => magic >> 32n === BigInt(evidence.magicBase);
  const closedBy = (position: string, untilMs: number): number =>
    deals
      .filter((deal) => deal.entry === 'OUT' && deal.reason === 'EXPERT' && String(deal.position) === position)
      .filter(({ timeMs }) => timeMs < untilMs)
      .reduce((sum, { volume }) => sum + volume, 0);
  const allFromMs = Math.min(...books.commands.filter(({ action }) => action === 'CLOSE_ALL').map(({ createdAt }) => createdAt));
  const asked = new Map<string, number>();
  for (const { action, position, volume } of books.commands)
    if (action === 'CLOSE_POSITION') asked.set(position, (asked.get(position) ?? 0) + volume);
  const signalled = new Set(books.signals.filter(({ kind }) => kind === 'CLOSE').map(({ position }) => position));
  const faultOf = ({ id, action, state, position, volume, stopLoss, createdAt }: CommandRow): string | undefined => {
    if (state === 'PENDING' || state === 'SENT') return `${action} ${id} is still ${state}`;
    if (state !== 'EXECUTED') return undefined;
    const held = positions.find(({ ticket }) => String(ticket) === position);
    if (action === 'CLOSE_ALL' && positions.some((one) => isOurs(one) && one.openedMs < createdAt))
      return `${id} closed all, and one of before stands`;
    if (action === 'CLOSE_POSITION' && held !== undefined && closedBy(position, Number.POSITIVE_INFINITY) < volume - NEAR_LOTS)
      return `${id} closed ${volume} of ${position}, and the broker did not`;
    if (action === 'MODIFY' && held !== undefined && held.stopLoss !== stopLoss)
      return `${id} moved the stop to ${stopLoss}, and it is ${held.stopLoss}`;
    return undefined;
  };
  const overdone = restores > 0 ? [] : [...asked].filter(([position]) => !signalled.has(position));
  return [
    ...books.commands.flatMap((row) => faultOf(row) ?? []),
    ...overdone
      .filter(([position, volume]) => closedBy(position, allFromMs) > volume + NEAR_LOTS)
      .map(([position, volume]) => `of ${position} ${closedBy(position, allFromMs)} was closed, and ${volume} asked`),
  ];
};

/** An ack says "kept": what was acked is in the ledger, but for results that a restore has lost. */
const ackedIsStored: DeliveryChecker = ({ books, acked, magicBase, restores }) => {
  const deals = new Set(books.deals.map(({ deal }) => deal));
  const results = new Set(books.executions.map(({ signalId, attempt, outcome }) => `${signalId} ${attempt} ${outcome}`));
  const known = new Set(books.signals.map(({ id }) => id));
  return acked.flatMap((message) => {
    if (message.kind === 'TRADE') {
      const isOurs = message.tradeKind === 'DEAL' && message.magic >> 32n === BigInt(magicBase);
      return !isOurs || deals.has(String(message.deal)) ? [] : [`deal ${message.deal} was acked and is not kept`];
    }
    if (restores > 0 || (message.subject === 'COMMAND' && !known.has(message.id))) return [];
    const key = `${message.id} ${message.attempt} ${message.outcome}`;
    return results.has(key) ? [] : [`result ${key} was acked and is not kept`];
  });
};

/** What the account's actor counts is what ledger and broker hold. */
const riskIsCounted: DeliveryChecker = ({ books, positions, counted }) => {
  const open = books.signals.filter((row) => isUndecided(row.state) || (row.kind === 'OPEN' && row.state === 'EXECUTED'));
  return [
    ...(counted.signals === open.length ? [] : [`${counted.signals} signals are counted, not ${open.length}`]),
    ...(counted.positions === positions.length ? [] : [`${counted.positions} positions are counted, not ${positions.length}`]),
  ];
};

const keysKeepOut: DeliveryChecker = ({ strangers }) => strangers.map((kind) => `${kind} was sent to an EA whose key was ended`);

const auditWhole: DeliveryChecker = ({ audit }) => audit.faults.map(({ what }) => what);

export const DELIVERY_CHECKERS: Readonly<Record<string, DeliveryChecker>> = {
  nothingUndecided,
  oneFillChain,
  numbersOnce,
  gapFree,
  everyFillBooked,
  endsAreTrue,
  closesAreTrue,
  commandsAreTrue,
  ackedIsStored,
  riskIsCounted,
  keysKeepOut,
  auditWhole,
};

export function violationsOf(evidence: DeliveryEvidence): readonly string[] {
  return Object.entries(DELIVERY_CHECKERS).flatMap(([name, check]) => check(evidence).map((found) => `${name}: ${found}`));
}
