/** What a running node tells of itself for a support bundle: a text for each file, secrets already out of it. */
import { cpus } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { ActorSystem, LookedActor } from '../../actors/actor.js';
import { type Config, SETTING_NAMES, shownValue } from '../../config.js';
import { sentence } from '../../errors.js';
import { endOfTurn } from '../../runtime/turn.js';
import { SUHO_VERSION } from '../../version.js';
import { actorGraph } from '../actor-graph.js';
import type { ControlMethods } from '../control.js';
import type { Scrub } from './scrub.js';

export type SupportFiles = Readonly<Record<string, string>>;

export interface SupportOptions {
  readonly config: Config;
  readonly system: Pick<ActorSystem, 'look'>;
  readonly upSeconds: () => number;
  readonly metrics: () => Promise<string>;
  readonly logLines: () => readonly string[];
  /** By file: what the node answers to a method that it has. */
  readonly methods: ControlMethods;
  readonly scrub: Scrub;
}

/** Files by the method whose answer they hold. */
const ANSWERS: Readonly<Record<string, string>> = {
  'status.json': 'status',
  'jobs.json': 'jobs.list',
  'alerts.json': 'alerts.list',
};
/** Levels down to tenants and symbols, and what each of them is made of. */
const DEPTH = 4;
const GRAPH_CHILDREN = 12;

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function processOf(upSeconds: number): unknown {
  const counts: Record<string, number> = {};
  for (const resource of process.getActiveResourcesInfo()) counts[resource] = (counts[resource] ?? 0) + 1;
  const [processor] = cpus();
  return {
    suho: SUHO_VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processors: `${cpus().length} × ${processor?.model ?? 'unknown'}`,
    upSeconds,
    memory: process.memoryUsage(),
    heap: getHeapStatistics(),
    cpu: process.resourceUsage(),
    resources: counts,
  };
}

/** Without what actors tell of themselves: accounts tell of money. */
function withoutFigures({ figures: _, children, ...actor }: LookedActor): unknown {
  return { ...actor, children: children.map(withoutFigures) };
}

async function actorFiles({ system }: SupportOptions): Promise<SupportFiles> {
  const root = await system.look({ path: '/engine', depth: DEPTH });
  if (root === undefined) return {};
  return { 'actors.json': pretty(withoutFigures(root)), 'actors.mmd': actorGraph(root, { children: GRAPH_CHILDREN }) };
}

/** One that cannot be had says so in its place. */
async function attempted(file: string, make: () => Promise<SupportFiles>): Promise<SupportFiles> {
  try {
    return await make();
  } catch (error) {
    return { [file]: `cannot be told: ${sentence(error)}\n` };
  }
}

/** Characters that are looked through before the engine has its turn again: a millisecond's. */
const PIECE = 25_000;

/** By whole lines: no secret goes over the end of one but a key file's, which nothing here prints. */
async function inTurns(files: SupportFiles, scrub: Scrub): Promise<SupportFiles> {
  const clean: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    const pieces: string[] = [];
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf('\n', from + PIECE) + 1 || text.length;
      pieces.push(scrub(text.slice(from, end)));
      from = end;
      await new Promise<void>(endOfTurn);
    }
    clean[`node/${name}`] = pieces.join('');
  }
  return clean;
}

export async function nodeFiles(options: SupportOptions): Promise<SupportFiles> {
  const { config, methods, scrub } = options;
  const settings = Object.fromEntries(SETTING_NAMES.map((name) => [name, shownValue(name, config[name])]));
  const answers = Object.entries(ANSWERS).flatMap(([file, method]) => {
    const call = methods[method];
    return call === undefined ? [] : [attempted(file, async () => ({ [file]: pretty(await call(null)) }))];
  });
  const files = await Promise.all([
    attempted('process.json', async () => ({ 'process.json': pretty(processOf(options.upSeconds())) })),
    attempted('actors.json', () => actorFiles(options)),
    attempted('metrics.txt', async () => ({ 'metrics.txt': await options.metrics() })),
    ...answers,
  ]);
  const all = { 'settings.json': pretty(settings), 'log.ndjson': options.logLines().join(''), ...Object.assign({}, ...files) };
  return inTurns(all as SupportFiles, scrub);
}
