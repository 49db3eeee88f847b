import type { Random } from '../runtime/random.js';
import type { Behaviour } from './behaviour.js';
import { RETCODE } from './retcode.js';

/**
 * What chance has in store for one request, drawn whole when it is sent: the draws of one request never shift those of
 * another, whatever prices do in between.
 */
export interface OrderFate {
  readonly latencyMs: number;
  readonly slipPoints: number;
  readonly requote: boolean;
  /** 0, or the code of a refusal. */
  readonly rejectCode: number;
  /** Share of the volume that finds a counterparty. */
  readonly fillShare: number;
  readonly ambiguous: AmbiguousFate | undefined;
}

export interface AmbiguousFate {
  readonly retcode: number;
  /** Whether the request reaches the server at all. */
  readonly arrives: boolean;
  /** From arrival to the trade; may be long after the terminal gave up. */
  readonly tradeAfterMs: number;
  readonly answerAfterMs: number;
  readonly linkDownMs: number;
}

const REJECT_CODES = [RETCODE.REJECT, RETCODE.REJECT, RETCODE.CANCEL, RETCODE.TOO_MANY_REQUESTS, RETCODE.LOCKED] as const;

export function drawOrderFate(random: Random, behaviour: Behaviour): OrderFate {
  const spread = behaviour.latencyMsMost - behaviour.latencyMsLeast;
  const latencyMs = behaviour.latencyMsLeast + spread * random.next();
  const slips = random.chance(behaviour.slipChance);
  const slipPoints = slips ? 1 + random.int(Math.max(1, behaviour.slipPointsMost)) : 0;
  const requote = random.chance(behaviour.requoteChance);
  const rejectCode = random.chance(behaviour.rejectChance) ? (REJECT_CODES[random.int(REJECT_CODES.length)] ?? 0) : 0;
  const fillShare = random.chance(behaviour.partialChance) ? 0.2 + 0.6 * random.next() : 1;
  const ambiguous = random.chance(behaviour.ambiguousChance) ? drawAmbiguity(random, behaviour) : undefined;
  return { latencyMs, slipPoints, requote, rejectCode, fillShare, ambiguous };
}

function drawAmbiguity(random: Random, behaviour: Behaviour): AmbiguousFate {
  const retcode = [RETCODE.ERROR, RETCODE.TIMEOUT, RETCODE.CONNECTION][random.int(3)] ?? RETCODE.TIMEOUT;
  return {
    retcode,
    arrives: random.chance(behaviour.ambiguousTradedChance),
    tradeAfterMs: random.next() * behaviour.lateFillMsMost,
    answerAfterMs: retcode === RETCODE.TIMEOUT ? behaviour.answerTimeoutMs : 0,
    linkDownMs: retcode === RETCODE.CONNECTION ? random.next() * behaviour.linkDownMsMost : 0,
  };
}
