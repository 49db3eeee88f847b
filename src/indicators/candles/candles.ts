import type { IndicatorDefinition } from '../indicator.js';
import { beltHold } from './belt-hold.js';
import { candlePatterns } from './candle-patterns.js';
import { darkCloud } from './dark-cloud.js';
import { doji } from './doji.js';
import { engulfing } from './engulfing.js';
import { eveningStar } from './evening-star.js';
import { hammer } from './hammer.js';
import { hangingMan } from './hanging-man.js';
import { harami } from './harami.js';
import { invertedHammer } from './inverted-hammer.js';
import { marubozu } from './marubozu.js';
import { morningStar } from './morning-star.js';
import { piercing } from './piercing.js';
import { shootingStar } from './shooting-star.js';
import { spinningTop } from './spinning-top.js';
import { tasukiGap } from './tasuki-gap.js';
import { threeBlackCrows } from './three-black-crows.js';
import { threeInside } from './three-inside.js';
import { threeOutside } from './three-outside.js';
import { threeWhiteSoldiers } from './three-white-soldiers.js';

/** Candle patterns, as TA-Lib's, in the catalogue's order. */
export const CANDLES: readonly IndicatorDefinition[] = [
  candlePatterns([
    doji,
    hammer,
    hangingMan,
    invertedHammer,
    shootingStar,
    engulfing,
    harami,
    piercing,
    darkCloud(0.5),
    morningStar(0.3),
    eveningStar(0.3),
    threeWhiteSoldiers,
    threeBlackCrows,
    marubozu,
    spinningTop,
    threeInside,
    threeOutside,
    tasukiGap,
    beltHold,
  ]),
];
