/** Fills a tenant's MarketCorrelations with how its symbols go together now, and takes out those of symbols that it has left. */
import { LIMITS } from '../limits.js';
import { TIMEFRAME_MS } from '../market/timeframe.js';
import type { Correlation, PatternStore, Placed } from '../storage/patterns/patterns.js';
import { BOARD_TIMEFRAME, type CorrelationBoard, type PairNow } from './correlation-board.js';
import { correlationIdOf } from './pattern-ids.js';

const MINUTE_MS = 60_000;
const NUMBERS = 128;
const MOST_LAG = 30;

/**
 * A pair's place: its correlations at each lag from −30 to 30 over the long window, then over the short one, then persistence, lag
 * (in thirtieths) and strength of either. Pairs are near each other that follow one another alike. What is not known is 0.
 */
function correlationPlace({ short, long }: PairNow): Float32Array {
  const figures = [long.persistence, short.persistence, long.lag / MOST_LAG, short.lag / MOST_LAG];
  const place = [...long.vector, ...short.vector, ...figures, long.correlation, short.correlation];
  return Float32Array.from({ length: NUMBERS }, (_, at) => place[at] || 0);
}

function placed(tenantId: string, pair: PairNow): Placed<Correlation> {
  const { symbols, long, regime } = pair;
  const timeframeMs = TIMEFRAME_MS[BOARD_TIMEFRAME];
  const item: Correlation = {
    id: correlationIdOf(tenantId, symbols),
    symbols,
    strength: long.correlation,
    lagMinutes: long.lag * (timeframeMs / MINUTE_MS),
    regime,
    persistence: Math.max(0, long.persistence || 0),
    updatedAtMs: long.time + timeframeMs,
  };
  return { item, vector: correlationPlace(pair) };
}

async function storedCorrelations(store: PatternStore, tenantId: string): Promise<readonly Correlation[]> {
  const items: Correlation[] = [];
  let after: string | undefined;
  do {
    const page = await store.page(tenantId, 'correlations', after);
    items.push(...page.map(({ item }) => item));
    after = page.length < LIMITS.patterns.pageItems ? undefined : page.at(-1)?.item.id;
  } while (after !== undefined);
  return items;
}

export interface CorrelatedTenant {
  readonly id: string;
  readonly symbols: readonly string[];
}

/** Pairs stored, and taken out. */
export interface FilledCorrelations {
  readonly stored: number;
  readonly removed: number;
}

export async function fillCorrelations(
  store: PatternStore,
  board: CorrelationBoard,
  { id: tenantId, symbols }: CorrelatedTenant,
): Promise<FilledCorrelations> {
  // A pair without a direction moves in no way: it has no place.
  const pairs = board.pairs(symbols).filter((pair) => correlationPlace(pair).some((number) => number !== 0));
  if (pairs.length > 0) {
    const items = pairs.map((pair) => placed(tenantId, pair));
    await store.put(tenantId, 'correlations', items);
  }
  const followed = new Set(symbols);
  const left = (await storedCorrelations(store, tenantId)).filter(
    (item) => !item.symbols.every((symbol) => followed.has(symbol)),
  );
  if (left.length > 0) {
    const ids = left.map(({ id }) => id);
    await store.remove(tenantId, 'correlations', ids);
  }
  return { stored: pairs.length, removed: left.length };
}
