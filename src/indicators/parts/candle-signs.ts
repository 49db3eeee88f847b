/**
 * What can be said of a candle in a word, by itself or beside the one before it. A window keeps the signs of its last three
 * candles as the bits of one number, by which an index tells at once which patterns have all the signs that they ask for:
 * one or two of nineteen. The others need not be looked at.
 */
import { assert } from '../../runtime/assert.js';

export const CANDLE_SIGNS = [
  /** It closes where it opened, or above. */
  'white',
  /** Its body is over the mean body of the ten candles before it. */
  'long',
  /** Its shadow there is under a tenth of their mean range. */
  'bare above',
  'bare below',
  /** Its colour is not that of the candle before it. */
  'turned',
  /** Its body is under that mean body, or at most a tenth of that mean range. */
  'short',
  'slight',
  /** Bare where it opens: below where it is white, above where it is black. */
  'bare opening',
  /** Its shadow there is longer than its body. */
  'tail above',
  'tail below',
  /** Its body reaches over both ends of the body before, or stays within them; they may meet. */
  'engulfing',
  'engulfed',
  /** Its body is wholly above, or wholly below, the body before. */
  'gapping',
] as const;

export type CandleSign = (typeof CANDLE_SIGNS)[number];

export type AskedSign = CandleSign | `not ${CandleSign}` | 'black';

/** Signs that a pattern asks of the present candle, of the one before it, and of the one before that: of which only the first few. */
export interface AskedSigns {
  readonly now?: readonly AskedSign[];
  readonly last?: readonly AskedSign[];
  readonly second?: readonly AskedSign[];
}

/** The bit of a candle's sign, where it is the present one. */
export function signBit(sign: CandleSign): number {
  return 1 << CANDLE_SIGNS.indexOf(sign);
}

/** The bits that are looked at, and what they have to be. */
export interface SignMask {
  readonly seen: number;
  readonly set: number;
}

export function signMask({ now = [], last = [], second = [] }: AskedSigns): SignMask {
  let [seen, set] = [0, 0];
  [now, last, second].forEach((signs, age) => {
    for (const asked of signs) {
      const not = asked === 'black' || asked.startsWith('not ');
      const sign = asked === 'black' ? 'white' : (asked.replace('not ', '') as CandleSign);
      const place = CANDLE_SIGNS.indexOf(sign) + age * CANDLE_SIGNS.length;
      assert(place < 32, `a window does not keep the sign ${sign} for ${age} candles`);
      const bit = 1 << place;
      seen |= bit;
      if (!not) set |= bit;
    }
  });
  return { seen, set };
}

/** Patterns by the signs they ask for: up to 32. */
export class SignIndex {
  /** Per combination of signs that the present candle may have, those before it: a bit for each pattern that asks for no other. */
  readonly #now: Int32Array;
  readonly #last: Int32Array;
  readonly #second: Int32Array;

  constructor(asked: readonly AskedSigns[]) {
    const masks = asked.map(signMask);
    const possible = (age: number, signs: number): Int32Array =>
      Int32Array.from({ length: 1 << signs }, (_, candle) => {
        const part = candle << (age * CANDLE_SIGNS.length);
        const all = ((1 << signs) - 1) << (age * CANDLE_SIGNS.length);
        return masks.reduce((found, { seen, set }, at) => found | (Number((part & seen) === (all & set)) << at), 0);
      });
    this.#now = possible(0, CANDLE_SIGNS.length);
    this.#last = possible(1, CANDLE_SIGNS.length);
    this.#second = possible(2, 32 - 2 * CANDLE_SIGNS.length);
  }

  /** A bit for each pattern that has all its signs, the first one's lowest. */
  find(signs: number): number {
    const now = this.#now;
    const last = this.#last;
    const all = now.length - 1;
    return (
      (now[signs & all] as number) &
      (last[(signs >>> CANDLE_SIGNS.length) & all] as number) &
      (this.#second[signs >>> (2 * CANDLE_SIGNS.length)] as number)
    );
  }
}
