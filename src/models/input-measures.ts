/**
 * How each column of the catalogue becomes an input that does not know the price's scale: one table, naming every column once.
 *
 * A model is pooled over symbols and lives for months, so nothing that it sees may tell a yen pair from a euro pair, or this
 * year's price from last year's. What is in the symbol's price is measured by the market's present range, atr_14: a level by
 * how far it lies from the close, a distance by its size. What is a share of the price is measured by the range as a share of
 * it. Volumes are measured by their own mean. What has a scale of its own keeps it, brought to about −1 to 1.
 */
import { assert } from '../runtime/assert.js';
import { COLUMNS } from '../indicators/registry.js';

/** What a column is measured by; each is made of atr_14, the close, and volume_sma_20. */
export const YARDSTICKS = [
  'one',
  'range',
  'range²',
  'range share',
  'volume',
  'volume · range share',
  'volume · range',
  'range² / volume',
] as const;
export type Yardstick = (typeof YARDSTICKS)[number];

/** (column − the close or 0 − centre) / (yardstick · scale). */
export interface Measured {
  readonly kind: 'measured';
  readonly fromClose: boolean;
  readonly centre: number;
  readonly yardstick: Yardstick;
  readonly scale: number;
}

/** A number that stands for a name: an input of 0 or 1 for each name. */
export interface Coded {
  readonly kind: 'coded';
  readonly names: number;
}

/** No input, and why. */
export interface LeftOut {
  readonly kind: 'left out';
  readonly why: string;
}

export type InputMeasure = Measured | Coded | LeftOut;

function measured(yardstick: Yardstick, scale = 1): Measured {
  return { kind: 'measured', fromClose: false, centre: 0, yardstick, scale };
}

/** Low and high become −1 and 1. */
function within(low: number, high: number): Measured {
  return { ...measured('one', (high - low) / 2), centre: (low + high) / 2 };
}

function leftOut(why: string): LeftOut {
  return { kind: 'left out', why };
}

const LEVEL: Measured = { ...measured('range'), fromClose: true };

/** Columns alike, by name and, behind the slash, the numbers or endings that the name is completed with. */
type Line = readonly [measure: InputMeasure, ...columns: readonly string[]];

const LINES: readonly Line[] = [
  [LEVEL, 'sma_/5 10 20 50 100 200', 'ema_/5 9 12 20 26 50 100 200', 'wma_/10 20', 'hma_/9 20', 'dema_20', 'tema_20'],
  [LEVEL, 'trima_20', 'kama_10', 'zlema_20', 't3_5', 'vwma_20', 'vwap', 'psar', 'supertrend', 'linreg', 'tsf'],
  [LEVEL, 'ichimoku_/tenkan kijun senkou_a senkou_b', 'bb_/upper middle lower', 'kc_/upper middle lower'],
  [LEVEL, 'dc_/upper middle lower', 'typical', 'median', 'weighted_close', 'pivot_/p r1 r2 r3 s1 s2 s3'],
  [measured('range'), 'macd', 'macd_signal', 'macd_hist', 'apo', 'linreg_slope', 'dpo_20', 'mom_10', 'ao'],
  [measured('range'), 'bull_power', 'bear_power', 'tr', 'atr_7', 'stddev_20'],
  [measured('range²'), 'var_20'],
  [measured('range share', 100), 'ppo', 'trix_15', 'kst', 'kst_signal', 'roc_/10 20', 'coppock', 'ulcer_14'],
  [measured('range share'), 'bb_width', 'hist_vol_20', 'parkinson_20', 'garman_klass_20', 'log_return_/1 5 20'],
  [measured('volume'), 'obv', 'ad', 'adosc'],
  [measured('volume · range share'), 'pvt'],
  [measured('volume · range'), 'force_13'],
  [measured('range² / volume', 1e4), 'eom_14'],
  [within(0, 100), 'adx', 'adxr', 'dx', 'plus_di', 'minus_di', 'aroon_up', 'aroon_down', 'rsi_/7 14 21'],
  [within(0, 100), 'stoch_k', 'stoch_d', 'stochrsi_k', 'stochrsi_d', 'ultosc', 'mfi_14'],
  [within(-100, 100), 'aroon_osc', 'cmo_14', 'tsi', 'cci_/14 20', 'chaikin_vol_10'],
  [within(-100, 0), 'williams_r_14'],
  [within(0, 1), 'bb_percent', 'percent_rank_100', 'body_ratio', 'upper_wick_ratio', 'lower_wick_ratio'],
  [within(0, 1), 'regime_/confidence volatility strength'],
  [within(0, 2), 'vortex_plus', 'vortex_minus'],
  [within(-1, 1), 'supertrend_dir', 'bop', 'cmf_20', 'autocorr_20', 'hour_sin', 'hour_cos', 'weekday_sin', 'weekday_cos'],
  [within(-1, 1), 'fisher_9', 'fisher_signal_9', 'zscore_20', 'skew_20', 'kurtosis_20', 'natr_14'],
  [within(-1, 1), 'session_/asia london newyork'],
  [within(24, 26), 'mass_25'],
  [within(-100, 100), 'cdl_/doji hammer hanging_man inverted_hammer shooting_star engulfing harami piercing dark_cloud'],
  [within(-100, 100), 'cdl_/morning_star evening_star three_white_soldiers three_black_crows marubozu spinning_top'],
  [within(-100, 100), 'cdl_/three_inside three_outside tasuki_gap belt_hold'],
  [within(-100, 100), 'chart_/head_shoulders inverse_head_shoulders double_top double_bottom flag'],
  [within(-100, 100), 'chart_/triangle_ascending triangle_descending triangle_symmetric wedge_rising wedge_falling'],
  [{ kind: 'coded', names: 12 }, 'regime'],
  [{ kind: 'coded', names: 4 }, 'regime_parent'],
  [leftOut('measured by itself it is always 1'), 'atr_14', 'volume_sma_20'],
  [leftOut('an angle of a price depends on its scale, and without the scale it says what linreg_slope says'), 'linreg_angle'],
  [leftOut('it counts from the first candle of its stream, so a model would learn when recording began'), 'nvi', 'pvi'],
  [leftOut('the vector has no range of the index to measure it by, so its level would tell the month'), 'dxy'],
];

function named(columns: string): readonly string[] {
  const [stem = '', endings] = columns.split('/');
  return endings === undefined ? [stem] : endings.split(' ').map((ending) => `${stem}${ending}`);
}

const ENTRIES = LINES.flatMap(([measure, ...columns]) =>
  columns.flatMap(named).map((name): readonly [string, InputMeasure] => [name, measure]),
);

const BY_NAME: ReadonlyMap<string, InputMeasure> = new Map(ENTRIES);
assert(BY_NAME.size === ENTRIES.length, 'the table of measures names a column once');
assert(BY_NAME.size === COLUMNS.length, 'the table of measures names the columns of the catalogue and no other');

/** In the catalogue's order. */
export const INPUT_MEASURES: readonly InputMeasure[] = COLUMNS.map((name) => {
  const measure = BY_NAME.get(name);
  assert(measure !== undefined, `the table of measures names ${name}`);
  return measure;
});
