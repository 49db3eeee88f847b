/** What a rule of exits sees of one position of ours, and what it may ask for. */
import type { ExitSettings } from '../accounts/trading-settings.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Direction } from '../signals/signal.js';

export interface ExitView {
  readonly position: {
    readonly ticket: string;
    readonly direction: Direction;
    /** Of ours, open now. */
    readonly volume: number;
    /** 0 for none. */
    readonly stopLoss: number;
    readonly takeProfit: number;
  };
  /** Of the signal that opened it: what was risked at first. */
  readonly signal: {
    readonly entry: number;
    readonly stopLoss: number;
    readonly filledVolume: number;
    readonly timeframe: Timeframe;
    /** End of the candle that decided. */
    readonly closeTime: number;
  };
  /** What it would be closed at, and what its stop is tried against: bid for a buy, ask for a sell. Undefined where it is stale. */
  readonly price: number | undefined;
  readonly symbol: {
    readonly pip: number;
    readonly point: number;
    readonly tickSize: number;
    readonly digits: number;
    /** Points. */
    readonly stopsLevel: number;
    readonly freezeLevel: number;
    readonly volumeMin: number;
    readonly volumeStep: number;
  };
  /** Of the signal's timeframe, at its last close. */
  readonly atr: number | undefined;
  readonly nowMs: number;
}

export const EXIT_RULES = ['friday-close', 'time-stop', 'partial-close', 'break-even', 'trailing-stop'] as const;
export type ExitRuleName = (typeof EXIT_RULES)[number];

export type ExitAction =
  | { readonly kind: 'modify'; readonly rule: ExitRuleName; readonly stopLoss: number; readonly takeProfit: number }
  | { readonly kind: 'close'; readonly rule: ExitRuleName; readonly volume: number };

export type ExitRule = (view: ExitView, settings: ExitSettings) => ExitAction | undefined;
