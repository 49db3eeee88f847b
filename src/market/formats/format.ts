import type { ToUtc } from './clock.js';

/** One parsed line. Parsers fill the same record again and again; a reader copies what it keeps. */
export interface TickRow {
  timeMs: number;
  bid: number;
  ask: number;
}

export interface BarRow {
  timeMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** The ask's own prices, where the source has both sides. */
  askOpen: number;
  askHigh: number;
  askLow: number;
  askClose: number;
  volume: number;
  /** Mean spread in price units as the source tells it; sources with both sides leave it to their prices. */
  spread: number;
}

export interface Row extends TickRow, BarRow {}

export function emptyRow(): Row {
  return {
    timeMs: 0,
    bid: 0,
    ask: 0,
    open: 0,
    high: 0,
    low: 0,
    close: 0,
    askOpen: 0,
    askHigh: 0,
    askLow: 0,
    askClose: 0,
    volume: 0,
    spread: 0,
  };
}

/** What is wrong with a line, as one sentence without file and number. */
export class LineFault extends Error {
  override readonly name = 'LineFault';
}

/** Fills `row` and answers true; false for a line that says nothing (a header, a filler). Throws `LineFault`. */
export type LineParser = (line: string, row: Row) => boolean;

/** The beginning of an input, by which its format is recognised. */
export interface Sample {
  /** File name without folders, and the name inside an archive. */
  readonly names: readonly string[];
  /** The first lines that are not blank, at most eight. */
  readonly lines: readonly string[];
}

export interface ParserContext {
  readonly sample: Sample;
  readonly symbol: string;
  readonly toUtc: ToUtc;
}

export interface Format {
  /** What `--format-in` calls it. */
  readonly name: string;
  readonly kind: 'ticks' | 'bars';
  /** Whether the source tells bid and ask; else its prices are taken as bid. */
  readonly bothSides: boolean;
  recognises(sample: Sample): boolean;
  /** The clock that the format fixes; undefined where the user must tell. */
  clock(sample: Sample): string | undefined;
  parser(context: ParserContext): LineParser;
}
