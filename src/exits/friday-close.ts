import type { ExitRule } from './exit-rule.js';
import { isFrozen } from './stop-move.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;
const FRIDAY = 5;

/** Nothing of ours stays open over the weekend: from a time on Friday, UTC, to the end of that day. */
export const fridayClose: ExitRule = (view, settings) => {
  const weekday = (Math.floor(view.nowMs / DAY_MS) + FIRST_WEEKDAY) % 7;
  if (!settings.fridayClose || weekday !== FRIDAY || isFrozen(view)) return undefined;
  const [hours = 0, minutes = 0] = settings.fridayCloseAt.split(':').map(Number);
  if (view.nowMs % DAY_MS < (hours * 60 + minutes) * MINUTE_MS) return undefined;
  return { kind: 'close', rule: 'friday-close', volume: view.position.volume };
};
