/** The catalogue as it was agreed, written down once more: names and their order are columns of stores and inputs of models. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Family } from '../../src/indicators/indicator.js';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';

const AGREED: Readonly<Record<Family, readonly [count: number, columns: string]>> = {
  averages: [
    25,
    `sma_5 sma_10 sma_20 sma_50 sma_100 sma_200 ema_5 ema_9 ema_12 ema_20 ema_26 ema_50 ema_100 ema_200 wma_10 wma_20 hma_9
     hma_20 dema_20 tema_20 trima_20 kama_10 zlema_20 t3_5 vwma_20`,
  ],
  trend: [
    31,
    `macd macd_signal macd_hist ppo apo adx adxr dx plus_di minus_di aroon_up aroon_down aroon_osc psar ichimoku_tenkan
     ichimoku_kijun ichimoku_senkou_a ichimoku_senkou_b supertrend supertrend_dir vortex_plus vortex_minus linreg linreg_slope
     linreg_angle tsf trix_15 mass_25 dpo_20 kst kst_signal`,
  ],
  momentum: [
    23,
    `rsi_7 rsi_14 rsi_21 stoch_k stoch_d stochrsi_k stochrsi_d cci_14 cci_20 williams_r_14 roc_10 roc_20 mom_10 ultosc ao cmo_14
     tsi fisher_9 fisher_signal_9 bop coppock bull_power bear_power`,
  ],
  volatility: [
    22,
    `tr atr_7 atr_14 natr_14 bb_upper bb_middle bb_lower bb_width bb_percent kc_upper kc_middle kc_lower dc_upper dc_middle
     dc_lower stddev_20 var_20 hist_vol_20 parkinson_20 garman_klass_20 chaikin_vol_10 ulcer_14`,
  ],
  volume: [12, 'obv vwap mfi_14 ad adosc cmf_20 force_13 eom_14 volume_sma_20 nvi pvi pvt'],
  price: [
    28,
    `log_return_1 log_return_5 log_return_20 typical median weighted_close zscore_20 percent_rank_100 skew_20 kurtosis_20
     autocorr_20 pivot_p pivot_r1 pivot_r2 pivot_r3 pivot_s1 pivot_s2 pivot_s3 body_ratio upper_wick_ratio lower_wick_ratio
     hour_sin hour_cos weekday_sin weekday_cos session_asia session_london session_newyork`,
  ],
  candles: [
    19,
    `cdl_doji cdl_hammer cdl_hanging_man cdl_inverted_hammer cdl_shooting_star cdl_engulfing cdl_harami cdl_piercing
     cdl_dark_cloud cdl_morning_star cdl_evening_star cdl_three_white_soldiers cdl_three_black_crows cdl_marubozu
     cdl_spinning_top cdl_three_inside cdl_three_outside cdl_tasuki_gap cdl_belt_hold`,
  ],
  chart: [
    10,
    `chart_head_shoulders chart_inverse_head_shoulders chart_double_top chart_double_bottom chart_triangle_ascending
     chart_triangle_descending chart_triangle_symmetric chart_wedge_rising chart_wedge_falling chart_flag`,
  ],
  dollar: [1, 'dxy'],
  regime: [5, 'regime regime_parent regime_confidence regime_volatility regime_strength'],
};

const agreed = Object.entries(AGREED).map(([family, [count, columns]]) => ({ family, count, names: columns.split(/\s+/) }));

test('the catalogue has the 176 agreed columns, family by family, in the agreed order', () => {
  for (const { family, count, names } of agreed) {
    const inFamily = CATALOGUE.filter((definition) => definition.family === family);
    assert.deepEqual(
      inFamily.flatMap(({ columns }) => columns.map(({ name }) => name)),
      names,
    );
    assert.equal(names.length, count);
  }
  assert.deepEqual(
    COLUMNS,
    agreed.flatMap(({ names }) => names),
  );
  assert.equal(COLUMNS.length, 176);
});

test('volume is read by vwma_20 and the volume family, and by no other', () => {
  const reading = CATALOGUE.filter(({ volume }) => volume).flatMap(({ columns }) => columns.map(({ name }) => name));
  assert.deepEqual(reading, ['vwma_20', ...(agreed.find(({ family }) => family === 'volume')?.names ?? [])]);
});
