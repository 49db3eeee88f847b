import type { CandleInput } from '../../../src/indicators/indicator.js';
import { momentumReference } from '../reference/momentum.js';
import { type PriceSeries, taLibFunction, type TaLibRun, tulipFunction } from './libraries.js';
import { type LibraryColumn, type LibraryColumns, taLibColumn, taLibFormula } from './library-column.js';
import { lastOfWindows } from './window-runs.js';

const over = (name: string, optInTimePeriod: number) => taLibColumn(taLibFunction(name, { optInTimePeriod }));

const SMOOTHED = { optInSlowK_Period: 3, optInSlowK_MAType: 0, optInSlowD_Period: 3, optInSlowD_MAType: 0 };
const STOCH = taLibFunction('STOCH', { optInFastK_Period: 14, ...SMOOTHED });
const RSI = taLibFunction('RSI', { optInTimePeriod: 14 });
const ULTOSC = taLibFunction('ULTOSC', { optInTimePeriod1: 7, optInTimePeriod2: 14, optInTimePeriod3: 28 });
const TYPICAL = taLibFunction('TYPPRICE');
const EMA = taLibFunction('EMA', { optInTimePeriod: 13 });

const allPrices = (values: readonly number[]): PriceSeries => {
  const prices = [...values];
  return { open: prices, high: prices, low: prices, close: prices, volume: prices };
};

/** TA-Lib's index stays the same but for noise while the close stands still: a move below a billionth is taken out. */
function steadyStrength(series: PriceSeries): number[] {
  const { outReal = [] } = RSI(series);
  let last = Number.NaN;
  return outReal.map((value) => {
    if (!(Math.abs(value - last) < 1e-9)) last = value;
    return last;
  });
}

const stochOfStrength = (output: string): LibraryColumn =>
  taLibFormula((series) => {
    const strength = steadyStrength(series);
    const lines = lastOfWindows(STOCH, output, 18)(allPrices(strength.slice(14)));
    return [...strength.slice(0, 14), ...lines];
  });

/** TA-Lib adds up typical prices; taken from the newest one, their sum loses nothing. */
const channel = (optInTimePeriod: number): LibraryColumn => {
  const run: TaLibRun = ({ close: typical }) => {
    const newest = typical.at(-1) ?? 0;
    return taLibFunction('CCI', { optInTimePeriod })(allPrices(typical.map((price) => price - newest)));
  };
  return taLibFormula((series) => lastOfWindows(run, 'outReal', optInTimePeriod)(allPrices(TYPICAL(series).outReal ?? [])));
};

/** Sums of prices of which Tulip takes the difference: it too loses nothing when they are taken from one of them. */
const awesome: LibraryColumn = {
  library: 'Tulip',
  run: async (candles) => {
    const values: number[] = candles.slice(0, 33).map(() => Number.NaN);
    for (let at = 33; at < candles.length; at++) {
      const origin = (candles[at] as CandleInput).close;
      const window = candles.slice(at - 33, at + 1).map((candle) => ({
        ...candle,
        high: candle.high - origin,
        low: candle.low - origin,
      }));
      const [line = []] = await tulipFunction('ao', ['high', 'low'], [], window);
      values.push(line.at(-1) as number);
    }
    return values;
  },
};

/** After so many candles nothing is left of where Fisher's smoothings were: 0.67 to this power is below 1e-20. */
const FISHER_FORGETS = 120;

/**
 * Where nine medians are equal Tulip takes the price to be at the low of its range, and so a standstill for the deepest
 * fall; the catalogue takes it to be in the middle. The definition stands in there, and until the difference is forgotten.
 */
const fisher = (output: number, column: string): LibraryColumn => ({
  library: 'Tulip',
  run: async (candles) => {
    const theirs = (await tulipFunction('fisher', ['high', 'low'], [9], candles))[output] ?? [];
    const definition = momentumReference(candles)[column] ?? [];
    const medians = candles.map(({ high, low }) => 0.5 * (high + low));
    let still = 0;
    let sinceStandstill = Number.POSITIVE_INFINITY;
    return theirs.map((value, at) => {
      still = medians[at] === medians[at - 1] ? still + 1 : 0;
      sinceStandstill = still >= 8 ? 0 : sinceStandstill + 1;
      return sinceStandstill < FISHER_FORGETS ? (definition[at] as number) : value;
    });
  },
});

const power = (price: 'high' | 'low'): LibraryColumn =>
  taLibFormula((series) => {
    const { outReal: average = [] } = EMA(series);
    return series[price].map((value, at) => value - (average[at] as number));
  });

export const MOMENTUM_LIBRARIES: LibraryColumns = {
  rsi_7: over('RSI', 7),
  rsi_14: over('RSI', 14),
  rsi_21: over('RSI', 21),
  stoch_k: taLibFormula(lastOfWindows(STOCH, 'outSlowK', 18)),
  stoch_d: taLibFormula(lastOfWindows(STOCH, 'outSlowD', 18)),
  stochrsi_k: stochOfStrength('outSlowK'),
  stochrsi_d: stochOfStrength('outSlowD'),
  cci_14: channel(14),
  cci_20: channel(20),
  williams_r_14: over('WILLR', 14),
  roc_10: over('ROC', 10),
  roc_20: over('ROC', 20),
  mom_10: over('MOM', 10),
  ultosc: taLibFormula(lastOfWindows(ULTOSC, 'outReal', 29)),
  ao: awesome,
  cmo_14: over('CMO', 14),
  fisher_9: fisher(0, 'fisher_9'),
  fisher_signal_9: fisher(1, 'fisher_signal_9'),
  bop: taLibColumn(taLibFunction('BOP')),
  bull_power: power('high'),
  bear_power: power('low'),
};
