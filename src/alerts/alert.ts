import type { AlertSeverity } from './rule.js';

/** A rule's limit that a subject is beyond, from when it fired until it is over. */
export interface Alert {
  readonly id: string;
  /** Short, for a person to type; counted by the node. */
  readonly number: number;
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly tenantId: string | null;
  readonly accountId: string | null;
  readonly sentence: string;
  readonly advice: string;
  readonly unit: string;
  readonly limit: number;
  /** The newest figure, and the worst since it began. */
  readonly value: number;
  readonly worst: number;
  readonly sinceMs: number;
  readonly firedMs: number;
  readonly acknowledged: Acknowledgement | null;
  readonly resolvedMs: number | null;
  /** Steps of its escalation that were told; beyond the last, how often it was told again. */
  readonly step: number;
  /** When the next is due; null once it is acknowledged or over, or where nobody is to be told. */
  readonly dueMs: number | null;
  /** Channels that have been given it. */
  readonly told: readonly string[];
}

export interface Acknowledgement {
  readonly by: string;
  readonly atMs: number;
  readonly note: string;
}

export type NoticeKind = 'fired' | 'escalated' | 'acknowledged' | 'resolved';

/** What channels are to tell of an alert, as it is at that time. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly alert: Alert;
  readonly atMs: number;
  /** Names of channels. */
  readonly to: readonly string[];
}

/** As people who may see it are shown it: not by which ways others are told. */
export type ShownAlert = Omit<Alert, 'told' | 'dueMs'>;

export function shownAlert({ told: _told, dueMs: _dueMs, ...alert }: Alert): ShownAlert {
  return alert;
}
