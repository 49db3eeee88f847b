import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CandleInput } from '../../../src/indicators/indicator.js';

/** TA-Lib and Tulip as `test/oracles/install.mjs` compiles them; undefined where that was not done. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const requireOracle = createRequire(join(root, 'test', 'oracles', 'package.json'));

interface TaLib {
  execute(call: Record<string, unknown>): { begIndex: number; nbElement: number; result: Record<string, number[]> };
}

interface Tulip {
  readonly indicators: Readonly<
    Record<
      string,
      {
        indicator(inputs: number[][], options: number[], done: (error: Error | null, results: number[][]) => void): void;
        start(options: number[]): number;
      }
    >
  >;
}

function load<Library>(name: string): Library | undefined {
  try {
    return requireOracle(name) as Library;
  } catch {
    return undefined;
  }
}

const taLib = load<TaLib>('talib');
const tulip = load<Tulip>('tulind');

const hint = (name: string): string => `${name} is not installed: node test/oracles/install.mjs`;
/** For a test's `skip`: false where the library is there, else why not. */
export const withoutTaLib: string | false = taLib === undefined && hint('TA-Lib');
export const withoutTulip: string | false = tulip === undefined && hint('Tulip');

/** Candles laid out as both libraries read them. */
export function priceSeries(candles: readonly CandleInput[]) {
  return {
    open: candles.map(({ open }) => open),
    high: candles.map(({ high }) => high),
    low: candles.map(({ low }) => low),
    close: candles.map(({ close }) => close),
    volume: candles.map(({ volume }) => volume),
  };
}

export type PriceSeries = ReturnType<typeof priceSeries>;
export type TaLibRun = (series: PriceSeries) => Readonly<Record<string, number[]>>;

export type TaLibOptions = Readonly<Record<string, number>>;

/** Runs one of TA-Lib's functions over prices and answers as its wrapper does. */
export function callTaLib(name: string, options: TaLibOptions, series: PriceSeries) {
  if (taLib === undefined) throw new Error(hint('TA-Lib'));
  return taLib.execute({ name, startIdx: 0, endIdx: series.close.length - 1, ...series, inReal: series.close, ...options });
}

/** Makes a function that runs one of TA-Lib's over prices; each output has a value per candle, NaN before its first. */
export function taLibFunction(name: string, options: TaLibOptions = {}): TaLibRun {
  return (series) => {
    const { begIndex, result } = callTaLib(name, options, series);
    return padded(result, begIndex);
  };
}

function padded(result: Readonly<Record<string, number[]>>, first: number): Record<string, number[]> {
  const before = new Array<number>(first).fill(Number.NaN);
  return Object.fromEntries(Object.entries(result).map(([output, values]) => [output, [...before, ...values]]));
}

export type TulipInput = keyof PriceSeries;

/** Runs one of Tulip's functions; inputs are named as a candle's fields. */
export async function tulipFunction(
  name: string,
  inputs: readonly TulipInput[],
  options: readonly number[],
  candles: readonly CandleInput[],
): Promise<readonly (readonly number[])[]> {
  const series = priceSeries(candles);
  const found = tulip?.indicators[name];
  if (found === undefined) throw new Error(hint('Tulip'));
  const results = await new Promise<number[][]>((resolve, reject) => {
    found.indicator(
      inputs.map((input) => series[input]),
      [...options],
      (error, values) => (error ? reject(error) : resolve(values)),
    );
  });
  const before = new Array<number>(found.start([...options])).fill(Number.NaN);
  return results.map((values) => [...before, ...values]);
}
