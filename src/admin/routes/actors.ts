/** The live actor tree, as its actors tell of themselves within a deadline. */
import { z } from 'zod';
import type { LookedActor, LookWish } from '../../actors/actor.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';

export interface ActorTree {
  readonly deadLetters: number;
  readonly stoppedForGood: readonly { readonly path: string; readonly error: string }[];
  look(wish: LookWish): Promise<LookedActor | undefined>;
}

const query = z.strictObject({
  path: z.string().max(512).default('/engine').describe('The actor to begin at.'),
  depth: z.coerce.number().int().min(0).max(32).default(32).describe('How many levels below it.'),
  after: z.string().max(256).optional().describe('Of its own children, those behind the one of that name.'),
});

const actor = z.object({
  path: z.string(),
  name: z.string(),
  state: z.enum(['running', 'backing-off', 'stopped']),
  stuck: z.boolean().describe('It had no turn within the deadline.'),
  mailbox: z.int(),
  handled: z.int(),
  refused: z.int(),
  restarts: z.int(),
  renewals: z.int().describe('Restarts that somebody asked for.'),
  lastError: z.string().nullable(),
  ageMs: z.number(),
  waitingMs: z.number().describe('Since its last turn, while messages wait.'),
  figures: z.record(z.string(), z.unknown()).nullable().describe('As it told them; null where it told none.'),
  childCount: z.int(),
  children: z
    .array(z.record(z.string(), z.unknown()))
    .describe('The same of each, as many as were asked; the others by `path` and `after`.'),
});

const { lookAgainMs, looked } = LIMITS.actor;
/** Different looks that are remembered at once. */
const LOOKS = 64;

interface Look {
  readonly atNs: bigint;
  readonly answer: Promise<LookedActor | undefined>;
}

/** However many watch, the tree is asked so often and no more. */
function sharedLooks(tree: ActorTree, clock: Clock): (wish: LookWish) => Promise<LookedActor | undefined> {
  const looks = new Map<string, Look>();
  return (wish) => {
    const key = JSON.stringify([wish.path, wish.depth, wish.after]);
    const atNs = clock.monotonicNs();
    const before = looks.get(key);
    if (before !== undefined && atNs - before.atNs < BigInt(lookAgainMs) * 1_000_000n) return before.answer;
    const answer = tree.look(wish);
    looks.delete(key);
    looks.set(key, { atNs, answer });
    const [oldest] = looks.keys();
    if (looks.size > LOOKS && oldest !== undefined) looks.delete(oldest);
    return answer;
  };
}

export function actorRoutes(tree: ActorTree, clock: Clock): readonly Route[] {
  const look = sharedLooks(tree, clock);
  return [
    route({
      url: '/v1/actors',
      tag: 'node',
      summary: `Actors with their state, mailbox, restarts, last error and age: the ${looked} nearest to where it begins.`,
      needs: 'node.see',
      query,
      answer: z.object({
        deadLetters: z.int(),
        stoppedForGood: z.array(z.object({ path: z.string(), error: z.string() })),
        root: actor,
      }),
      handle: async ({ query: wish }) => {
        const root = await look(wish);
        if (root === undefined) throw new Refusal(404, `there is no actor ${wish.path}`);
        return { deadLetters: tree.deadLetters, stoppedForGood: tree.stoppedForGood, root };
      },
    }),
  ];
}
