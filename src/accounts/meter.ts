/**
 * What each tenant may still have, and what it has had: the tiers' rates held against what was used, and each use counted for
 * the ledger. Pure: time is handed in, and what was used before this run.
 *
 * It survives a kill because it is rebuilt from rows. An account's signals of the day are rows of the ledger before they leave,
 * and each claim counts them: nothing of them is lost, whichever node sent them. A tenant's predictions of the hour are its
 * usage, which is handed over every few seconds. Minutes are over before a node is back.
 */
import type { SpeakerKind } from '../signals/prediction.js';
import type { UsageRow } from '../storage/ledger/history.js';
import { type Allowance, Allowances, type Standing, spanStart, type Wish } from './allowances.js';
import type { CostItem, CostUnits } from './cost-units.js';
import { METERED, type Metered, type TierName, type Tiers } from './tiers.js';
import type { UsageKind } from './usage.js';

export interface MeteredTenant {
  readonly id: string;
  readonly tier: TierName;
}

export interface MeterOptions {
  readonly tiers: Tiers;
  readonly costs: CostUnits;
  /** Where what was used is counted to be kept. */
  readonly count: (tenantId: string, what: UsageKind, amount: number) => void;
}

/** Why an account gets no more signals, beside risk's reasons and what its EA cannot carry. */
export const ALLOWANCE_REASONS = ['signals-used-up'] as const;
export type AllowanceReason = (typeof ALLOWANCE_REASONS)[number];

/** What a tenant has left; `limit` is Infinity where its tier sets none. */
export interface Left extends Standing {
  readonly what: Metered;
  readonly limit: number;
}

/** How many signals that open an account was given since a UTC day began, as the ledger counts them. */
export interface Opened {
  readonly fromMs: number;
  readonly count: number;
}

/** One account of a tenant, as far as its signals are counted. */
interface Holder {
  readonly id: string;
  readonly tenantId: string;
}

/** What the tenant's tier includes of signals, held against what the account was given. */
export interface SignalAllowance {
  /** At a claim: what the ledger counts. */
  opened(account: Holder, opened: Opened, nowMs: number): void;
  /** Asked before each signal that opens. */
  take(account: Holder, nowMs: number): Allowance;
  /** The signal was there already: nothing came of this one. */
  giveBack(account: Holder, nowMs: number): void;
}

export class Meter {
  readonly #options: MeterOptions;
  #costs: CostUnits;
  readonly #allowances = new Allowances();

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#costs = options.costs;
  }

  /** What is used from here on costs so much. */
  charge(costs: CostUnits): void {
    this.#costs = costs;
  }

  /** What tenants used before this run, or on the node that had them before this one. */
  begin(rows: readonly UsageRow[], tenants: ReadonlyMap<string, MeteredTenant>, nowMs: number): void {
    for (const tenant of tenants.values()) {
      const rate = this.#options.tiers.rate(tenant.tier, 'predictions');
      const fromMs = spanStart(nowMs, rate.spanMs);
      const used = rows
        .filter(({ tenantId, what, hourMs }) => tenantId === tenant.id && what === 'predictions' && hourMs >= fromMs)
        .reduce((sum, { amount }) => sum + amount, 0);
      this.#allowances.known({ holder: tenant.id, what: 'predictions', rate }, used, nowMs);
    }
  }

  /** Predictions and requests of a tenant: whole or not at all. */
  take(tenant: MeteredTenant, what: 'predictions' | 'requests', nowMs: number, amount = 1): Allowance {
    const rate = this.#options.tiers.rate(tenant.tier, what);
    const answer = this.#allowances.take({ holder: tenant.id, what, rate, amount }, nowMs);
    if (!answer.allowed) return answer;
    this.#options.count(tenant.id, what, amount);
    if (what === 'requests') this.spend(tenant.id, 'request', amount);
    return answer;
  }

  /** Takes a prediction for a tenant, in which these are heard; false where its predictions are used up. */
  takePrediction(tenant: MeteredTenant, heard: readonly SpeakerKind[], nowMs: number): boolean {
    if (!this.take(tenant, 'predictions', nowMs).allowed) return false;
    for (const kind of heard) if (kind !== 'meta') this.spend(tenant.id, kind);
    return true;
  }

  /** For accounts; a signal is counted as usage once it is sent. `tierOf` says what a tenant's tier is now. */
  signals(tierOf: (tenantId: string) => TierName): SignalAllowance {
    const wish = ({ id, tenantId }: Holder): Omit<Wish, 'amount'> => this.#signals(id, tierOf(tenantId));
    return {
      opened: (account, { fromMs, count }, nowMs) => {
        const of = wish(account);
        // A day that ended meanwhile says nothing of this one.
        if (spanStart(nowMs, of.rate.spanMs) === fromMs) this.#allowances.known(of, count, nowMs);
      },
      take: (account, nowMs) => this.#allowances.take(wish(account), nowMs),
      giveBack: (account, nowMs) => this.#allowances.giveBack(wish(account), nowMs),
    };
  }

  /** Cost units of something that was used: a model that was heard in a prediction, a signal, a request. */
  spend(tenantId: string, item: CostItem, amount = 1): void {
    const units = this.#costs[item] * amount;
    if (units > 0) this.#options.count(tenantId, 'cost', units);
  }

  /** As an observer of the tree: what was sent is paid for. */
  sent({ tenantId }: { readonly tenantId: string }): void {
    this.spend(tenantId, 'signal');
  }

  /** What is left of each rate of the tenant as a whole. */
  left(tenant: MeteredTenant, nowMs: number): readonly Left[] {
    return METERED.filter((what) => what !== 'signals').map((what) => {
      const rate = this.#options.tiers.rate(tenant.tier, what);
      return { what, limit: rate.amount, ...this.#allowances.standing({ holder: tenant.id, what, rate }, nowMs) };
    });
  }

  #signals(holder: string, tier: TierName): Omit<Wish, 'amount'> {
    return { holder, what: 'signals', rate: this.#options.tiers.rate(tier, 'signals') };
  }
}
