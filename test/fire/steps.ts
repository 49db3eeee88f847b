/**
 * The life of a signal as steps, each seen twice: just before it and just after it. The world calls `pass` at each; a test
 * lays one fault on one of them, and learns which steps were reached at all.
 */
import type { Frame2 } from '../../src/protocol/messages.js';
import type { RecordEntry } from '../../src/ea-sim/record.js';
import type { LedgerOp } from '../../src/storage/ledger/ledger.js';

export type When = 'before' | 'after';

export class Steps {
  readonly seen = new Set<string>();
  fired = false;
  #trap: { readonly step: string; readonly when: When; readonly spring: () => void } | undefined;

  lay(step: string, when: When, spring: () => void): void {
    this.fired = false;
    this.#trap = { step, when, spring };
  }

  disarm(): void {
    this.#trap = undefined;
  }

  pass(step: string, when: When): void {
    this.seen.add(step);
    const trap = this.#trap;
    if (trap?.step !== step || trap.when !== when) return;
    this.#trap = undefined;
    this.fired = true;
    trap.spring();
  }

  around<T>(steps: readonly string[], act: () => T): T {
    for (const step of steps) this.pass(step, 'before');
    const result = act();
    for (const step of steps) this.pass(step, 'after');
    return result;
  }
}

export function frameStep(where: 'left' | 'came' | 'sent' | 'heard', message: Frame2['message']): string {
  return message.kind === 'COMMAND' ? `${where} ${message.action}` : `${where} ${message.kind}`;
}

export function entryStep(entry: RecordEntry): string {
  return entry.kind === 'kept' ? `flush ${entry.message.kind}` : `flush ${entry.kind}`;
}

export function opStep(where: 'submit' | 'commit', op: LedgerOp): string {
  return op.kind === 'raise' ? `${where} raise ${op.signal.kind}` : `${where} ${op.kind}`;
}
