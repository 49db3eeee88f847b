/** What is done to a node itself while it runs: emptied of sessions, its limits read anew, its actors looked at or made anew. */
import { z } from 'zod';
import type { ActorSystem, LookedActor } from '../actors/actor.js';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { ControlMethods } from './control.js';

/** What was read anew. */
export interface LimitsRead {
  /** The files, as they were found to be good. */
  readonly read: readonly string[];
  /** Events of the file of news; null where the node has none. */
  readonly newsEvents: number | null;
}

export interface SteeredNode {
  readonly drain: {
    /** Answers how many connections stood. */
    begin(wish: { readonly reason: string; readonly pauseMs: number }): number;
    end(): void;
    /** Answers how many are to go. */
    rebalance(): number;
  };
  readonly system: Pick<ActorSystem, 'renew' | 'look'>;
  readonly reloadLimits: () => Promise<LimitsRead>;
}

const draining = z.strictObject({
  reason: z.string().trim().min(1, 'a reason is not empty').max(200, 'a reason has at most 200 characters'),
  pauseMs: z
    .int('a pause is a whole number of milliseconds')
    .min(0, 'a pause is not below 0')
    .max(LIMITS.session.drainPauseMostMs, 'a pause is at most an hour')
    .default(60_000),
});
const restarting = z.strictObject({ path: z.string('an actor is named by its path').max(512) });

const looking = z.strictObject({
  path: z.string('an actor is named by its path').max(512),
  depth: z.int('levels are counted').min(0).max(32, 'a look goes at most 32 levels down'),
});

function restarted(system: SteeredNode['system'], path: string): string {
  switch (system.renew(path)) {
    case 'renewed':
      return path;
    case 'lasting':
      throw new SuhoError('CONFLICT', `${path} holds nothing that would be made anew: restart one of its children`);
    case 'not-running':
      throw new SuhoError('CONFLICT', `${path} waits for its restart already`);
    case 'missing':
      throw new SuhoError('NOT_FOUND', `there is no actor ${path}`);
  }
}

async function looked(system: SteeredNode['system'], input: unknown): Promise<LookedActor> {
  const wish = readWish(looking, input);
  const actor = await system.look(wish);
  if (actor === undefined) throw new SuhoError('NOT_FOUND', `there is no actor ${wish.path}`);
  return actor;
}

export function nodeMethods({ drain, system, reloadLimits }: SteeredNode): ControlMethods {
  return {
    'node.drain': async (input) => ({ connected: drain.begin(readWish(draining, input)) }),
    'node.undrain': async () => {
      drain.end();
      return null;
    },
    'node.rebalance': async () => ({ going: drain.rebalance() }),
    'node.reload-limits': () => reloadLimits(),
    'actor.look': (input) => looked(system, input),
    'actor.restart': async (input) => ({ path: restarted(system, readWish(restarting, input).path) }),
  };
}
