import type { AccountState, RiskContext, SymbolSpec } from '../../src/risk/risk-check.js';
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
  commissionPerLot: 0,
};

export const USDJPY: SymbolSpec = {
  ...EURUSD,
  brokerName: 'USDJPY',
  pip: 0.01,
  digits: 3,
  tickSize: 0.001,
  tickValueLoss: 2 / 3,
};
export const XAUUSD: SymbolSpec = { ...EURUSD, brokerName: 'GOLD', pip: 0.1, digits: 2, tickSize: 0.01, contractSize: 100 };

const ACCOUNT: AccountState = {
  mode: 'demo',
  tradeMode: 'demo',
  marginMode: 'hedging',
  currency: 'USD',
  balance: 10_000,
  equity: 10_000,
  openVolume: 0,
  undecidedVolume: 0,
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

export interface ContextChange extends Partial<Omit<RiskContext, 'account' | 'decision'>> {
  readonly account?: Partial<AccountState>;
  readonly decision?: Partial<Decision>;
}

/** A context that every check passes, with these changes. */
export function riskContext({ account, decision, ...rest }: ContextChange = {}): Omit<RiskContext, 'draft'> {
  return {
    nowMs: NOW_MS,
    trading: { enabled: true, emergencyStop: false, historyFull: false },
    subscribed: new Set(['EURUSD', 'USDJPY']),
    symbol: EURUSD,
    quote: { bid: 1.10003, ask: 1.10015, timeMs: NOW_MS - 300 },
    reference: { bid: 1.1, ask: 1.10008, timeMs: NOW_MS - 250 },
    caps: { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined },
    ...rest,
    account: { ...ACCOUNT, ...account },
    decision: { ...DECISION, ...decision },
  };
}
