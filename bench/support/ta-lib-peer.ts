/** TA-Lib's functions over a whole series, as a backtest that has all candles would call them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callTaLib, type PriceSeries, type TaLibOptions } from '../../test/support/libraries/libraries.js';
import { numbered } from './peer.js';

export interface BatchFunction {
  readonly columns: readonly string[];
  readonly name: string;
  readonly options: TaLibOptions;
}

const one = (columns: readonly string[], name: string, options: TaLibOptions = {}): BatchFunction => ({ columns, name, options });

const perPeriod = (column: string, name: string, periods: readonly number[]): BatchFunction[] =>
  periods.map((optInTimePeriod) => one(numbered(column, [optInTimePeriod]), name, { optInTimePeriod }));

const over = (column: string, name: string, optInTimePeriod: number): BatchFunction => one([column], name, { optInTimePeriod });

const BANDS = { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 };
const STOCH = {
  optInFastK_Period: 14,
  optInSlowK_Period: 3,
  optInSlowK_MAType: 0,
  optInSlowD_Period: 3,
  optInSlowD_MAType: 0,
};
const ULTOSC = { optInTimePeriod1: 7, optInTimePeriod2: 14, optInTimePeriod3: 28 };

const CANDLES: Readonly<Record<string, string>> = {
  doji: 'DOJI',
  hammer: 'HAMMER',
  hanging_man: 'HANGINGMAN',
  inverted_hammer: 'INVERTEDHAMMER',
  shooting_star: 'SHOOTINGSTAR',
  engulfing: 'ENGULFING',
  harami: 'HARAMI',
  piercing: 'PIERCING',
  dark_cloud: 'DARKCLOUDCOVER',
  morning_star: 'MORNINGSTAR',
  evening_star: 'EVENINGSTAR',
  three_white_soldiers: '3WHITESOLDIERS',
  three_black_crows: '3BLACKCROWS',
  marubozu: 'MARUBOZU',
  spinning_top: 'SPINNINGTOP',
  three_inside: '3INSIDE',
  three_outside: '3OUTSIDE',
  tasuki_gap: 'TASUKIGAP',
  belt_hold: 'BELTHOLD',
};
const PENETRATION: Readonly<Record<string, number>> = { morning_star: 0.3, evening_star: 0.3, dark_cloud: 0.5 };

function candlePatterns(): BatchFunction[] {
  return Object.entries(CANDLES).map(([pattern, name]) => {
    const optInPenetration = PENETRATION[pattern];
    return one([`cdl_${pattern}`], `CDL${name}`, optInPenetration === undefined ? {} : { optInPenetration });
  });
}

/** Every function of the catalogue that TA-Lib has. */
export const TA_LIB: readonly BatchFunction[] = [
  ...perPeriod('sma', 'SMA', [5, 10, 20, 50, 100, 200]),
  ...perPeriod('ema', 'EMA', [5, 9, 12, 20, 26, 50, 100, 200]),
  ...perPeriod('wma', 'WMA', [10, 20]),
  over('dema_20', 'DEMA', 20),
  over('tema_20', 'TEMA', 20),
  over('trima_20', 'TRIMA', 20),
  over('kama_10', 'KAMA', 10),
  one(['t3_5'], 'T3', { optInTimePeriod: 5, optInVFactor: 0.7 }),
  one(['macd', 'macd_signal', 'macd_hist'], 'MACD', { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 }),
  one(['ppo'], 'PPO', { optInFastPeriod: 12, optInSlowPeriod: 26, optInMAType: 1 }),
  one(['apo'], 'APO', { optInFastPeriod: 12, optInSlowPeriod: 26, optInMAType: 1 }),
  over('adx', 'ADX', 14),
  over('adxr', 'ADXR', 14),
  over('dx', 'DX', 14),
  over('plus_di', 'PLUS_DI', 14),
  over('minus_di', 'MINUS_DI', 14),
  one(['aroon_up', 'aroon_down'], 'AROON', { optInTimePeriod: 25 }),
  over('aroon_osc', 'AROONOSC', 25),
  one(['psar'], 'SAR', { optInAcceleration: 0.02, optInMaximum: 0.2 }),
  over('linreg', 'LINEARREG', 14),
  over('linreg_slope', 'LINEARREG_SLOPE', 14),
  over('linreg_angle', 'LINEARREG_ANGLE', 14),
  over('tsf', 'TSF', 14),
  over('trix_15', 'TRIX', 15),
  ...perPeriod('rsi', 'RSI', [7, 14, 21]),
  one(['stoch_k', 'stoch_d'], 'STOCH', STOCH),
  ...perPeriod('cci', 'CCI', [14, 20]),
  over('williams_r_14', 'WILLR', 14),
  ...perPeriod('roc', 'ROC', [10, 20]),
  over('mom_10', 'MOM', 10),
  one(['ultosc'], 'ULTOSC', ULTOSC),
  over('cmo_14', 'CMO', 14),
  one(['bop'], 'BOP'),
  one(['tr'], 'TRANGE'),
  ...perPeriod('atr', 'ATR', [7, 14]),
  over('natr_14', 'NATR', 14),
  one(['bb_upper', 'bb_middle', 'bb_lower', 'bb_width', 'bb_percent'], 'BBANDS', BANDS),
  one(['stddev_20'], 'STDDEV', { optInTimePeriod: 20, optInNbDev: 1 }),
  one(['var_20'], 'VAR', { optInTimePeriod: 20, optInNbDev: 1 }),
  one(['obv'], 'OBV'),
  one(['ad'], 'AD'),
  one(['adosc'], 'ADOSC', { optInFastPeriod: 3, optInSlowPeriod: 10 }),
  over('mfi_14', 'MFI', 14),
  one(['typical'], 'TYPPRICE'),
  one(['median'], 'MEDPRICE'),
  one(['weighted_close'], 'WCLPRICE'),
  ...candlePatterns(),
];

