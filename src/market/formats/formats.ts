import { dukascopy, dukascopyTicks } from './dukascopy.js';
import type { Format, Sample } from './format.js';
import { histdata, histdataTicks } from './histdata.js';
import { leanBars, leanHours, leanTicks } from './lean.js';
import { mt4, mt5, mt5Ticks } from './metatrader.js';
import { headed, plain, plainTicks } from './plain.js';
import { suhoCandles } from './suho-candles.js';

/** Every format that can be read. At most one recognises a given beginning, so their order does not matter. */
export const FORMATS: readonly Format[] = [
  mt4,
  mt5,
  mt5Ticks,
  histdata,
  histdataTicks,
  plain,
  plainTicks,
  headed,
  leanTicks,
  leanBars,
  leanHours,
  dukascopy,
  dukascopyTicks,
  suhoCandles,
];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name.toLowerCase());
}

export function recognise(sample: Sample): Format | undefined {
  return FORMATS.find((format) => format.recognises(sample));
}
