/**
 * The rooms of the house and what each may import: the one table, shown in docs/ARCHITECTURE.md and checked here.
 *
 * main → supervisors → actors → {domain, protocol, storage interfaces} → {limits, errors, runtime}
 */
import type { Import, Source } from './sources.js';

export interface Room {
  readonly name: string;
  /** Files, and folders with a slash at the end, from the root; the longest that fits a file is its room. */
  readonly at: readonly string[];
  /** Rooms it may import. */
  readonly imports: readonly string[];
  /** Rooms of which it may import types. */
  readonly types: readonly string[];
  /** Builtin modules of Node that it may import. */
  readonly builtins: readonly string[] | 'any';
}

const GROUND = ['limits', 'errors', 'runtime'];
const DOMAIN = [
  'protocol',
  'market',
  'indicators',
  'features',
  'models',
  'signals',
  'prices',
  'risk',
  'exits',
  'accounts',
  'patterns',
];

export const ROOMS: readonly Room[] = [
  { name: 'runtime', at: ['src/runtime/'], imports: [], types: [], builtins: ['node:crypto', 'node:timers/promises', 'node:v8'] },
  { name: 'limits', at: ['src/limits.ts'], imports: ['runtime'], types: [], builtins: [] },
  { name: 'errors', at: ['src/errors.ts'], imports: [], types: [], builtins: [] },
  { name: 'version', at: ['src/version.ts', 'package.json'], imports: [], types: [], builtins: ['node:module'] },
  { name: 'config', at: ['src/config.ts'], imports: ['errors'], types: [], builtins: ['node:fs'] },
  { name: 'protocol', at: ['src/protocol/'], imports: GROUND, types: [], builtins: ['node:buffer', 'node:zlib'] },
  {
    name: 'server sessions',
    at: ['src/protocol/server-session.ts', 'src/protocol/suho-1-session.ts', 'src/protocol/suho-1-translation.ts'],
    imports: [...GROUND, 'protocol'],
    types: [],
    builtins: [],
  },
  { name: 'market', at: ['src/market/'], imports: GROUND, types: [], builtins: [] },
  { name: 'indicators', at: ['src/indicators/'], imports: [...GROUND, 'market'], types: [], builtins: [] },
  {
    name: 'features',
    at: ['src/features/'],
    imports: [...GROUND, 'market', 'indicators'],
    types: ['storage interfaces'],
    builtins: [],
  },
  // What a model is, and how one is made of rows: no file, no thread, so that a worker can do the second.
  { name: 'models', at: ['src/models/'], imports: [...GROUND, 'market', 'indicators', 'features'], types: [], builtins: [] },
  {
    name: 'training',
    at: ['src/training/'],
    imports: [...GROUND, 'market', 'indicators', 'features', 'models', 'signals'],
    types: [],
    builtins: [],
  },
  // From files to files, around what training is: its checkpoints, its thread, what it writes.
  {
    name: 'training runs',
    at: ['src/training/run/'],
    imports: [...GROUND, 'market', 'features', 'models', 'training', 'feeds'],
    types: [],
    builtins: 'any',
  },
  // Threads and files, for those who may not wait for them: what a model is stands in models.
  {
    name: 'inference',
    at: ['src/inference/'],
    imports: [...GROUND, 'market', 'indicators', 'features', 'models', 'signals'],
    types: [],
    builtins: ['node:child_process', 'node:fs/promises', 'node:os', 'node:path', 'node:url'],
  },
  {
    name: 'signals',
    at: ['src/signals/'],
    imports: [...GROUND, 'market', 'indicators', 'features', 'models'],
    types: [],
    builtins: [],
  },
  // Who has what among nodes: pure, of what was heard and when.
  { name: 'cluster', at: ['src/cluster/'], imports: GROUND, types: ['protocol'], builtins: [] },
  // Models behind HTTP, for those who never wait for one: what is made of their answers stands in signals.
  {
    name: 'advisers',
    at: ['src/advisers/'],
    imports: [...GROUND, 'market', 'indicators', 'features', 'models', 'signals'],
    types: [],
    builtins: ['node:fs/promises', 'node:path'],
  },
  // A broker's quotes beside the reference.
  { name: 'prices', at: ['src/prices/'], imports: [...GROUND, 'market'], types: [], builtins: [] },
  // Settings of exits are trading settings, which the accounts' room reads and checks.
  { name: 'exits', at: ['src/exits/'], imports: [...GROUND, 'market', 'signals'], types: ['accounts'], builtins: [] },
  { name: 'risk', at: ['src/risk/'], imports: [...GROUND, 'market', 'signals', 'prices'], types: ['accounts'], builtins: [] },
  {
    name: 'accounts',
    at: ['src/accounts/'],
    imports: [...GROUND, 'market', 'models', 'signals', 'prices', 'risk', 'protocol'],
    types: ['storage interfaces'],
    builtins: ['node:crypto'],
  },
  // Who may do what, and who is asking: for whoever lets somebody in.
  {
    name: 'access',
    at: ['src/access/'],
    imports: GROUND,
    types: ['storage interfaces'],
    builtins: ['node:crypto', 'node:net'],
  },
  // What is worth waking somebody for, and when whom: figures in, notices out.
  { name: 'alerts', at: ['src/alerts/'], imports: GROUND, types: [], builtins: [] },
  // From tick to result as spans, for a collector: an observer of the engine, there only when it is on.
  {
    name: 'traces',
    at: ['src/traces/'],
    imports: [...GROUND, 'market'],
    types: ['accounts', 'features', 'signals', 'protocol', 'storage interfaces'],
    builtins: ['node:crypto'],
  },
  // What a tenant learns of its trades, over the interfaces of its stores.
  {
    name: 'patterns',
    at: ['src/patterns/'],
    imports: [...GROUND, 'market', 'indicators', 'features', 'signals', 'accounts'],
    types: ['storage interfaces'],
    builtins: [],
  },
  {
    name: 'storage interfaces',
    at: [
      'src/storage/audit/audit.ts',
      'src/storage/ledger/access.ts',
      'src/storage/jobs/job-table.ts',
      'src/storage/ledger/history.ts',
      'src/storage/ledger/ledger.ts',
      'src/storage/ledger/reads.ts',
      'src/storage/ledger/own-models.ts',
      'src/storage/ledger/commands.ts',
      'src/storage/journal/journal.ts',
      'src/storage/snapshots/snapshots.ts',
      'src/storage/patterns/patterns.ts',
      'src/storage/cache/cache.ts',
      'src/storage/bus/bus.ts',
      'src/storage/bus/streams.ts',
      'src/storage/bus/registry.ts',
    ],
    imports: ['access'],
    types: [...DOMAIN, 'access'],
    builtins: [],
  },
  {
    name: 'storage',
    at: ['src/storage/'],
    imports: [...GROUND, ...DOMAIN, 'access', 'storage interfaces'],
    types: [],
    builtins: 'any',
  },
  {
    name: 'actors',
    at: ['src/actors/'],
    imports: [...GROUND, ...DOMAIN, 'cluster'],
    types: ['server sessions', 'storage interfaces', 'storage'],
    builtins: ['node:module'],
  },
  {
    name: 'supervisors',
    at: ['src/supervisors/'],
    imports: [...GROUND, 'actors', 'cluster'],
    types: [...DOMAIN, 'storage interfaces', 'storage'],
    builtins: [],
  },
  // Plain loops beside the tree: no message of the engine waits for a job, and a job waits for none.
  { name: 'jobs', at: ['src/jobs/'], imports: [...GROUND, 'storage', 'patterns'], types: ['storage interfaces'], builtins: [] },
  {
    name: 'gateway',
    at: ['src/gateway/'],
    imports: [...GROUND, 'protocol', 'server sessions', 'accounts'],
    types: ['actors', 'cluster', 'storage interfaces'],
    builtins: 'any',
  },
  {
    name: 'feeds',
    at: ['src/feeds/'],
    imports: [...GROUND, 'market', 'features'],
    types: ['accounts', 'actors', 'storage interfaces'],
    builtins: 'any',
  },
  {
    name: 'admin',
    at: ['src/admin/'],
    imports: [...GROUND, 'version', 'config', 'prices', 'accounts', 'access', 'alerts', 'jobs'],
    types: [...DOMAIN, 'actors', 'cluster', 'jobs', 'main', 'storage interfaces', 'storage'],
    builtins: 'any',
  },
  // What doctor looks at: it opens what a node would open.
  {
    name: 'checks',
    at: ['src/admin/checks/'],
    imports: [...GROUND, 'config', 'gateway', 'storage'],
    types: ['admin'],
    builtins: 'any',
  },
  {
    name: 'main',
    at: ['src/main.ts', 'src/node/', 'src/tenant-directory.ts'],
    imports: [
      ...GROUND,
      ...DOMAIN,
      'config',
      'access',
      'alerts',
      'version',
      'traces',
      'actors',
      'cluster',
      'advisers',
      'inference',
      'jobs',
      'supervisors',
      'gateway',
      'admin',
      'feeds',
      'storage',
    ],
    types: ['storage interfaces'],
    builtins: [],
  },
  // A client: it speaks the protocol and knows the trade, and nothing of the engine.
  { name: 'ea-sim', at: ['src/ea-sim/'], imports: [...GROUND, 'protocol', 'market'], types: [], builtins: 'any' },
  {
    name: 'demo',
    at: ['src/demo/'],
    imports: [...GROUND, 'market', 'accounts', 'ea-sim', 'gateway', 'main', 'storage'],
    types: ['actors', 'config', 'storage interfaces'],
    builtins: ['node:crypto'],
  },
  {
    name: 'cli',
    at: ['src/cli/'],
    imports: [
      ...GROUND,
      ...DOMAIN,
      'access',
      'alerts',
      'config',
      'version',
      'main',
      'demo',
      'ea-sim',
      'inference',
      'feeds',
      'jobs',
      'gateway',
      'admin',
      'checks',
      'storage',
      'inference',
      'training runs',
    ],
    types: ['storage interfaces', 'training'],
    builtins: 'any',
  },
  // What browsers are sent: it knows the node by its routes. Who may do what and how a score adds up it has from where they are.
  {
    name: 'page',
    at: ['web/'],
    imports: ['access', 'signals'],
    types: ['actors', 'storage interfaces'],
    builtins: [],
  },
  // The embedded pattern store is its thread's whole work.
  { name: 'pattern thread', at: ['workers/patterns.ts'], imports: [...GROUND, 'storage'], types: [], builtins: 'any' },
  { name: 'workers', at: ['workers/'], imports: [...GROUND, 'training runs'], types: ['storage', 'inference'], builtins: 'any' },
];

