/** Which refusals are a limit that was reached, for the account's risk events. Pure. */
import type { RefusalReason } from './refusal-reason.js';
import type { Figures } from './risk-check.js';

export interface LimitEvent {
  readonly kind: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly sentence: string;
  readonly limitValue: number | null;
  readonly currentValue: number | null;
  readonly action: string;
}

interface Reached extends Pick<LimitEvent, 'severity' | 'sentence'> {
  /** Names of the figures that were compared. */
  readonly limit?: string;
  readonly current?: string;
}

/** The rest refuses for want of something, or because a right is not given. */
const REACHED: Readonly<Partial<Record<RefusalReason, Reached>>> = {
  'account-disabled': { severity: 'warning', sentence: 'The account is disabled.' },
  'emergency-stop': { severity: 'critical', sentence: 'The emergency stop is on.' },
  'history-full': { severity: 'critical', sentence: 'Account history has no room left on disk.' },
  'daily-loss': {
    severity: 'critical',
    sentence: 'The day’s loss has reached its limit.',
    limit: 'dailyLossMostPercent',
    current: 'dailyLossPercent',
  },
  'weekly-loss': {
    severity: 'critical',
    sentence: 'The week’s loss has reached its limit.',
    limit: 'weeklyLossMostPercent',
    current: 'weeklyLossPercent',
  },
  drawdown: {
    severity: 'critical',
    sentence: 'The drawdown has passed its limit.',
    limit: 'drawdownMostPercent',
    current: 'drawdownPercent',
  },
  'too-many-positions': {
    severity: 'warning',
    sentence: 'As many positions are open as may be.',
    limit: 'positionsMost',
    current: 'positions',
  },
  'too-many-of-symbol': {
    severity: 'warning',
    sentence: 'As many positions of the symbol are open as may be.',
    limit: 'positionsPerSymbolMost',
    current: 'positionsOfSymbol',
  },
  'quote-implausible': {
    severity: 'warning',
    sentence: 'The broker’s quote is far from what it usually is.',
    limit: 'usualReach',
  },
  'spread-wide': {
    severity: 'info',
    sentence: 'The broker’s spread is too wide.',
    limit: 'spreadPipsMost',
    current: 'spreadPips',
  },
  'margin-short': {
    severity: 'warning',
    sentence: 'The order needs more margin than is free.',
    limit: 'marginFreeLeast',
    current: 'marginFree',
  },
  'margin-level-low': {
    severity: 'warning',
    sentence: 'The order would leave too low a margin level.',
    limit: 'marginLevelLeastPercent',
    current: 'marginLevelPercent',
  },
  'leverage-high': {
    severity: 'warning',
    sentence: 'The positions would be worth too many times the equity.',
    limit: 'leverageMost',
    current: 'leverage',
  },
  'currency-exposure': {
    severity: 'warning',
    sentence: 'The account would hold too much of one currency.',
    limit: 'exposureMostPercent',
    current: 'exposurePercent',
  },
  'correlated-exposure': {
    severity: 'warning',
    sentence: 'The account would hold too much of what goes together.',
    limit: 'exposureMostPercent',
    current: 'exposurePercent',
  },
  'volume-limit-reached': {
    severity: 'info',
    sentence: 'The broker lets no more of the symbol be held.',
    limit: 'volumeLimit',
    current: 'held',
  },
  'tick-value-implausible': {
    severity: 'critical',
    sentence: 'The broker’s tick value is not what its currencies’ quotes say.',
    limit: 'tickValueExpected',
    current: 'tickValueLoss',
  },
  'quote-stale': {
    severity: 'warning',
    sentence: 'The broker’s quote is too old.',
    limit: 'quoteAgeMsMax',
    current: 'quoteAgeMs',
  },
  'tick-value-stale': { severity: 'warning', sentence: 'The tick value is too old.', limit: 'ageMsMax', current: 'ageMs' },
  'volume-below-minimum': {
    severity: 'info',
    sentence: 'The risk allowed buys less than the smallest volume.',
    limit: 'volumeMin',
    current: 'wanted',
  },
};

function figureOf(figures: Figures, name: string | undefined): number | null {
  const figure = name === undefined ? undefined : figures[name];
  return typeof figure === 'number' && Number.isFinite(figure) ? figure : null;
}

export function limitEventOf(reason: string, figures: Figures): LimitEvent | undefined {
  const reached = Object.hasOwn(REACHED, reason) ? REACHED[reason as RefusalReason] : undefined;
  if (reached === undefined) return undefined;
  const { severity, sentence, limit, current } = reached;
  const values = { limitValue: figureOf(figures, limit), currentValue: figureOf(figures, current) };
  return { kind: reason, severity, sentence, ...values, action: 'signal-refused' };
}
