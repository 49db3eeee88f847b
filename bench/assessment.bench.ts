/**
 * What does it cost to assess one signal for each of 10,000 accounts, with all checks, beside the six that there were before the
 * limits (rights, switch, quote, price, size)? Each account holds two positions of its user's and has a signal under way; exposure
 * by currency and by correlation are limited, so that no check is idle.
 */
import { assess } from '../src/risk/assess.js';
import { modeCheck } from '../src/risk/mode-check.js';
import { priceCheck } from '../src/risk/price-check.js';
import { quoteCheck } from '../src/risk/quote-check.js';
import type { RiskContext } from '../src/risk/risk-check.js';
import { sizeCheck } from '../src/risk/size-check.js';
import { subscriptionCheck } from '../src/risk/subscription-check.js';
import { tradingCheck } from '../src/risk/trading-check.js';
import { AssessedAccount } from '../test/support/assessed-account.js';
import { riskContext } from '../test/support/risk-contexts.js';
import { percentile } from './support/compare.js';

const ACCOUNTS = 10_000;
const ROUNDS = 30;
const BEFORE = [subscriptionCheck, modeCheck, tradingCheck, quoteCheck, priceCheck, sizeCheck];
const LIMITED = {
  currencyExposureMostPercent: 100_000,
  correlatedExposureMostPercent: 100_000,
  leverageMost: 5_000,
  positionsPerSymbolMost: 50,
  marginLevelLeastPercent: 1,
};

function accountsOf(risk: object): readonly AssessedAccount[] {
  return Array.from({ length: ACCOUNTS }, (_, at) => {
    const account = new AssessedAccount({ trading: { risk } });
    account.money({ balance: 9_000 + at, equity: 9_000 + at });
    account.snapshot([
      { position: 901n, volume: 0.1 },
      { position: 902n, volume: 0.2, side: 'SELL' },
    ]);
    const assessed = account.assess();
    if (!assessed.ok) throw new Error(`${assessed.reason} is not what is measured`);
    account.send(assessed);
    return account;
  });
}

function measured(what: string, run: () => number): void {
  const micros: number[] = [];
  for (let round = -5; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    if (run() !== ACCOUNTS) throw new Error(`${what}: not all were sized`);
    if (round >= 0) micros.push(Number(process.hrtime.bigint() - before) / 1_000 / ACCOUNTS);
  }
  micros.sort((one, other) => one - other);
  const shown = [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${percentile(micros, share).toFixed(2)}`).join(', ');
  console.log(`${what}: ${shown} µs an assessment`);
}

const count = (sized: Iterable<boolean>): number => [...sized].filter(Boolean).length;

const usual = accountsOf({});
const limited = accountsOf(LIMITED);
const contexts: readonly RiskContext[] = usual.map(({ book }) => riskContext({ account: { equity: book.finance?.equity ?? 0 } }));

measured('six checks over a context that is there', () => count(contexts.map((context) => assess(context, BEFORE).ok)));
measured('all checks over a context that is there', () => count(contexts.map((context) => assess(context).ok)));
measured('all checks out of the account’s book', () => count(usual.map((account) => account.assess().ok)));
measured('the same with every limit set', () => count(limited.map((account) => account.assess().ok)));
