/** The live actor tree. */
import { z } from 'zod';
import type { ActorNode } from '../../actors/actor.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';

export interface ActorTree {
  readonly deadLetters: number;
  readonly stoppedForGood: readonly { readonly path: string; readonly error: string }[];
  readonly root: ActorNode;
}

const query = z.strictObject({
  path: z.string().default('/engine').describe('The actor to begin at.'),
  depth: z.coerce.number().int().min(0).max(32).default(32).describe('How many levels below it.'),
});

/** The node of the tree under a path such as `/engine/symbols/EURUSD`, without what lies below its children. */
function findNode(root: ActorNode, path: string): ActorNode | undefined {
  if (root.path === path) return root;
  for (const child of root.children) {
    if (path === child.path || path.startsWith(`${child.path}/`)) return findNode(child, path);
  }
  return undefined;
}

function pruned(node: ActorNode, depth: number): object {
  if (depth > 0) return { ...node, children: node.children.map((child) => pruned(child, depth - 1)) };
  const { children, ...rest } = node;
  return { ...rest, childCount: children.length };
}

export function actorRoutes(actors: () => ActorTree): readonly Route[] {
  return [
    route({
      url: '/v1/actors',
      tag: 'node',
      summary: 'Actors with their state, mailbox, restarts, last error and age.',
      needs: 'node.see',
      query,
      handle: async ({ query: { path, depth } }) => {
        const { root, ...tree } = actors();
        const found = findNode(root, path);
        if (found === undefined) throw new Refusal(404, `there is no actor ${path}`);
        return { ...tree, root: pruned(found, depth) };
      },
    }),
  ];
}