/** Tests, benches and generators look into every room; nothing looks into them. */
const OUTSIDE = ['test/', 'bench/', 'load-tests/', 'scripts/'];

export function roomOf(path: string): Room | undefined {
  const fits = (at: string): boolean => (at.endsWith('/') ? path.startsWith(at) : path === at);
  const longest = (room: Room): number => Math.max(0, ...room.at.filter(fits).map(({ length }) => length));
  const best = ROOMS.reduce((a, b) => (longest(b) > longest(a) ? b : a));
  return longest(best) > 0 ? best : undefined;
}

/** What breaks the table, a sentence each. */
export function misplacedImports(sources: readonly Source[]): readonly string[] {
  const problems: string[] = [];
  for (const { path, imports } of sources) {
    if (OUTSIDE.some((folder) => path.startsWith(folder))) continue;
    const room = roomOf(path);
    if (room === undefined) problems.push(`${path} stands in no room`);
    else for (const one of imports) if (!allowed(room, one)) problems.push(`${path} (${room.name}) imports ${shown(one)}`);
  }
  return problems;
}

function allowed(room: Room, { of, relative, typeOnly }: Import): boolean {
  if (!relative) return !of.startsWith('node:') || room.builtins === 'any' || room.builtins.includes(of);
  const target = roomOf(of);
  if (target === undefined) return false;
  if (target === room || room.imports.includes(target.name)) return true;
  return typeOnly && room.types.includes(target.name);
}

