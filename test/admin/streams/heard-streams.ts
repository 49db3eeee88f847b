/** A hub of two tenants, and readers over sockets that take only what a test lets them. */
import type { Principal, Reach } from '../../../src/access/principal.js';
import type { Role } from '../../../src/access/roles.js';
import { StreamHub } from '../../../src/admin/streams/hub.js';
import type { Market } from '../../../src/admin/streams/topics.js';
import { Reader, type StreamSocket } from '../../../src/admin/streams/reader.js';
import { SteppedClock, type Timers } from '../../../src/runtime/clock.js';
import { until } from '../../support/actors.js';

export const SYMBOLS = ['EURUSD', 'USDJPY'];
export const MARKET = {
  symbols: SYMBOLS,
  timeframes: ['M1', 'M15'] as const,
  subscribedBy: (tenantId: string) => new Set(tenantId === 'blue' ? ['EURUSD'] : SYMBOLS),
};

export function principal(role: Role, reach: Reach = { kind: 'all' }, name = `${role} of ${JSON.stringify(reach)}`): Principal {
  return { name, role, reach, secondFactorMs: null };
}

export const OPERATOR = principal('operator');

export function ofTenant(tenantId: string, role: 'tenant-admin' | 'tenant-reader' = 'tenant-reader'): Principal {
  return principal(role, { kind: 'tenant', tenantId });
}

export function testHub(timers: Timers = new SteppedClock(0), market: Market = MARKET): StreamHub {
  return new StreamHub({ start: 'a1', market, timers });
}

export interface Told {
  readonly topic?: string;
  readonly cursor?: string;
  readonly data?: unknown;
  readonly conflated?: number;
  readonly refused?: string;
}

/** What was written waits until `take`; what was taken is what the other side has. */
export class HeldSocket implements StreamSocket {
  readonly taken: Told[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** The most that ever waited. */
  waitedMost = 0;
  #waiting: { readonly text: string; readonly taken: (() => void) | undefined }[] = [];
  waitingBytes = 0;

  constructor(public open = true) {}

  send(text: Buffer | string, taken?: () => void): void {
    this.#waiting.push({ text: String(text), taken });
    this.waitingBytes += Buffer.byteLength(String(text));
    this.waitedMost = Math.max(this.waitedMost, this.waitingBytes);
    if (this.open) this.take();
  }

  take(most = Number.POSITIVE_INFINITY): void {
    for (let left = most; left > 0; left--) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.waitingBytes -= Buffer.byteLength(next.text);
      this.taken.push(JSON.parse(next.text) as Told);
      next.taken?.();
    }
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  get events(): readonly Told[] {
    return this.taken.filter(({ cursor, data }) => cursor !== undefined && data !== undefined);
  }
}

export function join(hub: StreamHub, who: Principal, socket: HeldSocket, nowMs: () => number = () => 0): Reader {
  const reader = new Reader({ socket, principal: who, nowMs, onDrained: (drained) => hub.wake(drained) });
  hub.join(reader);
  return reader;
}

/** Until what can be sent has been. */
export function sent(reader: Reader): Promise<void> {
  return until(() => !reader.waits || reader.full || reader.cutFor !== undefined, 'a reader has been sent what it can take');
}
