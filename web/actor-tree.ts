/** The actor tree as the node answers it: what is near the top at once, the rest under those that are open. */
import { get } from './api.js';
import type { SeenActor, Told } from './answers.js';

export type ActorTree = Told<'/v1/actors'>;

/** Answers for one actor's children: an account each, of a tenant of many. */
const PAGES_MOST = 20;

async function childrenOf({ path, childCount, children }: SeenActor): Promise<readonly SeenActor[]> {
  const all = [...children];
  for (let page = 0; page < PAGES_MOST && all.length < childCount; page++) {
    const { root } = await get('/v1/actors', { path, depth: 1, after: all.at(-1)?.name });
    if (root.children.length === 0) break;
    all.push(...root.children);
  }
  return all;
}

async function filled(node: SeenActor, open: ReadonlySet<string>): Promise<SeenActor> {
  if (!open.has(node.path)) return node;
  const children = node.children.length < node.childCount ? await childrenOf(node) : node.children;
  return { ...node, children: await Promise.all(children.map((child) => filled(child, open))) };
}

export async function askTree(open: ReadonlySet<string>): Promise<ActorTree> {
  const tree = await get('/v1/actors');
  return { ...tree, root: await filled(tree.root, open) };
}