function shown({ of, relative, typeOnly }: Import): string {
  const room = relative ? ` (${roomOf(of)?.name ?? 'no room'})` : '';
  return `${typeOnly ? 'types of ' : ''}${of}${room}`;
}

/** Sets of rooms that the page names by one word. */
const SETS: readonly (readonly [name: string, rooms: readonly string[]])[] = [
  ['ground', GROUND],
  ['domain', DOMAIN],
];

function listed(names: readonly string[]): string {
  const sets = SETS.filter(([, rooms]) => rooms.every((room) => names.includes(room)));
  const left = names.filter((name) => !sets.some(([, rooms]) => rooms.includes(name)));
  return [...sets.map(([name]) => `_${name}_`), ...left].join(', ') || '–';
}

/** The table as docs/ARCHITECTURE.md shows it. */
export function roomTable(): string {
  const rows = ROOMS.map(({ name, at, imports, types, builtins }) => {
    const where = at.map((path) => `\`${path}\``).join(' ');
    const cells = [name, where, listed(imports), listed(types), builtins === 'any' ? 'any' : listed(builtins)];
    return `| ${cells.join(' | ')} |`;
  });
  const head = '| room | where | imports | imports as types | builtins of Node |';
  const sets = SETS.map(([name, rooms]) => `_${name}_: ${rooms.join(', ')}.`).join(' ');
  return [sets, '', head, '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
