/**
 * What becomes of an open position of ours beside its stop and target: the first rule that applies, in a fixed order. Closing
 * comes before moving stops, since a stop of what is closed need not move.
 */
import type { ExitSettings } from '../accounts/trading-settings.js';
import { breakEven } from './break-even.js';
import { EXIT_RULES, type ExitAction, type ExitRule, type ExitRuleName, type ExitView } from './exit-rule.js';
import { fridayClose } from './friday-close.js';
import { partialClose } from './partial-close.js';
import { timeStop } from './time-stop.js';
import { trailingStop } from './trailing-stop.js';

const RULES: Readonly<Record<ExitRuleName, ExitRule>> = {
  'friday-close': fridayClose,
  'time-stop': timeStop,
  'partial-close': partialClose,
  'break-even': breakEven,
  'trailing-stop': trailingStop,
};

/** Whether any rule is on. */
export function hasExits(settings: ExitSettings): boolean {
  const { breakEven: even, trailing, partial, timeStop: time, fridayClose: friday } = settings;
  return even || trailing || partial || time || friday;
}

export function decideExit(
  view: ExitView,
  settings: ExitSettings,
  barred: (action: ExitAction) => boolean = () => false,
): ExitAction | undefined {
  for (const name of EXIT_RULES) {
    const action = RULES[name](view, settings);
    if (action !== undefined && !barred(action)) return action;
  }
  return undefined;
}

/** How soon a command that came to nothing is asked again. */
export const EXIT_AGAIN_MS = 60_000;

/** One cause makes one command, over restarts: a partial close is once for good, all else once a minute until it is done. */
export function causeOf(action: ExitAction, { position, nowMs }: Pick<ExitView, 'position' | 'nowMs'>): string {
  const name = `exit:${action.rule}:${position.ticket}`;
  if (action.rule === 'partial-close') return name;
  const turn = Math.floor(nowMs / EXIT_AGAIN_MS);
  return action.kind === 'modify' ? `${name}:${action.stopLoss}:${turn}` : `${name}:${turn}`;
}

const REASONS: Readonly<Record<ExitRuleName, string>> = {
  'friday-close': 'the weekend comes',
  'time-stop': 'it was open for long enough',
  'partial-close': 'a share of the gain is taken',
  'break-even': 'it can lose no more',
  'trailing-stop': 'the stop follows the price',
};

export function reasonOf({ rule }: ExitAction): string {
  return `${rule}: ${REASONS[rule]}`;
}
