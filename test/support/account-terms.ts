import type { AccountTerms } from '../../src/accounts/assessment.js';
import { DEFAULT_TRADING } from '../../src/accounts/trading-settings.js';
import { helloMessage } from './ea-messages.js';

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
  const hello = helloMessage({ accountId: id, instance, login, server, currency, apiKey: '0'.repeat(64) });
  return { account, hello, trading: DEFAULT_TRADING, stopped: null };
}
