/**
 * What closed trades came to over a span: of one account as a statement, of a tenant's accounts by symbol, hour and broker.
 * Pure. Times are of the broker's clock, as on the broker's own statement; a trade belongs to the span in which it closed.
 * Money of different currencies is never added up.
 */
import type { ClosedTradeRows } from '../storage/ledger/ledger.js';
import { tradeFigures, type TradeFigures } from './closed-trade.js';
import { netOf } from './performance.js';

const HOUR_MS = 3_600_000;

export interface Span {
  readonly fromMs: number;
  /** Not in it. */
  readonly toMs: number;
}

export interface StatedAccount {
  readonly id: string;
  readonly tenantId: string;
  readonly login: number | null;
  readonly server: string | null;
  readonly currency: string | null;
}

export interface Totals {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  readonly volume: number;
  readonly pips: number;
  readonly profit: number;
  readonly commission: number;
  readonly swap: number;
  readonly net: number;
  /** What was won over what was lost; null where nothing was lost. */
  readonly profitFactor: number | null;
  /** The deepest fall of the running sum below the highest it had reached, the start of the span included. */
  readonly drawdown: number;
}

/** The running sum after the trade that closed then. */
export interface CurvePoint {
  readonly atMs: number;
  readonly net: number;
}

export type StatedTrade = TradeFigures & { readonly net: number };

export interface Statement extends Span {
  readonly account: StatedAccount;
  /** In the order in which they closed. */
  readonly trades: readonly StatedTrade[];
  readonly totals: Totals;
  readonly curve: readonly CurvePoint[];
  /** Closed, but their deals do not show both ends: in no sum. */
  readonly incomplete: number;
}

export interface Grouped {
  readonly key: string;
  readonly totals: Totals;
}

export interface CurrencyResults {
  readonly currency: string;
  readonly totals: Totals;
  readonly curve: readonly CurvePoint[];
  readonly bySymbol: readonly Grouped[];
  /** By the hour in which they opened, `00` to `23`. */
  readonly byHour: readonly Grouped[];
  /** By the name of the broker's server. */
  readonly byBroker: readonly Grouped[];
}

function byClose(a: StatedTrade, b: StatedTrade): number {
  return a.time - b.time || (a.tradeId < b.tradeId ? -1 : 1);
}

function curveOf(trades: readonly StatedTrade[]): readonly CurvePoint[] {
  let net = 0;
  return trades.map((trade) => {
    net += trade.net;
    return { atMs: trade.time, net };
  });
}

function drawdownOf(curve: readonly CurvePoint[]): number {
  let highest = 0;
  let deepest = 0;
  for (const { net } of curve) {
    highest = Math.max(highest, net);
    deepest = Math.max(deepest, highest - net);
  }
  return deepest;
}

/** Of trades in the order in which they closed. */
export function totalsOf(trades: readonly StatedTrade[]): Totals {
  const sum = (of: (trade: StatedTrade) => number): number => trades.reduce((total, trade) => total + of(trade), 0);
  const lost = sum(({ net }) => Math.max(0, -net));
  return {
    trades: trades.length,
    wins: trades.filter(({ outcome }) => outcome === 'WIN').length,
    losses: trades.filter(({ outcome }) => outcome === 'LOSS').length,
    volume: sum(({ volume }) => volume),
    pips: sum(({ pips }) => pips),
    profit: sum(({ profit }) => profit),
    commission: sum(({ commission }) => commission),
    swap: sum(({ swap }) => swap),
    net: sum(({ net }) => net),
    profitFactor: lost > 0 ? sum(({ net }) => Math.max(0, net)) / lost : null,
    drawdown: drawdownOf(curveOf(trades)),
  };
}

export function statementOf(account: StatedAccount, rows: readonly ClosedTradeRows[], { fromMs, toMs }: Span): Statement {
  const trades: StatedTrade[] = [];
  let incomplete = 0;
  for (const row of rows) {
    const figures = tradeFigures(row, 0);
    if (figures === undefined) incomplete += 1;
    else if (figures.time >= fromMs && figures.time < toMs) trades.push({ ...figures, net: netOf(figures) });
  }
  trades.sort(byClose);
  return { account, fromMs, toMs, trades, totals: totalsOf(trades), curve: curveOf(trades), incomplete };
}

function grouped(trades: readonly StatedTrade[], keyOf: (trade: StatedTrade) => string): readonly Grouped[] {
  const groups = new Map<string, StatedTrade[]>();
  for (const trade of trades) {
    const key = keyOf(trade);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trade]);
    else group.push(trade);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => ({ key, totals: totalsOf(group) }));
}

/** The hour of the day in which it opened, by the broker's clock. */
function hourOf({ openedAt }: StatedTrade): string {
  return String(Math.floor(openedAt / HOUR_MS) % 24).padStart(2, '0');
}

/** Statements of accounts of one tenant over one span, currency by currency. */
export function resultsOf(statements: readonly Statement[]): readonly CurrencyResults[] {
  const currencies = new Map<string, StatedTrade[]>();
  const servers = new Map<string, string>();
  for (const { account, trades } of statements) {
    servers.set(account.id, account.server ?? '');
    const currency = account.currency ?? '';
    currencies.set(currency, [...(currencies.get(currency) ?? []), ...trades]);
  }
  return [...currencies]
    .filter(([, trades]) => trades.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, unsorted]) => {
      const trades = [...unsorted].sort(byClose);
      return {
        currency,
        totals: totalsOf(trades),
        curve: curveOf(trades),
        bySymbol: grouped(trades, ({ symbol }) => symbol),
        byHour: grouped(trades, hourOf),
        byBroker: grouped(trades, ({ accountId }) => servers.get(accountId) ?? ''),
      };
    });
}
