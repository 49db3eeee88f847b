/**
 * Whether an account has passed a limit, looked at whenever its money or positions are told. Told once when it passes, not again
 * until it has been within. Pure but for what it remembers of that.
 */
import type { RiskSettings } from '../accounts/trading-settings.js';
import type { LimitEvent } from './limit-event.js';
import { type Caps, leastOf, type Losses } from './risk-check.js';

export const BREACH_KINDS = ['daily-loss', 'weekly-loss', 'drawdown', 'margin-level', 'positions'] as const;
export type BreachKind = (typeof BREACH_KINDS)[number];

export interface Watched {
  readonly losses: Losses;
  readonly equity: number;
  readonly margin: number;
  /** Open at the broker; undefined while that is not known. */
  readonly positions: number | undefined;
}

export interface Breach extends Omit<LimitEvent, 'kind' | 'action'> {
  readonly kind: BreachKind;
  readonly limitValue: number;
  readonly currentValue: number;
  /** `none`: nothing new is opened, and what is open stays. */
  readonly action: RiskSettings['onBreach'] | 'none';
}

type Level = readonly [kind: BreachKind, current: number | undefined, limit: number | undefined, past: boolean];

const SENTENCES: Readonly<Record<BreachKind, string>> = {
  'daily-loss': 'The day’s loss has reached its limit.',
  'weekly-loss': 'The week’s loss has reached its limit.',
  drawdown: 'The drawdown has passed its limit.',
  'margin-level': 'The margin level is below its limit.',
  positions: 'More positions are open than may be, the user’s own among them.',
};

function levels(watched: Watched, settings: RiskSettings, caps: Caps): readonly Level[] {
  const { losses, equity, margin, positions } = watched;
  const atLeast = (kind: BreachKind, current: number, limit: number | undefined): Level => [
    kind,
    current,
    limit,
    limit !== undefined && current >= limit,
  ];
  const above = (kind: BreachKind, current: number | undefined, limit: number | undefined): Level => [
    kind,
    current,
    limit,
    limit !== undefined && current !== undefined && current > limit,
  ];
  const level = margin > 0 ? (100 * equity) / margin : undefined;
  const least = settings.marginLevelStopsPercent ?? undefined;
  return [
    atLeast('daily-loss', losses.dailyPercent, leastOf(settings.dailyLossMostPercent, caps.userDailyLossPercent)),
    atLeast('weekly-loss', losses.weeklyPercent, settings.weeklyLossMostPercent ?? undefined),
    above('drawdown', losses.drawdownPercent, leastOf(settings.drawdownStopsPercent, caps.userDrawdownPercent)),
    ['margin-level', level, least, level !== undefined && least !== undefined && level < least],
    above('positions', positions, leastOf(settings.openPositionsMost, caps.userPositions)),
  ];
}

export class LimitWatch {
  readonly #past = new Set<BreachKind>();

  look(watched: Watched, settings: RiskSettings, caps: Caps): readonly Breach[] {
    const breaches: Breach[] = [];
    for (const [kind, current, limit, past] of levels(watched, settings, caps)) {
      if (!past) this.#past.delete(kind);
      else if (!this.#past.has(kind)) {
        this.#past.add(kind);
        breaches.push({
          kind,
          severity: kind === 'positions' ? 'warning' : 'critical',
          sentence: SENTENCES[kind],
          limitValue: limit as number,
          currentValue: current as number,
          // Ours never come to more than may be: those that do are the user's, and are not touched for it.
          action: kind === 'positions' ? 'none' : settings.onBreach,
        });
      }
    }
    return breaches;
  }
}
