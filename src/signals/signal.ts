import type { Regime } from '../indicators/regime/regimes.js';
import type { Timeframe } from '../market/timeframe.js';

export type Direction = 'BUY' | 'SELL';
/** The directions in which something is live. */
export type Directions = Readonly<Record<Direction, boolean>>;

export function opposite(direction: Direction): Direction {
  return direction === 'BUY' ? 'SELL' : 'BUY';
}

export type Strength = 'STRONG' | 'MODERATE';

/** The parts of a score; one with nothing to say is absent, and the weights of the others renormalise. */
export interface ScoreParts {
  readonly ml?: number;
  readonly pattern?: number;
  readonly technical?: number;
}

export type PartName = keyof ScoreParts;

/** Why a part has nothing to say. Kept with signals, so none is renamed. */
export const ABSENCES = [
  /** None was trained for the symbol and timeframe, or none is loaded: no prediction, and no embedding to look for neighbours by. */
  'no model',
  /** Every model was left out; each says why. */
  'left out',
  /** It was asked and did not answer while it could be waited for. */
  'late',
  'tier',
  'no neighbour',
  'store down',
  /** What the tenant's tier includes of it is used up for now. */
  'used up',
  /** Not asked: whatever it said, the score could not have reached the threshold. */
  'out of reach',
] as const;
export type Absence = (typeof ABSENCES)[number];
export type AbsentParts = Readonly<Partial<Record<PartName, Absence>>>;

/**
 * What a tenant's signal actor decides at a candle's close: the same for all of the tenant's accounts. A CLOSE ends what the
 * account holds of that tenant, symbol and direction; it may stand beside an OPEN of the other direction at the same close.
 */
export interface Decision {
  readonly kind: 'OPEN' | 'CLOSE';
  readonly tenantId: string;
  /** Name and version of the tenant's signal settings. */
  readonly strategy: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** End of the candle that decided, UTC ms: part of the natural key. */
  readonly closeTime: number;
  /** Of what is opened or closed. */
  readonly direction: Direction;
  /** Of the side that won at this close: for a CLOSE, the side that it gives way to. */
  readonly score: number;
  readonly strength: Strength;
  readonly parts: ScoreParts;
  /** Left out where every part had something to say. */
  readonly absent?: AbsentParts;
  /** At the close; left out where it is not known. */
  readonly regime?: Regime;
  /** Reference price at the close. */
  readonly entry: number;
  /** 0 for a CLOSE, as is `takeProfit`. */
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly validUntil: number;
}

/**
 * Life cycle of an account's signal:
 * PENDING → SENT | CANCELLED | EXPIRED; SENT → EXECUTED | REJECTED | EXPIRED | CANCELLED | UNKNOWN;
 * UNKNOWN → EXECUTED | REJECTED | EXPIRED | CANCELLED; EXECUTED → CLOSED (remaining volume zero).
 */
export const SIGNAL_STATES = ['PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED'] as const;
export type SignalState = (typeof SIGNAL_STATES)[number];

const NEXT: Readonly<Record<SignalState, readonly SignalState[]>> = {
  PENDING: ['SENT', 'CANCELLED', 'EXPIRED'],
  SENT: ['EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN'],
  UNKNOWN: ['EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED'],
  EXECUTED: ['CLOSED'],
  REJECTED: [],
  EXPIRED: [],
  CANCELLED: [],
  CLOSED: [],
};

export function mayFollow(from: SignalState, to: SignalState): boolean {
  return NEXT[from].includes(to);
}

/** States in which the signal may still be executed, or may have been without our knowing. */
export function isUndecided(state: SignalState): boolean {
  return state === 'PENDING' || state === 'SENT' || state === 'UNKNOWN';
}

/** A decision, and when the tick that closed its candle came in, by the machine's clock. */
export interface TimedDecision {
  readonly decision: Decision;
  /** JSON of what it was made of. */
  readonly lineage?: string;
  readonly tickAtNs?: bigint;
}
