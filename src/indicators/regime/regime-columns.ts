import type { CandleInput, CandleStream, Column, IndicatorDefinition } from '../indicator.js';
import { rsi } from '../momentum/rsi.js';
import { ComposedIndicator } from '../parts/composed-indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WindowRank } from '../parts/window-rank.js';
import { adx } from '../trend/adx.js';
import { bollinger } from '../volatility/bollinger.js';
import { trueRanges } from '../volatility/true-ranges.js';
import { HeldRegime } from './held-regime.js';
import { RegimeAgreement } from './regime-agreement.js';
import { classifyRegime, REGIME_MEASURES, type RegimeMeasure } from './regime-table.js';
import { PARENT_OF, REGIME_PARENTS, REGIMES } from './regimes.js';

const PERIOD = 14;
const BAND_PERIOD = 20;
const RANKED = 100;
/** What is worked out of prices that stand still differs in its last digits only, and is not to be ranked by its rounding. */
const HAIR = 1e-9;
/** Candles whose classification tells how sure the regime is. */
const AGREEING = 10;
/** An adx as high as this is a trend as strong as they get. */
const STRONGEST_ADX = 50;

const PARENTS = Int32Array.from(REGIMES, (regime) => REGIME_PARENTS.indexOf(PARENT_OF[regime]));

const MEMBERS = [adx(PERIOD), bollinger(BAND_PERIOD, 2), trueRanges(PERIOD), rsi(PERIOD)];
const READ = MEMBERS.flatMap(({ columns }) => columns.map(({ name }) => name));
const [ADX, PLUS_DI, MINUS_DI, WIDTH, RANGE, MOMENTUM] = [
  READ.indexOf('adx'),
  READ.indexOf('plus_di'),
  READ.indexOf('minus_di'),
  READ.indexOf('bb_width'),
  READ.indexOf(`atr_${PERIOD}`),
  READ.indexOf(`rsi_${PERIOD}`),
];
const at = (measure: RegimeMeasure): number => REGIME_MEASURES.indexOf(measure);
const [M_ADX, M_LEAD, M_WIDTH, M_SWING, M_RSI] = [at('adx'), at('lead'), at('width'), at('swing'), at('rsi')];

class RegimeColumns extends ComposedIndicator {
  readonly #width = this.keep(new WindowRank(RANKED, HAIR));
  readonly #swing = this.keep(new WindowRank(RANKED, HAIR));
  readonly #held = this.keep(new HeldRegime());
  readonly #agreement = this.keep(new RegimeAgreement(AGREEING));
  /** Filled anew at each candle. */
  readonly #measures = new Float64Array(REGIME_MEASURES.length);

  constructor(stream: CandleStream) {
    super(5, MEMBERS, stream);
  }

  override update(candle: CandleInput): void {
    this.members.update(candle);
    const read = this.members.values;
    const measures = this.#measures;
    const range = read[RANGE] as number;
    if (Number.isNaN(range)) return;
    this.#swing.value = range;
    this.#swing.advance();
    measures[M_SWING] = this.#swing.rank;
    const width = read[WIDTH] as number;
    if (Number.isNaN(width)) return;
    this.#width.value = width;
    this.#width.advance();
    measures[M_WIDTH] = this.#width.rank;
    if (!Number.isNaN(measures[M_WIDTH])) this.#classify();
  }

  #classify(): void {
    const measures = this.#measures;
    const read = this.members.values;
    measures[M_ADX] = read[ADX] as number;
    measures[M_LEAD] = (read[PLUS_DI] as number) - (read[MINUS_DI] as number);
    measures[M_RSI] = read[MOMENTUM] as number;
    this.#show(classifyRegime(measures));
  }

  #show(code: number): void {
    const { values } = this;
    const measures = this.#measures;
    const held = this.#held.update(code);
    values[0] = held;
    values[1] = PARENTS[held] as number;
    this.#agreement.update(code, held);
    values[2] = this.#agreement.share;
    values[3] = measures[M_SWING] as number;
    values[4] = Math.min(1, (measures[M_ADX] as number) / STRONGEST_ADX);
  }
}

const WARMUP = BAND_PERIOD + RANKED;
const MEASURED = `adx, plus_di − minus_di, rsi_${PERIOD}, and the ranks over ${RANKED} of bb_width and of atr_${PERIOD}`;

const COLUMNS: readonly Column[] = [
  {
    name: 'regime',
    definition: `0..11, the first row that fits of a table over ${MEASURED}; changes when 3 candles in a row say so`,
    warmup: WARMUP,
    settles: 'turn',
    unit: 'code',
  },
  {
    name: 'regime_parent',
    definition: '0 trending up (breakout up too), 1 trending down, 2 ranging (quiet too), 3 volatile',
    warmup: WARMUP,
    settles: 'turn',
    unit: 'code',
  },
  {
    name: 'regime_confidence',
    definition: `share of the last ${AGREEING} candles that the table gives the present regime`,
    warmup: WARMUP,
    settles: 'turn',
    unit: 'share',
  },
  {
    name: 'regime_volatility',
    definition: `share of the ${RANKED} values before of atr_${PERIOD} that are below, plus half of ties (closer than a billionth)`,
    warmup: WARMUP,
    settles: wilderSettles(PERIOD) + RANKED,
    unit: 'share',
  },
  {
    name: 'regime_strength',
    definition: `adx / ${STRONGEST_ADX}, at most 1`,
    warmup: WARMUP,
    settles: 3 * wilderSettles(PERIOD),
    unit: 'share',
  },
];

export function regimeColumns(): IndicatorDefinition {
  return { family: 'regime', source: 'Suho', volume: false, columns: COLUMNS, create: (stream) => new RegimeColumns(stream) };
}
