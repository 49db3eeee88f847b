/**
 * Whether an account's EA is there, told from the newest session and the newest event of its kind. An outage is known by its
 * event, so that a node which starts again neither forgets one that goes on nor raises it twice.
 */
import { LIMITS } from '../limits.js';
import type { PresenceEvent, PresenceRow, RiskEventRow } from '../storage/ledger/history.js';

export const PRESENCE_STATES = [
  /** No EA has ever come. */
  'never',
  'connected',
  /** Not heard for a while, and nobody has raised it: no node was there to. */
  'away',
  /** An alarm stands: it was connected, and nothing is heard of it. */
  'silent',
  /** It said goodbye, or an operator ended its session. */
  'left',
] as const;
export type PresenceState = (typeof PRESENCE_STATES)[number];

export interface Presence {
  readonly state: PresenceState;
  /** When the newest that is kept of it was heard. */
  readonly heardAt: number | null;
  /** Of an outage: when the alarm was raised. */
  readonly silentSince: number | null;
}

const NEVER: Presence = { state: 'never', heardAt: null, silentSince: null };

/** As far as the ledger tells. */
export function presenceOf(row: PresenceRow | undefined, nowMs: number): Presence {
  if (row === undefined) return NEVER;
  const heardAt = Math.max(row.claimedAt, row.toldAt ?? 0);
  const told = row.eventAt !== null && row.eventAt >= row.claimedAt ? row.event : null;
  if (told === 'ea-silent') return { state: 'silent', heardAt, silentSince: row.eventAt };
  if (told === 'ea-goodbye' || row.epoch > row.sessionEpoch) return { state: 'left', heardAt, silentSince: null };
  const state = nowMs - heardAt <= LIMITS.session.outageMs ? 'connected' : 'away';
  return { state, heardAt, silentSince: null };
}

interface EventOf {
  readonly tenantId: string;
  readonly accountId: string;
  readonly atMs: number;
}

const SPOKEN: Readonly<Record<PresenceEvent, Pick<RiskEventRow, 'severity' | 'sentence' | 'action'>>> = {
  'ea-silent': {
    severity: 'critical',
    sentence: 'The EA was connected, and nothing has been heard of it for two minutes.',
    action: 'alarm',
  },
  'ea-back': { severity: 'info', sentence: 'The EA is back after an outage.', action: null },
  'ea-goodbye': { severity: 'info', sentence: 'The EA said goodbye in good order.', action: null },
};

/** Of an outage the seconds for which nothing was heard, beside those allowed. */
export function presenceEvent(kind: PresenceEvent, of: EventOf, id: string, silentMs: number | null): RiskEventRow {
  const limitValue = silentMs === null ? null : LIMITS.session.outageMs / 1_000;
  return { id, ...of, kind, ...SPOKEN[kind], limitValue, currentValue: silentMs === null ? null : silentMs / 1_000 };
}
