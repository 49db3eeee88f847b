/**
 * What can be said of a candle in a word, by itself or beside the one before it. A window keeps the signs of its last three
 * candles as the bits of one number, so that a pattern which asks for some of them learns by one comparison whether there is
 * any need to look further: seldom is there.
 */
export const CANDLE_SIGNS = [
  /** It closes where it opened, or above. */
  'white',
  /** Its body is over the mean body of the ten candles before it, under it, or at most a tenth of their mean range. */
  'long',
  'short',
  'slight',
  /** Its shadow there is under a tenth of that mean range. */
  'bare above',
  'bare below',
  /** Its shadow there is longer than its body. */
  'tail above',
  'tail below',
  /** Its colour is not that of the candle before it. */
  'turned',
  /** Its body reaches from one end of the body before to the other, or beyond. */
  'engulfing',
] as const;

export type CandleSign = (typeof CANDLE_SIGNS)[number];

export type AskedSign = CandleSign | `not ${CandleSign}` | 'black';

/** Signs that a pattern asks of the present candle, of the one before it, and of the one before that. */
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
      const bit = signBit(sign) << (age * CANDLE_SIGNS.length);
      seen |= bit;
      if (!not) set |= bit;
    }
  });
  return { seen, set };
}
