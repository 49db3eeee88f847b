/** `trading-signals`: streaming indicators in TypeScript, one object each, fed by `add`. */
import * as ts from 'trading-signals';
import type { CandleInput } from '../../src/indicators/indicator.js';
import { numbered, type PeerIndicator } from './peer.js';

interface Fed<Input> {
  add(input: Input): unknown;
}

const ofClose = (columns: readonly string[], make: () => Fed<number>): PeerIndicator => ({
  columns,
  create: () => {
    const indicator = make();
    return (candle) => void indicator.add(candle.close);
  },
});

const ofCandle = (columns: readonly string[], make: () => Fed<CandleInput>): PeerIndicator => ({
  columns,
  create: () => {
    const indicator = make();
    return (candle) => void indicator.add(candle);
  },
});

const perPeriod = (name: string, periods: readonly number[], make: (period: number) => Fed<number>): PeerIndicator[] =>
  periods.map((period) => ofClose(numbered(name, [period]), () => make(period)));

const BANDS = ['bb_upper', 'bb_middle', 'bb_lower'];

export const TRADING_SIGNALS: readonly PeerIndicator[] = [
  ...perPeriod('sma', [5, 10, 20, 50, 100, 200], (period) => new ts.SMA(period)),
  ...perPeriod('ema', [5, 9, 12, 20, 26, 50, 100, 200], (period) => new ts.EMA(period)),
  ...perPeriod('wma', [10, 20], (period) => new ts.WMA(period)),
  ...perPeriod('hma', [9, 20], (period) => new ts.HMA(period)),
  ofClose(['dema_20'], () => new ts.DEMA(20)),
  ofClose(['tema_20'], () => new ts.TEMA(20)),
  ofClose(['trima_20'], () => new ts.TRIMA(20)),
  ofClose(['kama_10'], () => new ts.KAMA(10)),
  ofClose(['zlema_20'], () => new ts.ZLEMA(20)),
  ofClose(['t3_5'], () => new ts.T3(5)),
  ofCandle(['vwma_20'], () => new ts.VWMA(20)),
  ofClose(['macd', 'macd_signal', 'macd_hist'], () => new ts.MACD(new ts.EMA(12), new ts.EMA(26), new ts.EMA(9))),
  ofCandle(['adx', 'plus_di', 'minus_di'], () => new ts.ADX(14)),
  ofCandle(['psar'], () => new ts.PSAR({ accelerationMax: 0.2, accelerationStep: 0.02 })),
  ofCandle(['vortex_plus', 'vortex_minus'], () => new ts.VortexIndicator(14)),
  ofClose(['linreg', 'linreg_slope'], () => new ts.LinearRegression(14)),
  ofClose(['trix_15'], () => new ts.TRIX(15)),
  ofCandle(['mass_25'], () => new ts.MassIndex(25)),
  ofClose(['dpo_20'], () => new ts.DPO(20)),
  ofClose(['kst'], () => new ts.KST()),
  ofClose(['apo'], () => new ts.APO()),
  ofClose(['ppo'], () => new ts.PPO()),
  ofCandle(['aroon_up', 'aroon_down'], () => new ts.Aroon(25)),
  ofCandle(['supertrend', 'supertrend_dir'], () => new ts.SuperTrend({ interval: 10, multiplier: 3 })),
  ofCandle(['ichimoku_tenkan', 'ichimoku_kijun', 'ichimoku_senkou_a', 'ichimoku_senkou_b'], () => new ts.IchimokuCloud()),
  ...perPeriod('rsi', [7, 14, 21], (period) => new ts.RSI(period)),
  ofCandle(['stoch_k', 'stoch_d'], () => new ts.StochasticOscillator({ dPeriod: 3, kPeriod: 14, kSlowingPeriod: 3 })),
  ofCandle(['cci_14'], () => new ts.CCI(14)),
  ofCandle(['cci_20'], () => new ts.CCI(20)),
  ofCandle(['williams_r_14'], () => new ts.WilliamsR(14)),
  ...perPeriod('roc', [10, 20], (period) => new ts.ROC(period)),
  ofClose(['mom_10'], () => new ts.MOM(10)),
  ofCandle(['ultosc'], () => new ts.UltimateOscillator()),
  ofCandle(['ao'], () => new ts.AO(5, 34)),
  ofClose(['cmo_14'], () => new ts.CMO(14)),
  ofClose(['tsi'], () => new ts.TSI()),
  ofCandle(['fisher_9', 'fisher_signal_9'], () => new ts.FisherTransform(9)),
  ofCandle(['bop'], () => new ts.BOP()),
  ofClose(['coppock'], () => new ts.CoppockCurve()),
  ofCandle(['bull_power', 'bear_power'], () => new ts.ElderRay(13)),
  ofCandle(['tr'], () => new ts.TR()),
  ofCandle(['atr_7'], () => new ts.ATR(7)),
  ofCandle(['atr_14'], () => new ts.ATR(14)),
  ofCandle(['natr_14'], () => new ts.NATR(14)),
  ofClose(BANDS, () => new ts.BollingerBands(20, 2)),
  ofCandle(['kc_upper', 'kc_middle', 'kc_lower'], () => new ts.KeltnerChannels()),
  ofCandle(['dc_upper', 'dc_middle', 'dc_lower'], () => new ts.DonchianChannels(20)),
  ofClose(['ulcer_14'], () => new ts.UlcerIndex(14)),
  ofCandle(['chaikin_vol_10'], () => new ts.CVI(10)),
  ofCandle(['vwap'], () => new ts.VWAP()),
  ofCandle(['mfi_14'], () => new ts.MFI(14)),
  ofCandle(['ad'], () => new ts.AD()),
  ofCandle(['adosc'], () => new ts.ADOSC()),
  ofCandle(['cmf_20'], () => new ts.CMF(20)),
  ofCandle(['force_13'], () => new ts.ForceIndex(13)),
  ofCandle(['eom_14'], () => new ts.EMV(14)),
  ofCandle(['nvi'], () => new ts.NVI()),
  ofCandle(['pvi'], () => new ts.PVI()),
  ofCandle(['pvt'], () => new ts.PVT()),
];
