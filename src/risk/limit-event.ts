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
  'trading-disabled': { severity: 'warning', sentence: 'Trading is switched off.' },
  'emergency-stop': { severity: 'critical', sentence: 'The emergency stop is on.' },
  'history-full': { severity: 'critical', sentence: 'Account history has no room left on disk.' },
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
