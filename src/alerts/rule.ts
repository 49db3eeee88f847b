/** What is worth waking somebody for: a figure, a limit, for how long, and where it is over again. */

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export function atLeast(severity: AlertSeverity, least: AlertSeverity): boolean {
  return ALERT_SEVERITIES.indexOf(severity) >= ALERT_SEVERITIES.indexOf(least);
}

export interface AlertRule {
  readonly name: string;
  readonly severity: AlertSeverity;
  /** What it is held against: the node as a whole, one of its parts, an account, … */
  readonly of: 'node' | 'part' | 'account' | 'symbol' | 'job' | 'model' | 'writer' | 'channel';
  /** What is wrong, for a person. */
  readonly says: string;
  /** What to look at. */
  readonly advice: string;
  /** Of the figure; '' where it is 1 for yes and 0 for no. */
  readonly unit: string;
  readonly side: 'above' | 'below';
  /** Beyond it, and not at it, the alert begins. */
  readonly limit: number;
  /** At it or on its good side the alert is over: no nearer to trouble than the limit, mostly further off. */
  readonly clear: number;
  /** The figure stays beyond for so long before the alert fires, and good for so long before it is over. */
  readonly forMs: number;
  readonly clearMs: number;
  /** Of events that have no end of their own: over when nothing more is told for so long. Null where the figure is looked at. */
  readonly lapseMs: number | null;
}

/** A figure of a subject as it is now. */
export interface Reading {
  readonly rule: string;
  readonly subject: string;
  /** Whose it is; the node's own have neither. */
  readonly tenantId?: string;
  readonly accountId?: string;
  readonly value: number;
  /** What there is to say of this one, instead of the rule's own words. */
  readonly sentence?: string;
}

export function isBeyond({ side, limit }: AlertRule, value: number): boolean {
  return side === 'above' ? value > limit : value < limit;
}

export function isClear({ side, clear }: AlertRule, value: number): boolean {
  return side === 'above' ? value <= clear : value >= clear;
}

export function isWorse({ side }: AlertRule, value: number, than: number): boolean {
  return side === 'above' ? value > than : value < than;
}
