/** What goes wrong at a step, each as one cut of the world. */
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import type { FireEa } from './fire-ea.js';
import { MINUTE_MS, type FireWorld } from './fire-world.js';

export type Fault = (world: FireWorld, ea: FireEa, step: string) => void;

/** Steps inside an EA's own turn: a crash there must end that turn. */
const OWN_TURN = /^(flush|order|sent) /;

function crash(ea: FireEa, step: string, how: 'crash' | 'loseRecord'): void {
  if (ea.ea === undefined) return;
  if (OWN_TURN.test(step)) ea.crashHere(how);
  ea[how]();
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  cut: (_world, ea) => ea.wire?.cut(),
  /** The connection is gone for the EA; the server hears the rest of it when a new session stands. */
  'late old socket': (_world, ea) => ea.wire?.halfOpen(3_000),
  'EA crashes': (_world, ea, step) => crash(ea, step, 'crash'),
  'EA loses its record': (_world, ea, step) => crash(ea, step, 'loseRecord'),
  'node crashes': (world) => world.crashEngine(),
  'next commit fails': (world) => {
    world.nextCommit = 'fails';
  },
  'next answer is lost': (world) => {
    world.nextCommit = 'unheard';
  },
  'away until all has expired': (world, ea) => {
    ea.awayUntilMs = world.clock.nowMs() + 3 * MINUTE_MS;
    ea.wire?.cut();
  },
  'another terminal takes over': (world, ea) => {
    if (world.eas.length === 1) world.addEa('vps');
    else ea.wire?.cut();
  },
  'restored from a backup': (world) => {
    const { saved } = world;
    world.restores += 1;
    world.operator.forgetKeys();
    world.crashEngine(() => MemoryLedger.restored(saved, { madeAtMs: world.savedAtMs, atMs: world.clock.nowMs() }));
  },
};
