import type { ExitRule } from './exit-rule.js';
import { hasGained, signOf } from './gain.js';
import { moveStop, onTick } from './stop-move.js';

/** From a gain on the trade can no longer lose: its stop goes to the entry, or beyond it by what is locked. */
export const breakEven: ExitRule = (view, settings) => {
  if (!settings.breakEven || !hasGained(view, settings.breakEvenAfterR)) return undefined;
  const wished = view.signal.entry + signOf(view) * settings.breakEvenLockPips * view.symbol.pip;
  return moveStop(view, 'break-even', onTick(view, wished, 'forth'), 0);
};
