/** `technicalindicators`: generators in TypeScript, one object each, fed by `nextValue`. */
import * as ti from 'technicalindicators';
import type { CandleInput } from '../../src/indicators/indicator.js';
import { numbered, type PeerIndicator } from './peer.js';

interface Fed<Input> {
  nextValue(input: Input): unknown;
}

const ofClose = (columns: readonly string[], make: () => unknown): PeerIndicator => ({
  columns,
  create: () => {
    const indicator = make() as Fed<number>;
    return (candle) => void indicator.nextValue(candle.close);
  },
});

/** Its candles have fields of the same names. */
const ofCandle = (columns: readonly string[], make: () => unknown): PeerIndicator => ({
  columns,
  create: () => {
    const indicator = make() as Fed<CandleInput>;
    return (candle) => void indicator.nextValue(candle);
  },
});

const perPeriod = (name: string, periods: readonly number[], make: (period: number) => unknown): PeerIndicator[] =>
  periods.map((period) => ofClose(numbered(name, [period]), () => make(period)));

const MACD = { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: false, SimpleMASignal: false, values: [] };
const none = { high: [], low: [], close: [] };
const noneWithVolume = { ...none, volume: [] };
const ICHIMOKU = { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26, high: [], low: [] };

export const TECHNICALINDICATORS: readonly PeerIndicator[] = [
  ...perPeriod('sma', [5, 10, 20, 50, 100, 200], (period) => new ti.SMA({ period, values: [] })),
  ...perPeriod('ema', [5, 9, 12, 20, 26, 50, 100, 200], (period) => new ti.EMA({ period, values: [] })),
  ...perPeriod('wma', [10, 20], (period) => new ti.WMA({ period, values: [] })),
  ofClose(['macd', 'macd_signal', 'macd_hist'], () => new ti.MACD(MACD)),
  ofCandle(['adx', 'plus_di', 'minus_di'], () => new ti.ADX({ ...none, period: 14 })),
  ofCandle(['psar'], () => new ti.PSAR({ high: [], low: [], step: 0.02, max: 0.2 })),
  ofClose(['trix_15'], () => new ti.TRIX({ values: [], period: 15 })),
  ofCandle(['ichimoku_tenkan', 'ichimoku_kijun', 'ichimoku_senkou_a', 'ichimoku_senkou_b'], () => new ti.IchimokuCloud(ICHIMOKU)),
  ...perPeriod('rsi', [7, 14, 21], (period) => new ti.RSI({ period, values: [] })),
  ofCandle(['stoch_k', 'stoch_d'], () => new ti.Stochastic({ ...none, period: 14, signalPeriod: 3 })),
  ofClose(
    ['stochrsi_k', 'stochrsi_d'],
    () => new ti.StochasticRSI({ values: [], rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 }),
  ),
  ofCandle(['cci_14'], () => new ti.CCI({ ...none, period: 14 })),
  ofCandle(['cci_20'], () => new ti.CCI({ ...none, period: 20 })),
  ofCandle(['williams_r_14'], () => new ti.WilliamsR({ ...none, period: 14 })),
  ...perPeriod('roc', [10, 20], (period) => new ti.ROC({ period, values: [] })),
  ofCandle(['ao'], () => new ti.AwesomeOscillator({ high: [], low: [], fastPeriod: 5, slowPeriod: 34 })),
  ofCandle(['tr'], () => new ti.TrueRange(none)),
  ofCandle(['atr_7'], () => new ti.ATR({ ...none, period: 7 })),
  ofCandle(['atr_14'], () => new ti.ATR({ ...none, period: 14 })),
  ofClose(['stddev_20'], () => new ti.SD({ values: [], period: 20 })),
  ofClose(
    ['bb_upper', 'bb_middle', 'bb_lower', 'bb_percent'],
    () => new ti.BollingerBands({ values: [], period: 20, stdDev: 2 }),
  ),
  ofCandle(['obv'], () => new ti.OBV({ close: [], volume: [] })),
  ofCandle(['vwap'], () => new ti.VWAP(noneWithVolume)),
  ofCandle(['mfi_14'], () => new ti.MFI({ ...noneWithVolume, period: 14 })),
  ofCandle(['ad'], () => new ti.ADL(noneWithVolume)),
  ofCandle(['force_13'], () => new ti.ForceIndex({ close: [], volume: [], period: 13 })),
];
