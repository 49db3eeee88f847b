/**
 * How fast do messages pass through a mailbox, beside nact with nothing around it?
 * Load: bursts of messages told to one actor that adds them up; and a ring of actors passing one message on, which gives
 * each message a turn of its own. Peer: bare nact, in the same process, in turn with ours.
 */
import { createRequire } from 'node:module';
import { ActorSystem, type ActorRef, NactScheduler } from '../src/actors/actor.js';
import { Activity } from '../src/runtime/activity.js';
import { systemClock } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import { seededRandom } from '../src/runtime/random.js';
import { restartPolicy } from '../src/supervisors/restart-policy.js';
import { compare } from './support/compare.js';

// biome-ignore lint/suspicious/noExplicitAny: the peer is bare nact, whose types do not match its code.
const nact = createRequire(import.meta.url)('nact') as any;

const BURST = 10_000;
const RING = 100;
const ROUNDS = 100;

function freshSystem(): { system: ActorSystem; close(): void } {
  const scheduler = new NactScheduler(silentLogger);
  const random = seededRandom('bench');
  const system = new ActorSystem({
    scheduler,
    clock: systemClock,
    random,
    log: silentLogger,
    activity: new Activity(),
    restartPolicy,
  });
  return {
    system,
    close: () => {
      system.close();
      scheduler.close();
    },
  };
}

async function oursBurst(): Promise<void> {
  const host = freshSystem();
  await new Promise<number>((done) => {
    let sum = 0;
    const actor = host.system.spawn<number>({
      name: 'sum',
      create: () => ({
        receive: (message) => {
          sum += message;
          if (message === BURST - 1) done(sum);
        },
      }),
    });
    for (let at = 0; at < BURST; at++) actor.tell(at);
  });
  host.close();
}

async function nactBurst(): Promise<void> {
  const system = nact.start();
  await new Promise<void>((done) => {
    const actor = nact.spawn(
      system,
      (sum: number, message: number) => {
        if (message === BURST - 1) done();
        return sum + message;
      },
      'sum',
      { initialState: 0 },
    );
    for (let at = 0; at < BURST; at++) nact.dispatch(actor, at);
  });
  nact.stop(system);
}

async function oursRing(): Promise<void> {
  const host = freshSystem();
  await new Promise<void>((done) => {
    const actors: ActorRef<number>[] = [];
    for (let at = 0; at < RING; at++) {
      actors.push(
        host.system.spawn<number>({
          name: `r${at}`,
          create: () => ({ receive: (left) => void (left === 0 ? done() : actors[(at + 1) % RING]?.tell(left - 1)) }),
        }),
      );
    }
    actors[0]?.tell(RING * ROUNDS);
  });
  host.close();
}

async function nactRing(): Promise<void> {
  const system = nact.start();
  await new Promise<void>((done) => {
    const actors: unknown[] = [];
    for (let at = 0; at < RING; at++) {
      actors.push(
        nact.spawn(
          system,
          (_state: unknown, left: number) => void (left === 0 ? done() : nact.dispatch(actors[(at + 1) % RING], left - 1)),
          `r${at}`,
        ),
      );
    }
    nact.dispatch(actors[0], RING * ROUNDS);
  });
  nact.stop(system);
}

console.log('Mailbox: messages a second, higher is better; ratio = ours / bare nact.');
await compare(`burst of ${BURST} to one actor`, BURST, oursBurst, nactBurst, { rounds: 40 });
await compare(`ring of ${RING} actors, ${RING * ROUNDS} hops`, RING * ROUNDS, oursRing, nactRing, { rounds: 40 });
