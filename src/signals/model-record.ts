/**
 * How right each model has been of late, in each regime: what its weight in the ensemble is made of. Plain and readonly: it is
 * its own snapshot. Few outcomes prove little, so a regime's record is drawn towards the model's as a whole, and that towards
 * chance.
 */
import type { Regime } from '../indicators/regime/regimes.js';
import type { Timeframe } from '../market/timeframe.js';
import type { SidedProbability } from './model-output.js';
import type { Direction } from './signal.js';

/** What is left of an outcome's weight when the next comes: of the last five hundred most remains. */
const KEPT = 0.998;
/** Outcomes that a record is given beforehand. */
const PRIOR = 100;
const CHANCE = 0.5;
/** Say of a model that has been no better than chance: enough to show when it is again. */
const WEIGHT_LEAST = 0.02;
const ACCURACY_MOST = 0.99;

/** Outcomes and how many of them were called right, older ones counting less. */
export interface Tally {
  readonly told: number;
  readonly right: number;
}

export interface ModelRecord {
  readonly all: Tally;
  readonly regimes: Readonly<Partial<Record<Regime, Tally>>>;
}

/** By model. */
export type ModelRecords = Readonly<Record<string, ModelRecord>>;

export const NO_RECORDS: ModelRecords = {};

/** What is kept of how models did, by timeframe. */
export interface RecordBook {
  read(timeframe: Timeframe): ModelRecords;
  write(timeframe: Timeframe, records: ModelRecords): void;
}

function isTally(value: unknown): value is Tally {
  const { told, right } = (value ?? {}) as Partial<Tally>;
  return typeof told === 'number' && typeof right === 'number' && right >= 0 && right <= told;
}

/** Whether what was read back are records. */
export function isModelRecords(value: unknown): value is ModelRecords {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((record: Partial<ModelRecord> | null) => {
    const { all, regimes } = record ?? {};
    return isTally(all) && typeof regimes === 'object' && Object.values(regimes).every(isTally);
  });
}

const NOTHING: Tally = { told: 0, right: 0 };

/** Which way the price went after a candle, and what was said of it. */
export interface ModelOutcome {
  readonly regime: Regime | undefined;
  readonly direction: Direction;
  readonly said: Readonly<Record<string, SidedProbability>>;
}

function counted(tally: Tally, right: boolean): Tally {
  return { told: KEPT * tally.told + 1, right: KEPT * tally.right + (right ? 1 : 0) };
}

/** The records with one more outcome. A model that leaned to neither side called nothing. */
export function learn(records: ModelRecords, { regime, direction, said }: ModelOutcome): ModelRecords {
  const learned: Record<string, ModelRecord> = { ...records };
  for (const [model, { BUY, SELL }] of Object.entries(said)) {
    if (BUY === SELL) continue;
    const right = (BUY > SELL ? 'BUY' : 'SELL') === direction;
    const { all, regimes } = records[model] ?? { all: NOTHING, regimes: {} };
    const here = regime === undefined ? {} : { [regime]: counted(regimes[regime] ?? NOTHING, right) };
    learned[model] = { all: counted(all, right), regimes: { ...regimes, ...here } };
  }
  return learned;
}

function drawn({ told, right }: Tally, towards: number): number {
  return (right + PRIOR * towards) / (told + PRIOR);
}

/** How often a model is right in a regime, as far as its outcomes prove it. */
export function accuracyOf(records: ModelRecords, model: string, regime: Regime | undefined): number {
  const record = records[model];
  if (record === undefined) return CHANCE;
  const overall = drawn(record.all, CHANCE);
  const here = regime === undefined ? undefined : record.regimes[regime];
  return here === undefined ? overall : drawn(here, overall);
}

/** What independent voters of such an accuracy weigh: its log-odds. */
export function weightOf(accuracy: number): number {
  const most = Math.min(ACCURACY_MOST, Math.max(CHANCE, accuracy));
  return Math.max(WEIGHT_LEAST, Math.log(most / (1 - most)));
}
