/** What writes make of a pattern, for every store alike. */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Outcome, Pattern, PatternFilter, Sighting } from './patterns.js';

/** A pattern may be merged only into its like. */
export function mergeFilter({ timeframe, symbolClass, direction }: Sighting): PatternFilter {
  return { timeframe, symbolClass, direction };
}

/** A pattern that nothing has been traded on yet. */
export function newPattern(sighting: Sighting): Pattern {
  const lastSeenAtMs = sighting.createdAtMs;
  return { ...sighting, trades: 0, wins: 0, profitPips: 0, lastOutcome: '', counted: [], lastSeenAtMs };
}

export function seenAgain(pattern: Pattern, { createdAtMs }: Sighting): Pattern {
  return { ...pattern, lastSeenAtMs: Math.max(pattern.lastSeenAtMs, createdAtMs) };
}

/** The pattern with one more trade, or as it was where that trade is counted already. */
export function withOutcome(pattern: Pattern, { signalId, won, profitPips, atMs }: Outcome): Pattern {
  if (pattern.counted.includes(signalId)) return pattern;
  const trades = pattern.trades + 1;
  return {
    ...pattern,
    trades,
    wins: pattern.wins + (won ? 1 : 0),
    profitPips: pattern.profitPips + (profitPips - pattern.profitPips) / trades,
    lastOutcome: won ? 'WIN' : 'LOSS',
    counted: newestCounted([...pattern.counted, signalId]),
    lastSeenAtMs: Math.max(pattern.lastSeenAtMs, atMs),
  };
}

function newestCounted(signals: readonly string[]): readonly string[] {
  return signals.slice(-LIMITS.patterns.counted);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function checkId(id: string): void {
  if (!UUID.test(id)) throw new SuhoError('INPUT_INVALID', `${JSON.stringify(id)} is no id: a lower-case UUID is`);
}

/** What the catalogue allows as a tenant's id is safe as the name of a folder and of a Weaviate tenant. */
export function checkTenant(tenantId: string): void {
  if (!TENANT.test(tenantId)) throw new SuhoError('INPUT_INVALID', `${JSON.stringify(tenantId)} is no tenant's id`);
}

export function checkCount(count: number): void {
  const { pageItems } = LIMITS.patterns;
  if (!(Number.isInteger(count) && count >= 1 && count <= pageItems))
    throw new SuhoError('INPUT_INVALID', `${count} neighbours cannot be asked for: 1 to ${pageItems} can`);
}
