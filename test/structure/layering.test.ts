import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { misplacedImports, roomTable } from './rooms.js';
import { plantedSources, readSources } from './sources.js';
import { readPage } from './tree.js';

/** Planted files, and what is said of them. */
const PLANTED: readonly (readonly [path: string, text: string, problem: string])[] = [
  [
    'src/market/candle.ts',
    "import { feedActor } from '../actors/feed.js'; export const a = feedActor;",
    'src/market/candle.ts (market) imports src/actors/feed.ts (actors)',
  ],
  [
    'src/signals/a.ts',
    "import type { FeedOptions } from '../actors/feed.js'; export type A = FeedOptions;",
    'src/signals/a.ts (signals) imports types of src/actors/feed.ts (actors)',
  ],
  [
    'src/risk/a.ts',
    "import { readFileSync } from 'node:fs'; export const a = readFileSync;",
    'src/risk/a.ts (risk) imports node:fs',
  ],
  ['src/indicators/a.ts', "export const a = import('node:net');", 'src/indicators/a.ts (indicators) imports node:net'],
  [
    'src/features/a.ts',
    "export { Worker } from 'node:worker_threads';",
    'src/features/a.ts (features) imports node:worker_threads',
  ],
  ['src/patterns/a.ts', "import 'node:http';", 'src/patterns/a.ts (patterns) imports node:http'],
  [
    'src/accounts/a.ts',
    "import { a } from '../storage/ledger/ledger.js'; export const b = a;",
    'src/accounts/a.ts (accounts) imports src/storage/ledger/ledger.ts (storage interfaces)',
  ],
  [
    'src/accounts/b.ts',
    "export type A = import('../storage/ledger/postgres.js').A;",
    'src/accounts/b.ts (accounts) imports types of src/storage/ledger/postgres.ts (storage)',
  ],
  [
    'src/ea-sim/a.ts',
    "import { ServerSession } from '../protocol/server-session.js'; export const a = ServerSession;",
    'src/ea-sim/a.ts (ea-sim) imports src/protocol/server-session.ts (server sessions)',
  ],
  [
    'src/actors/a.ts',
    "import { startRoot } from '../supervisors/root.js'; export const a = startRoot;",
    'src/actors/a.ts (actors) imports src/supervisors/root.ts (supervisors)',
  ],
  [
    'src/main.ts',
    "import { plan } from '../test/support/plan.js'; export const a = plan;",
    'src/main.ts (main) imports test/support/plan.ts (no room)',
  ],
  ['src/attic/a.ts', 'export const a = 1;', 'src/attic/a.ts stands in no room'],
];

describe('layering', () => {
  it('every import of the engine goes the way that the table of rooms allows', () => {
    const sources = readSources();
    assert.ok(sources.length > 250, `only ${sources.length} sources were read`);
    assert.deepEqual(misplacedImports(sources), []);
  });

  it('an import against the table is named with its file and both rooms, however it is written', () => {
    const sources = plantedSources(Object.fromEntries(PLANTED));
    assert.deepEqual([...misplacedImports(sources)].sort(), PLANTED.map(([, , problem]) => problem).sort());
  });

  it('what only looks like an import is none', () => {
    const text =
      "// import 'node:fs'\nexport const a = \"import { b } from '../actors/actor.js'\";\nexport const c = /require('pg')/;";
    assert.deepEqual(misplacedImports(plantedSources({ 'src/market/a.ts': text })), []);
  });

  it('docs/ARCHITECTURE.md shows the table as it is', () => {
    const page = readPage('docs/ARCHITECTURE.md');
    assert.ok(page.includes(roomTable()), `put this into docs/ARCHITECTURE.md:\n${roomTable()}`);
  });
});
