/** What of a node must not grow with what has been: heap after a collection, handles, maps and queues, files of its folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LookedActor } from '../../src/actors/look.js';
import type { Node } from '../../src/main.js';
import { LIMITS } from '../../src/limits.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MB = 1_048_576;

type Sizes = Record<string, number>;

/** Numbers of an actor's figures, and of the groups in them, that count what is under way. */
function addFigures(
  sizes: Sizes,
  prefix: string,
  figures: Readonly<Record<string, unknown>> | null,
  names: readonly string[],
): void {
  for (const name of names) {
    const value = figures?.[name];
    if (typeof value === 'number') sizes[`${prefix} ${name}`] = (sizes[`${prefix} ${name}`] ?? 0) + value;
    else if (typeof value === 'object' && value !== null)
      for (const [part, size] of Object.entries(value))
        if (typeof size === 'number') sizes[`${prefix} ${name} ${part}`] = (sizes[`${prefix} ${name} ${part}`] ?? 0) + size;
  }
}

function addActor(sizes: Sizes, actor: LookedActor): void {
  const [, , room, , kind] = actor.path.split('/');
  if (room === 'tenants' && kind === 'signal')
    addFigures(sizes, 'tenant', actor.figures, ['live', 'liveKeys', 'offers', 'weighed', 'valid']);
  if (room === 'tenants' && kind === 'accounts')
    addFigures(sizes, 'accounts', actor.figures, ['signals', 'symbols', 'positions', 'commands', 'tracked']);
  for (const child of actor.children) addActor(sizes, child);
}

/** Files and folders of the data folder by its parts; the embedded database rolls its own. */
function addFiles(sizes: Sizes, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'ledger') continue;
    const count = entry.isDirectory() ? readdirSync(join(folder, entry.name), { recursive: true }).length : 1;
    const name = entry.isDirectory() ? `files ${entry.name}/` : 'files';
    sizes[name] = (sizes[name] ?? 0) + count;
  }
}

/** A gauge that counts since the start rises by nature; its help says so, but of this one. */
const RISES = new Set(['suho_actor_dead_letters']);

function addGauges(sizes: Sizes, text: string): void {
  const gauges = new Set([...text.matchAll(/^# TYPE (suho_\w+) gauge$/gm)].map(([, name]) => name as string));
  for (const [, name] of text.matchAll(/^# HELP (suho_\w+) .*since the start/gim)) gauges.delete(name as string);
  for (const [, name, value] of text.matchAll(/^(suho_\w+)(?:\{[^}]*\})? (\S+)$/gm)) {
    if (name === undefined || !gauges.has(name) || RISES.has(name)) continue;
    sizes[name] = (sizes[name] ?? 0) + Number(value);
  }
}

async function metricsOf(node: Node): Promise<string> {
  const { http } = node;
  if (http === undefined) return '';
  const answer = await fetch(`${http.url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return answer.text();
}

/** Each by its name; `messages` is what actors have handled since the start. */
export async function sizesOf(node: Node, folder: string): Promise<Readonly<Record<string, number>>> {
  const sizes: Sizes = {};
  const tree = await node.root.system.look({ path: '/engine/tenants', depth: 4 });
  if (tree !== undefined) addActor(sizes, tree);
  addGauges(sizes, await metricsOf(node));
  addFiles(sizes, folder);
  for (const kind of process.getActiveResourcesInfo()) sizes[`handles ${kind}`] = (sizes[`handles ${kind}`] ?? 0) + 1;
  const [load] = node.root.system.load(0);
  sizes.actors = load?.actors ?? 0;
  sizes['messages waiting'] = load?.waiting ?? 0;
  sizes['commits pending'] = node.commits.pending;
  sizes['addresses holding'] = node.gateway.addresses.holding;
  sizes['addresses failing'] = node.gateway.addresses.failing;
  sizes['events kept'] = node.figures.events.length;
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  sizes['heap MB'] = heapUsed / MB;
  sizes['external MB'] = external / MB;
  sizes['rss MB'] = rss / MB;
  sizes.messages = load?.handled ?? 0;
  return sizes;
}

/** Past it the tree tells of a part of its accounts only. */
export const SIZED_ACCOUNTS_MOST = LIMITS.actor.looked - 100;
