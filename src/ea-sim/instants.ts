/**
 * The instants at which the parties of a run act. Market ticks and server timers fall on milliseconds ending in 0; an EA
 * turns on those ending in 3 and a broker on those ending in 7. Under a stepped clock no two parties then act in one
 * instant, so that what one of them sees never depends on which was called first. It is also close to MT5, whose
 * timer turns every 10-16 ms.
 */
const PERIOD_MS = 10;
const EA_PHASE_MS = 3;
const BROKER_PHASE_MS = 7;

function delayToPhase(nowMs: number, leastDelayMs: number, phaseMs: number): number {
  const earliest = Math.max(nowMs + 1, Math.ceil(nowMs + leastDelayMs));
  const into = (((earliest - phaseMs) % PERIOD_MS) + PERIOD_MS) % PERIOD_MS;
  return earliest + (into === 0 ? 0 : PERIOD_MS - into) - nowMs;
}

/** Milliseconds from now to the EA's first turn that is at least `leastDelayMs` away, and never this instant. */
export function delayToEaTurn(nowMs: number, leastDelayMs = 0): number {
  return delayToPhase(nowMs, leastDelayMs, EA_PHASE_MS);
}

export function delayToBrokerTurn(nowMs: number, leastDelayMs = 0): number {
  return delayToPhase(nowMs, leastDelayMs, BROKER_PHASE_MS);
}
