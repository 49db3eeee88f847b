import type { AccountTerms } from '../../src/accounts/assessment.js';
import { DEFAULT_TRADING } from '../../src/accounts/trading-settings.js';

/** An account as the ledger has it and as its EA presented it, for who is told of accounts. */
export function accountTerms(tenantId: string, id: string): AccountTerms {
  const [login, server, currency, instance] = [5_001, 'Broker-Demo', 'USD', 'a'.repeat(32)];
  const account = {
    id,
    tenantId,
    mode: 'demo',
    keyHash: '0'.repeat(64),
    previousKeyHash: null,
    previousUntil: null,
    keyUsedAt: null,
    keyRevoked: false,
    magicBase: 1,
    seq: 0,
    epoch: 1,
    login,
    server,
    currency,
    instance,
    suho1Table: null,
    trading: {},
    disabled: null,
    createdAt: 0,
  } as const;
  const hello = {
    kind: 'HELLO',
    versionMin: 2,
    versionMax: 2,
    accountId: id,
    instance,
    login,
    leverage: 100,
    marginMode: 'HEDGING',
    tradeMode: 'DEMO',
    currencyDigits: 2,
    hedging: true,
    fifo: false,
    stopOutMode: 'PERCENT',
    stopOutCall: 100,
    stopOutLevel: 50,
    brokerOffsetSeconds: 7_200,
    eaBuild: 1,
    terminalBuild: 4_000,
    riskPercentMax: 0,
    volumeMax: 0,
    positionsMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    apiKey: '0'.repeat(64),
    server,
    company: 'Broker Ltd',
    currency,
    endpoints: [],
  } as const;
  return { account, hello, trading: DEFAULT_TRADING, stopped: null };
}
