import type { CandleInput } from '../../../src/indicators/indicator.js';
import { type PriceSeries, priceSeries, type TaLibRun, tulipFunction, type TulipInput } from './libraries.js';

/** How a reference library gives a column. */
export interface LibraryColumn {
  readonly library: 'TA-Lib' | 'Tulip';
  /** A value per candle, NaN before the first. */
  run(candles: readonly CandleInput[]): Promise<readonly number[]> | readonly number[];
  /** First candle from which they must agree: where the library seeds a recursion otherwise. */
  readonly from?: number;
  /** Why the library's own distance is shown and not judged: its arithmetic loses precision there. */
  readonly shown?: string;
}

export type LibraryColumns = Readonly<Record<string, LibraryColumn>>;

export function taLibColumn(run: TaLibRun, output = 'outReal', shown?: string): LibraryColumn {
  return {
    library: 'TA-Lib',
    run: (candles) => run(priceSeries(candles))[output] ?? [],
    ...(shown === undefined ? {} : { shown }),
  };
}

/** A column that is worked out of several outputs of TA-Lib's. */
export function taLibFormula(of: (series: PriceSeries) => readonly number[]): LibraryColumn {
  return { library: 'TA-Lib', run: (candles) => of(priceSeries(candles)) };
}

export function tulipColumn(
  name: string,
  inputs: readonly TulipInput[],
  options: readonly number[],
  more: { readonly output?: number; readonly from?: number } = {},
): LibraryColumn {
  const { output = 0, from } = more;
  return {
    library: 'Tulip',
    run: async (candles) => (await tulipFunction(name, inputs, options, candles))[output] ?? [],
    ...(from === undefined ? {} : { from }),
  };
}
