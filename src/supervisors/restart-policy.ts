import type { RestartPolicy } from '../actors/actor.js';
import { LIMITS } from '../limits.js';

/**
 * Exponential back-off with full jitter, and a budget: more than `restarts` crashes within the window, and the actor stops
 * for good. The back-off counts only crashes within the window, so an actor that has run well for a while starts over.
 */
export const restartPolicy: RestartPolicy = (crashes, nowMs, random) => {
  const { restarts, restartWindowMs, backoffFirstMs, backoffMostMs } = LIMITS.actor;
  const recent = crashes.filter((at) => nowMs - at < restartWindowMs).length;
  if (recent > restarts) return 'stop';
  const ceiling = Math.min(backoffMostMs, backoffFirstMs * 2 ** (recent - 1));
  return { afterMs: Math.ceil(ceiling * random.next()) };
};
