import { DEFAULT_TRADING, type RiskSettings } from '../../src/accounts/trading-settings.js';
import { rateBetween } from '../../src/risk/money-rates.js';
import type { AccountState, Losses, RiskContext, Surroundings, SymbolSpec } from '../../src/risk/risk-check.js';
import type { Decision } from '../../src/signals/signal.js';

export const NOW_MS = 1_700_000_000_000;

export const EURUSD: SymbolSpec = {
  brokerName: 'EURUSD.m',
  pip: 0.0001,
  digits: 5,
  tickSize: 0.00001,
  tickValueLoss: 1,
  tickValueProfit: 1,
  tickValueAtMs: NOW_MS - 1_000,
  contractSize: 100_000,
  volumeMin: 0.01,
  volumeMax: 50,
  volumeStep: 0.01,
  stopsLevel: 0,
  volumeLimit: 0,
  tradeMode: 'FULL',
  calculation: 'FOREX',
  baseCurrency: 'EUR',
  profitCurrency: 'USD',
  marginCurrency: 'EUR',
  commissionPerLot: 0,
};

export const USDJPY: SymbolSpec = {
  ...EURUSD,
  brokerName: 'USDJPY',
  pip: 0.01,
  digits: 3,
  tickSize: 0.001,
  tickValueLoss: 2 / 3,
  baseCurrency: 'USD',
  profitCurrency: 'JPY',
  marginCurrency: 'USD',
};
export const XAUUSD: SymbolSpec = {
  ...EURUSD,
  brokerName: 'GOLD',
  pip: 0.1,
  digits: 2,
  tickSize: 0.01,
  contractSize: 100,
  baseCurrency: 'XAU',
  marginCurrency: 'XAU',
};

/** Quotes of a moment, without a spread. */
export const PRICES: Readonly<Record<string, number>> = {
  EURUSD: 1.25,
  GBPUSD: 1.5625,
  USDJPY: 150,
  EURGBP: 0.8,
  EURJPY: 187.5,
  GBPJPY: 234.375,
  XAUUSD: 2_300,
};

/** What is known beside an account, by those prices. */
export function surroundings(
  change: Partial<Surroundings> & { readonly prices?: Readonly<Record<string, number>> } = {},
): Surroundings {
  const { prices = PRICES, ...rest } = change;
  const quoteOf = (pair: string) => {
    const price = prices[pair];
    return price === undefined ? undefined : { bid: price, ask: price, timeMs: NOW_MS };
  };
  return { rate: (from, to) => rateBetween(from, to, quoteOf), correlated: () => [], news: () => undefined, ...rest };
}

const ACCOUNT: AccountState = {
  mode: 'demo',
  tradeMode: 'demo',
  marginMode: 'hedging',
  fifo: false,
  currency: 'USD',
  leverage: 100,
  balance: 10_000,
  equity: 10_000,
  margin: 0,
};

const DECISION: Decision = {
  kind: 'OPEN',
  tenantId: 'blue',
  strategy: 'hybrid-1',
  symbol: 'EURUSD',
  timeframe: 'M15',
  closeTime: NOW_MS - 200,
  direction: 'BUY',
  score: 60,
  strength: 'MODERATE',
  parts: { technical: 60 },
  entry: 1.1,
  stopLoss: 1.0985,
  takeProfit: 1.10225,
  validUntil: NOW_MS + 899_800,
};

export interface ContextChange extends Partial<Omit<RiskContext, 'account' | 'decision' | 'settings' | 'losses'>> {
  readonly settings?: Partial<RiskSettings>;
  readonly losses?: Partial<Losses>;
  readonly account?: Partial<AccountState>;
  readonly decision?: Partial<Decision>;
}

/** A context that every check passes, with these changes. */
export function riskContext({ account, decision, settings, losses, ...rest }: ContextChange = {}): RiskContext {
  return {
    nowMs: NOW_MS,
    fridayCloseAt: undefined,
    trading: { stopped: null, disabled: null, historyFull: false },
    holdings: { known: 'all', list: [] },
    surroundings: surroundings(),
    subscribed: new Set(['EURUSD', 'USDJPY']),
    symbol: EURUSD,
    quote: { bid: 1.10003, ask: 1.10015, timeMs: NOW_MS - 300 },
    reference: { bid: 1.1, ask: 1.10008, timeMs: NOW_MS - 250 },
    caps: { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined },
    ...rest,
    settings: { ...DEFAULT_TRADING.risk, ...settings },
    losses: { dailyPercent: 0, weeklyPercent: 0, drawdownPercent: 0, ...losses },
    account: { ...ACCOUNT, ...account },
    decision: { ...DECISION, ...decision },
  };
}