/** By Node's wrapper, which copies each series in and out, as any user of it pays. */
export function runWrapped(functions: readonly BatchFunction[], series: PriceSeries): void {
  for (const { name, options } of functions) callTaLib(name, options, series);
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const library = join(root, 'test', 'oracles', 'node_modules', 'talib', 'src', 'lib');
const LINKED = ['abstract', 'func', 'common', 'libc'].map((part) => `-lta_${part}_csr`);

/** The C functions without the wrapper, compiled for this run. */
export class CompiledTaLib implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'suho-ta-lib-'));
  readonly #program = join(this.#folder, 'batch');
  readonly #candles: number;

  constructor(series: PriceSeries) {
    this.#candles = series.close.length;
    const { open, high, low, close, volume } = series;
    const doubles = Float64Array.from([open, high, low, close, volume].flat());
    writeFileSync(join(this.#folder, 'series'), Buffer.from(doubles.buffer));
    const source = join(root, 'bench', 'support', 'ta-lib-batch.c');
    const found = [`-I${join(library, 'include')}`, `-L${join(library, 'lib')}`];
    execFileSync('gcc', ['-O2', '-o', this.#program, source, ...found, ...LINKED, '-lm']);
  }

  static get available(): boolean {
    return existsSync(join(library, 'lib', 'libta_func_csr.a'));
  }

  /** Nanoseconds per candle for all of the functions together, one figure per round. */
  run(functions: readonly BatchFunction[], rounds: number): number[] {
    const lines = functions.map(({ name, options }) =>
      [name, ...Object.entries(options).map(([option, value]) => `${option}=${value}`)].join(' '),
    );
    const words = [join(this.#folder, 'series'), String(this.#candles), String(rounds)];
    const told = execFileSync(this.#program, words, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    return told.trim().split('\n').map(Number);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
