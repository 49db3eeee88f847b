/** The terminal's state as messages of suho-2: what the EA tells without being asked, and what it answers with. Pure. */
import {
  type BrokerSymbolRecord,
  type DealRecord,
  type FinanceMessage,
  type HistoryMessage,
  type HistoryOrderRecord,
  NIL_ID,
  type OrderRecord,
  type PositionRecord,
  type SnapshotMessage,
  type SymbolsMessage,
  type TradeMessage,
  type TradeSessionRecord,
} from '../protocol/messages.js';
import type { Broker, BrokerHistory } from './broker.js';
import type { BrokerSymbol } from './broker-terms.js';
import { floatingOf, tickValues } from './margin.js';
import type { Deal, Order, Position } from './trading-book.js';

const RECORDS_A_PAGE = 150;
const DAY_SECONDS = 86_400;
/** Sunday 22:00 to Friday 22:00 UTC, in seconds since Sunday 00:00. */
const WEEK_OPENS = 22 * 3_600;
const WEEK_CLOSES = (5 * 24 + 22) * 3_600;

/** What the reports need besides the broker: numbers of symbols, and whose a magic is. */
export interface Naming {
  idOf(brokerName: string): number;
  signalOf(magic: bigint): string;
}

export function finance(broker: Broker): FinanceMessage {
  const { balance, equity, margin, freeMargin, floating } = broker.account();
  return { kind: 'FINANCE', balance, equity, margin, freeMargin, floating, dayProfit: broker.dayProfit() };
}

function tradeSessions(offsetSeconds: number): TradeSessionRecord[] {
  const sessions: TradeSessionRecord[] = [];
  for (let day = 0; day < 7; day++) {
    // A broker whose clock is ahead of UTC closes its week on Saturday morning.
    const from = Math.max(0, WEEK_OPENS + offsetSeconds - day * DAY_SECONDS);
    const to = Math.min(DAY_SECONDS, WEEK_CLOSES + offsetSeconds - day * DAY_SECONDS);
    if (from < to) sessions.push({ day, fromSeconds: from, toSeconds: to });
  }
  return sessions;
}

function symbolRecord(symbol: BrokerSymbol, broker: Broker, sessions: readonly TradeSessionRecord[]): BrokerSymbolRecord {
  const value = tickValues(symbol, broker.quotes, broker.terms.currency);
  return {
    digits: symbol.digits,
    calculationMode: symbol.calculation,
    tradeMode: symbol.tradeMode,
    executionMode: symbol.execution,
    fillOrKill: symbol.fillings.includes('FOK'),
    immediateOrCancel: symbol.fillings.includes('IOC'),
    bookOrCancel: false,
    point: symbol.point,
    tickSize: symbol.tickSize,
    tickValueProfit: value.profit,
    tickValueLoss: value.loss,
    contractSize: symbol.contractSize,
    volumeMin: symbol.volumeMin,
    volumeMax: symbol.volumeMax,
    volumeStep: symbol.volumeStep,
    volumeLimit: symbol.volumeLimit,
    stopsLevel: symbol.stopsLevel,
    freezeLevel: symbol.freezeLevel,
    brokerName: symbol.name,
    baseCurrency: symbol.base,
    profitCurrency: symbol.profitCurrency,
    marginCurrency: symbol.marginCurrency,
    sessions,
  };
}

/** Cuts a list into pages; an empty list is one empty page. */
function pages<T>(records: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (let at = 0; at < records.length || at === 0; at += RECORDS_A_PAGE) cut.push(records.slice(at, at + RECORDS_A_PAGE));
  return cut;
}

export function symbols(broker: Broker, query: number): SymbolsMessage[] {
  const sessions = tradeSessions(broker.terms.timeOffsetMs / 1_000);
  const records = broker.quotes.symbols.map((symbol) => symbolRecord(symbol, broker, sessions));
  const cut = pages(records);
  return cut.map((part, page) => ({ kind: 'SYMBOLS', query, page, last: page === cut.length - 1, symbols: part }));
}

function positionRecord(position: Position, broker: Broker, naming: Naming): PositionRecord {
  return {
    position: position.ticket,
    magic: position.magic,
    symbolId: naming.idOf(position.symbol),
    side: position.side,
    volume: position.volume,
    openPrice: position.openPrice,
    stopLoss: position.stopLoss,
    takeProfit: position.takeProfit,
    profit: floatingOf(position, broker.quotes, broker.terms.currency),
    swap: 0,
    openTimeMs: position.openedMs + broker.terms.timeOffsetMs,
    symbol: position.symbol,
    comment: position.comment,
  };
}

function orderRecord(order: Order, broker: Broker, naming: Naming): OrderRecord {
  return {
    order: order.ticket,
    magic: order.magic,
    symbolId: naming.idOf(order.symbol),
    orderType: order.side,
    orderState: order.state,
    volume: order.volume,
    remaining: order.remaining,
    price: order.price,
    stopLimit: 0,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    setupTimeMs: order.placedMs + broker.terms.timeOffsetMs,
    expirationMs: 0,
    symbol: order.symbol,
    comment: order.comment,
  };
}

