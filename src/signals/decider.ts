/**
 * The decision at a candle's close, for one tenant and symbol: a state machine without time or chance of its own, so that
 * candles give the same decisions live, replayed from history and in a backtest.
 *
 * It remembers on which side the score last stood at or above the tenant's threshold. A decision is raised when a side gets
 * there that was not there at the close before: the score crossed upwards, or the direction flipped. What it has not seen
 * below the threshold it does not call crossed: a score that is high at the first close that can be judged raises nothing.
 *
 * A decision is valid for one candle at most, so at any later close it is either over or in an account's hands. Hence what is
 * live is told by the caller (`live` of the input): the directions in which an account has a signal undecided or holds a
 * position from one; in replay by the simulated broker, or by nobody. A crossing that finds its own direction live is spent:
 * it is not raised later, when the position ends. One that finds the other direction live first raises CLOSE for it.
 */
import { LIMITS } from '../limits.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import { absentParts, hybridScore, type Score, type SidedParts, strengthOf, type Thresholds } from './score.js';
import { type AbsentParts, type Decision, type Direction, type Directions, opposite, type Strength } from './signal.js';
import { STOP_COLUMNS, stopDistances, type StopInputs, stopInputs } from './stop-distances.js';
import { TECHNICAL_COLUMNS, technicalPart, technicalScores, type TechnicalValues, technicalValues } from './technical.js';

/** Columns of the catalogue that a decision reads. */
export const DECISION_COLUMNS = [...TECHNICAL_COLUMNS, ...STOP_COLUMNS] as const;
export type DecisionColumn = (typeof DECISION_COLUMNS)[number];

/** Where every column may be read. */
export function readDecision(read: (column: DecisionColumn) => number): Pick<DeciderInput, 'values' | 'stops'> {
  return { values: technicalValues(read), stops: stopInputs(read) };
}

export interface DeciderSettings {
  readonly tenantId: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly thresholds: Thresholds;
}

/** A closed candle of the tenant's signal timeframe, with what is known at its close. */
export interface DeciderInput {
  /** Start of the candle, UTC ms. */
  readonly time: number;
  readonly close: number;
  /** What the tenant's tier lets it judge by. */
  readonly values: TechnicalValues;
  /** What stops are placed by, whatever the tier. */
  readonly stops: StopInputs;
  /** 100 · P(the price goes that way), calibrated. */
  readonly ml?: SidedParts['ml'];
  readonly pattern?: SidedParts['pattern'];
  /** Why those of the two that are not there are not; where left out, there is no model. */
  readonly absent?: AbsentParts;
  /** Directions in which an account has a signal undecided or a position open; none where left out. */
  readonly live?: Directions;
}

/** Plain and readonly: it is its own snapshot. */
export interface DeciderState {
  /** Start of the last candle judged; 0 before the first. */
  readonly time: number;
  /** The side that stood at or above the threshold at that close. */
  readonly above: Direction | 'NONE' | 'UNKNOWN';
}

export const INITIAL_DECIDER_STATE: DeciderState = { time: 0, above: 'UNKNOWN' };

export interface Decided {
  readonly state: DeciderState;
  /** At most a CLOSE and then an OPEN. */
  readonly decisions: readonly Decision[];
  /** The score at this close; undefined where it could not be judged. */
  readonly score: Score | undefined;
}

/** Judges one candle. One that is not later than the last is not news and changes nothing. */
export function decide(settings: DeciderSettings, state: DeciderState, input: DeciderInput): Decided {
  const score = input.time > state.time ? scoreOf(input) : undefined;
  if (score === undefined) return { state, decisions: [], score };
  const strength = strengthOf(score, settings.thresholds);
  const side = strength === undefined ? undefined : score.direction;
  const stood: DeciderState = { time: input.time, above: side ?? 'NONE' };
  const crossed = state.above !== 'UNKNOWN' && state.above !== side;
  if (!crossed || side === undefined || strength === undefined) return { state: stood, decisions: [], score };
  const head = headOf(settings, input, score, strength);
  const decisions: Decision[] = [];
  const other = opposite(side);
  if (input.live?.[other]) decisions.push({ ...head, kind: 'CLOSE', direction: other, stopLoss: 0, takeProfit: 0 });
  if (!input.live?.[side]) decisions.push({ ...head, kind: 'OPEN', direction: side, ...exits(side, input) });
  return { state: stood, decisions, score };
}

/** None while the indicators are not ready, or where the price has not moved at all and no stop can be placed. */
function scoreOf(input: DeciderInput): Score | undefined {
  if (!(input.stops.atr > 0)) return undefined;
  const part = technicalPart(input.close, input.values);
  if (part === undefined) return undefined;
  return hybridScore({ ml: input.ml, pattern: input.pattern, technical: technicalScores(part) });
}

type DecisionHead = Omit<Decision, 'kind' | 'direction' | 'stopLoss' | 'takeProfit'>;

function headOf(settings: DeciderSettings, input: DeciderInput, score: Score, strength: Strength): DecisionHead {
  const span = TIMEFRAME_MS[settings.timeframe];
  const closeTime = input.time + span;
  const absent = absentParts(score.parts, input.absent ?? {});
  return {
    tenantId: settings.tenantId,
    strategy: settings.strategy,
    symbol: settings.symbol,
    timeframe: settings.timeframe,
    closeTime,
    score: score.score,
    strength,
    parts: score.parts,
    ...(absent === undefined ? {} : { absent }),
    ...(input.stops.regime === undefined ? {} : { regime: input.stops.regime }),
    entry: input.close,
    validUntil: closeTime + Math.min(span, LIMITS.signal.validMostMs),
  };
}

function exits(side: Direction, input: DeciderInput): Pick<Decision, 'stopLoss' | 'takeProfit'> {
  const { stop, target } = stopDistances(input.stops);
  const sign = side === 'BUY' ? 1 : -1;
  return { stopLoss: input.close - sign * stop, takeProfit: input.close + sign * target };
}
