import { taLibFunction } from './libraries.js';
import { type LibraryColumn, type LibraryColumns, taLibColumn, tulipColumn } from './library-column.js';

const MACD = taLibFunction('MACD', { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 });
const AROON = taLibFunction('AROON', { optInTimePeriod: 25 });
const over = (name: string, optInTimePeriod = 14, shown?: string) =>
  taLibColumn(taLibFunction(name, { optInTimePeriod }), 'outReal', shown);

const EMA = 1;
const oscillator = (name: string) =>
  taLibColumn(taLibFunction(name, { optInFastPeriod: 12, optInSlowPeriod: 26, optInMAType: EMA }));

/**
 * Tulip's mass index is NaN for good once it met 0/0, where no candle has had a range: there the ratio is 1 instead. So its
 * ratios, of which the index is the sum over a window, are taken one by one, from 16 candles before the first range on: with
 * nothing but zeros seen, it is as if they were the first. The sum is then ours.
 */
function mass(period: number): LibraryColumn {
  const ratio = tulipColumn('mass', ['high', 'low'], [1]);
  return {
    library: 'Tulip',
    run: async (candles) => {
      const first = candles.findIndex(({ high, low }) => high > low);
      const from = first < 0 ? candles.length : Math.max(0, first - 16);
      const theirs = first < 0 ? [] : await ratio.run(candles.slice(from));
      const ratios = candles.map((_, at) => (at < from + 16 ? 1 : (theirs[at - from] as number)));
      return candles.map((_, at) =>
        at < 15 + period ? Number.NaN : ratios.slice(at + 1 - period, at + 1).reduce((sum, each) => sum + each, 0),
      );
    },
  };
}

const CANCELS = 'TA-Lib subtracts products of sums: the exact window is the reference';

export const TREND_LIBRARIES: LibraryColumns = {
  macd: taLibColumn(MACD, 'outMACD'),
  macd_signal: taLibColumn(MACD, 'outMACDSignal'),
  macd_hist: taLibColumn(MACD, 'outMACDHist'),
  ppo: oscillator('PPO'),
  apo: oscillator('APO'),
  adx: over('ADX'),
  adxr: over('ADXR'),
  dx: over('DX'),
  plus_di: over('PLUS_DI'),
  minus_di: over('MINUS_DI'),
  aroon_up: taLibColumn(AROON, 'outAroonUp'),
  aroon_down: taLibColumn(AROON, 'outAroonDown'),
  aroon_osc: over('AROONOSC', 25),
  psar: taLibColumn(taLibFunction('SAR', { optInAcceleration: 0.02, optInMaximum: 0.2 })),
  linreg: over('LINEARREG'),
  linreg_slope: over('LINEARREG_SLOPE'),
  linreg_angle: over('LINEARREG_ANGLE', 14, CANCELS),
  tsf: over('TSF'),
  trix_15: over('TRIX', 15),
  mass_25: mass(25),
  dpo_20: {
    ...tulipColumn('dpo', ['close'], [20]),
    shown: 'Tulip subtracts from a running sum: the exact window is the reference',
  },
};
