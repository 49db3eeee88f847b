/** The tenants that a node knows, and what their tiers come to: all that the node's parts ask about them. */
import { TIER_NAMES, type TierName, type Tiers } from './accounts/tiers.js';
import type { SignalSettings } from './actors/signal.js';
import { ColumnView } from './features/column-view.js';
import type { Timeframe } from './market/timeframe.js';
import type { CorrelatedTenant } from './patterns/market-correlations.js';
import { DEFAULT_THRESHOLDS } from './signals/score.js';
import type { TenantRow } from './storage/ledger/ledger.js';

function viewsOf(tiers: Tiers): Readonly<Record<TierName, ColumnView>> {
  const views = TIER_NAMES.map((tier) => [tier, new ColumnView((column) => tiers.allowsColumn(tier, column))] as const);
  return Object.fromEntries(views) as Record<TierName, ColumnView>;
}

export class TenantDirectory {
  readonly #tiers: Tiers;
  readonly #rows: Map<string, TenantRow>;
  /** What the tiers let their tenants have of a vector. */
  #views: Readonly<Record<TierName, ColumnView>>;

  constructor(tiers: Tiers, rows: readonly TenantRow[]) {
    this.#tiers = tiers;
    this.#rows = new Map(rows.map((row) => [row.id, row]));
    this.#views = viewsOf(tiers);
  }

  /** The tiers are others now. */
  retier(): void {
    this.#views = viewsOf(this.#tiers);
  }

  /** By id; whoever learns of one puts it here. */
  get rows(): Map<string, TenantRow> {
    return this.#rows;
  }

  /** Whoever asks is of a tenant that is known; were it not, it has what the least of tiers has. */
  tierOf(tenantId: string): TierName {
    return this.#rows.get(tenantId)?.tier ?? 'free';
  }

  /** The symbols that it chose and its tier allows. */
  subscribed({ tier, symbols }: TenantRow): readonly string[] {
    return symbols.filter((symbol) => this.#tiers.allowsSymbol(tier, symbols, symbol));
  }

  subscribedBy(tenantId: string): ReadonlySet<string> {
    const row = this.#rows.get(tenantId);
    return new Set(row === undefined ? [] : this.subscribed(row));
  }

  settingsOf(row: TenantRow): SignalSettings {
    const { id, tier, strategy, signalTimeframe } = row;
    return {
      tenantId: id,
      strategy,
      timeframe: signalTimeframe,
      symbols: this.subscribed(row),
      thresholds: DEFAULT_THRESHOLDS,
      columns: this.#views[tier],
      rights: {
        ...this.#tiers.predictionRights(tier),
        patterns: this.keepsPatterns(row),
        own: this.#tiers.allows(tier, 'ownModels'),
      },
    };
  }

  /** Why programs of the tenant may not ask; undefined where its tier has the interface. */
  withoutApi(tenantId: string): string | undefined {
    const tier = this.tierOf(tenantId);
    return this.#tiers.allows(tier, 'api') ? undefined : `tier ${tier} of tenant ${tenantId} has no interface for programs`;
  }

  keepsPatterns({ tier }: TenantRow): boolean {
    return this.#tiers.allows(tier, 'patternStore');
  }

  /** Whether somebody decides by these candles. */
  follows(symbol: string, timeframe: Timeframe): boolean {
    for (const row of this.#rows.values())
      if (row.signalTimeframe === timeframe && this.subscribed(row).includes(symbol)) return true;
    return false;
  }

  /** Those whose tier has correlations, with the symbols that it allows them. */
  correlated(): readonly CorrelatedTenant[] {
    return [...this.#rows.values()].flatMap((row) =>
      this.#tiers.allows(row.tier, 'correlation') ? [{ id: row.id, symbols: this.subscribed(row) }] : [],
    );
  }
}
