/** A column of an earlier design. */
export interface EarlierName {
  readonly name: string;
  /** Ours, nearest first; none where nothing has its place. */
  readonly ours: readonly string[];
  readonly about?: string;
}

const SAME = (name: string): EarlierName => ({ name, ours: [name] });

/** The columns that earlier designs name, table by table. */
export const EARLIER_TABLES: Readonly<Record<string, readonly EarlierName[]>> = {
  technical_indicators: [
    SAME('sma_20'),
    SAME('ema_12'),
    SAME('ema_26'),
    SAME('macd'),
    SAME('macd_signal'),
    SAME('rsi_14'),
    { name: 'stochastic_k', ours: ['stoch_k'], about: '14, slowed by 3' },
    { name: 'stochastic_d', ours: ['stoch_d'], about: 'average of 3 of it' },
    { name: 'williams_r', ours: ['williams_r_14'] },
    { name: 'bollinger_upper', ours: ['bb_upper'], about: '20 candles, 2 deviations' },
    { name: 'bollinger_lower', ours: ['bb_lower'], about: '20 candles, 2 deviations' },
    { name: 'atr', ours: ['atr_14'], about: 'its period was not told' },
    { name: 'volume_sma', ours: ['volume_sma_20'], about: 'its period was not told' },
    { name: 'obv', ours: ['obv'], about: 'ours restarts each UTC day' },
  ],
  ml_features: [
    ...['sma_10', 'sma_20', 'sma_50'].map(SAME),
    { name: 'ema_10', ours: ['ema_9', 'ema_12'], about: 'there is no period of 10; its neighbours' },
    SAME('ema_20'),
    { name: 'macd_line', ours: ['macd'] },
    { name: 'adx_14', ours: ['adx'], about: '14' },
    ...['rsi_14', 'stoch_k', 'cci_20', 'williams_r_14'].map(SAME),
    { name: 'bb_upper_20_2', ours: ['bb_upper'], about: '20 candles, 2 deviations' },
    SAME('atr_14'),
    { name: 'kc_upper', ours: ['kc_upper'], about: '20 candles, 2 average ranges' },
    { name: 'dc_upper_20', ours: ['dc_upper'], about: '20 candles, the present one among them' },
    SAME('obv'),
    { name: 'vwap', ours: ['vwap'], about: 'restarts each UTC day' },
    SAME('mfi_14'),
    ...['label_direction_1h', 'label_return_1h', 'label_direction_4h', 'label_return_4h'].map(SAME),
    ...['label_direction_1d', 'label_return_1d'].map(SAME),
    { name: 'tenant_id', ours: [], about: 'features belong to no tenant' },
    { name: 'user_id', ours: [], about: 'features belong to no user' },
  ],
  ml_training_features: [
    { name: 'label_1m', ours: ['label_return_1m'] },
    { name: 'label_5m', ours: ['label_return_5m'] },
    { name: 'label_15m', ours: ['label_return_15m'] },
    { name: 'label_1h', ours: ['label_return_1h'] },
    { name: 'market_regime', ours: ['regime_parent', 'regime'], about: 'a number for each name' },
    {
      name: 'volatility',
      ours: ['regime_volatility'],
      about: 'its definition was not told; see `hist_vol_20` and `natr_14` too',
    },
    { name: 'features', ours: [], about: 'an array; every feature is a column here' },
    { name: 'feature_names', ours: [], about: 'the header of a file of rows' },
    { name: 'completeness', ours: [], about: 'what has no value is empty or null' },
  ],
  market_regimes: [
    { name: 'regime_type', ours: ['regime_parent'], about: 'a number for each of the same four names' },
    { name: 'confidence', ours: ['regime_confidence'] },
    { name: 'volatility_score', ours: ['regime_volatility'] },
    { name: 'trend_strength', ours: ['regime_strength'] },
  ],
  'candles and aggregates': [
    { name: 'vwap', ours: ['vwap'], about: 'of the day so far; theirs was of one candle' },
    { name: 'num_trades', ours: ['volume'], about: 'the count of quotes, where none is traded' },
  ],
};