function historyOrderRecord(order: Order, broker: Broker, naming: Naming): HistoryOrderRecord {
  return {
    order: order.ticket,
    position: 0n,
    magic: order.magic,
    symbolId: naming.idOf(order.symbol),
    orderType: order.side,
    orderState: order.state,
    volume: order.volume,
    filledVolume: Math.max(0, order.volume - order.remaining),
    price: 0,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    setupTimeMs: order.placedMs + broker.terms.timeOffsetMs,
    doneTimeMs: order.doneMs + broker.terms.timeOffsetMs,
    symbol: order.symbol,
    comment: order.comment,
  };
}

function dealRecord(deal: Deal, broker: Broker, naming: Naming): DealRecord {
  const balance = deal.kind === 'BALANCE';
  return {
    deal: deal.ticket,
    order: deal.order,
    position: deal.position,
    magic: deal.magic,
    symbolId: balance ? 0 : naming.idOf(deal.symbol),
    tradeKind: balance ? 'BALANCE' : 'DEAL',
    entry: balance ? 'NONE' : deal.entry,
    side: deal.kind === 'BALANCE' ? 'NONE' : deal.kind,
    reason: deal.reason,
    volume: deal.volume,
    price: deal.price,
    stopLoss: deal.stopLoss,
    takeProfit: deal.takeProfit,
    profit: deal.profit,
    commission: deal.commission,
    swap: deal.swap,
    brokerTimeMs: deal.timeMs + broker.terms.timeOffsetMs,
    symbol: deal.symbol,
    comment: deal.comment,
  };
}

export function dealTrade(deal: Deal, remaining: number, broker: Broker, naming: Naming): TradeMessage {
  const { comment: _comment, ...fields } = dealRecord(deal, broker, naming);
  return { kind: 'TRADE', ...fields, signalId: naming.signalOf(deal.magic), remaining };
}

/** A position changed without a deal: its stops moved. */
export function positionTrade(position: Position, broker: Broker, naming: Naming): TradeMessage {
  return {
    kind: 'TRADE',
    tradeKind: 'POSITION',
    entry: 'NONE',
    side: position.side,
    reason: 'EXPERT',
    deal: 0n,
    order: 0n,
    position: position.ticket,
    signalId: naming.signalOf(position.magic),
    symbolId: naming.idOf(position.symbol),
    volume: position.volume,
    remaining: position.volume,
    price: position.openPrice,
    stopLoss: position.stopLoss,
    takeProfit: position.takeProfit,
    profit: 0,
    commission: 0,
    swap: 0,
    magic: position.magic,
    brokerTimeMs: position.changedMs + broker.terms.timeOffsetMs,
    symbol: position.symbol,
  };
}

export interface Asked {
  readonly query: number;
  readonly commandId?: string;
}

/** Positions and orders, or one page that says the terminal cannot know. */
export function snapshot(broker: Broker, naming: Naming, nowMs: number, asked: Asked): SnapshotMessage[] {
  const holdings = broker.holdings();
  const positionPages = pages(holdings?.positions ?? []);
  const orderPages = pages(holdings?.orders ?? []);
  const count = Math.max(positionPages.length, orderPages.length);
  return Array.from({ length: count }, (_none, page) => ({
    kind: 'SNAPSHOT',
    query: asked.query,
    page,
    last: page === count - 1,
    completeness: holdings ? 'COMPLETE' : 'UNKNOWN',
    commandId: asked.commandId ?? NIL_ID,
    brokerTimeMs: nowMs + broker.terms.timeOffsetMs,
    positions: (positionPages[page] ?? []).map((position) => positionRecord(position, broker, naming)),
    orders: (orderPages[page] ?? []).map((order) => orderRecord(order, broker, naming)),
  }));
}

/** Orders and deals done in [fromMs, toMs) of the broker's clock, or one page that says the terminal cannot know. */
export function historyPages(
  found: BrokerHistory | undefined,
  broker: Broker,
  naming: Naming,
  range: { readonly fromMs: number; readonly toMs: number },
  asked: Asked,
): HistoryMessage[] {
  const orderPages = pages(found?.orders ?? []);
  const dealPages = pages(found?.deals ?? []);
  const count = Math.max(orderPages.length, dealPages.length);
  return Array.from({ length: count }, (_none, page) => ({
    kind: 'HISTORY',
    query: asked.query,
    page,
    last: page === count - 1,
    completeness: found ? 'COMPLETE' : 'UNKNOWN',
    commandId: asked.commandId ?? NIL_ID,
    ...range,
    orders: (orderPages[page] ?? []).map((order) => historyOrderRecord(order, broker, naming)),
    deals: (dealPages[page] ?? []).map((deal) => dealRecord(deal, broker, naming)),
  }));
}

/** Asks the broker for [fromMs, toMs) of its own clock. */
export function historyBetween(broker: Broker, fromMs: number, toMs: number): BrokerHistory | undefined {
  const offset = broker.terms.timeOffsetMs;
  return broker.history({ sinceMs: fromMs - offset, untilMs: toMs - offset - 1 });
}
