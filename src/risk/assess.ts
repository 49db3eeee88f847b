import { assert } from '../runtime/assert.js';
import type { Direction } from '../signals/signal.js';
import type { OrderPrices } from './broker-price.js';
import { CHECKS } from './checks.js';
import type { RefusalReason } from './refusal-reason.js';
import type { Figures, OrderDraft, RiskCheck, RiskContext, Verdict } from './risk-check.js';
import type { OrderSize } from './size.js';

/** What an account is to be sent: a decision at its broker's prices, sized for its equity. */
export interface SizedOrder extends OrderPrices, OrderSize {
  /** By what it is priced; to be kept with it. */
  readonly figures: Figures;
  readonly symbol: string;
  readonly brokerName: string;
  readonly direction: Direction;
}

export type Assessment =
  | { readonly ok: true; readonly order: SizedOrder; readonly figures: Figures }
  | { readonly ok: false; readonly reason: RefusalReason; readonly check: string; readonly figures: Figures };

/** Asks every check in turn; the first that refuses decides. Only what opens is assessed: closing is never refused by risk. */
export function assess(context: RiskContext, checks: readonly RiskCheck[] = CHECKS): Assessment {
  const { decision, symbol } = context;
  assert(decision.kind === 'OPEN', 'only a decision that opens is assessed');
  const draft: OrderDraft = {};
  const verdicts: Verdict[] = [];
  for (const check of checks) {
    const verdict = check.check(context, draft);
    verdicts.push(verdict);
    if (!verdict.ok) return { ok: false, reason: verdict.reason, check: check.name, figures: allFigures(draft, verdicts) };
  }
  const { prices, size, figures } = draft;
  assert(symbol && prices && size && figures, 'the checks work out prices and size');
  const { direction } = decision;
  const order = { symbol: decision.symbol, brokerName: symbol.brokerName, direction, figures, ...prices, ...size };
  return {
    ok: true,
    order,
    // Seldom looked at, and ten thousand accounts may be assessed for one decision.
    get figures() {
      return allFigures(draft, verdicts);
    },
  };
}

/** The prices too, where they were reached. */
function allFigures({ prices }: OrderDraft, verdicts: readonly Verdict[]): Figures {
  return Object.assign({}, prices, ...verdicts.map(({ figures }) => figures)) as Figures;
}
