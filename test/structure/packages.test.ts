import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { plantedSources, readSources, root, type Source } from './sources.js';

/** Who may import each package: a file or two, so that replacing it touches no more. A slash at the end names a room. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  '@fastify/cookie': ['src/admin/http.ts'],
  '@clickhouse/client': ['src/storage/analytics/clickhouse-engine.ts'],
  '@electric-sql/pglite': ['workers/pglite-database.ts', 'workers/pglite.ts'],
  '@electric-sql/pglite-socket': ['workers/pglite.ts'],
  '@hpcc-js/wasm-zstd': ['src/storage/archive/rows-file.ts'],
  '@opentelemetry/api': ['src/traces/otlp-spans.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['src/traces/otlp-spans.ts'],
  '@opentelemetry/resources': ['src/traces/otlp-spans.ts'],
  '@opentelemetry/sdk-trace-base': ['src/traces/otlp-spans.ts'],
  '@tensorflow/tfjs-backend-wasm': ['src/training/nets/tensors.ts'],
  '@tensorflow/tfjs-core': [
    'src/training/nets/tensors.ts',
    'src/training/nets/gradients.ts',
    'src/training/nets/fit-net.ts',
    'src/training/nets/lstm-net.ts',
    'src/training/nets/train-lstm.ts',
    'src/training/nets/cnn-net.ts',
    'src/training/nets/train-cnn.ts',
  ],
  aws4fetch: ['src/storage/archive/s3-archive.ts'],
  chdb: ['workers/analytics.ts'],
  commander: ['src/cli/'],
  fastify: ['src/admin/answer-headers.ts', 'src/admin/described-route.ts', 'src/admin/http.ts', 'src/admin/streams/upgrade.ts'],
  '@fastify/swagger': ['src/admin/described-route.ts', 'src/admin/http.ts'],
  'hdr-histogram-js': ['src/admin/latency-ring.ts', 'src/admin/node-figures.ts', 'src/ea-sim/fleet.ts'],
  hyparquet: ['src/storage/archive/rows-file.ts'],
  'hyparquet-writer': ['src/storage/parquet/parquet-file.ts'],
  ioredis: ['src/storage/cache/redis-cache.ts'],
  'lightweight-charts': ['web/parts/price-chart.tsx'],
  msgpackr: [
    'src/storage/journal/file-journal.ts',
    'src/storage/snapshots/file-snapshots.ts',
    'src/storage/packed.ts',
    'src/storage/patterns/embedded/embedded-collection.ts',
  ],
  nodemailer: ['src/admin/alerts/email.ts'],
  nact: ['src/actors/actor.ts'],
  nats: ['src/storage/bus/nats-bus.ts', 'src/storage/bus/nats-consumption.ts', 'src/storage/bus/nats-registry.ts'],
  'onnxruntime-node': ['workers/inference.ts', 'workers/own-model.ts'],
  'openid-client': ['src/admin/oidc.ts'],
  pdfkit: ['src/admin/statement/statement-pdf.ts'],
  pg: ['src/storage/ledger/transaction.ts'],
  pino: ['src/runtime/logger.ts'],
  piscina: ['src/inference/threads.ts', 'workers/inference.ts'],
  preact: ['web/'],
  'prom-client': ['src/runtime/metrics.ts'],
  selfsigned: ['src/gateway/development-certificate.ts'],
  'weaviate-client': ['src/storage/patterns/weaviate/weaviate-patterns.ts'],
  ws: ['src/gateway/websocket-listener.ts', 'src/ea-sim/connection.ts', 'src/admin/streams/serve-streams.ts'],
  yauzl: ['src/feeds/byte-source.ts'],
  yazl: ['src/cli/support.ts'],
  // What comes from outside the program is parsed in nine places: settings, users, the operator's wishes, the tables of tiers, of cost
  // units and of periods, models' and ensembles' cards, a backup's list.
  zod: [
    'src/config.ts',
    'src/access/api-keys.ts',
    'src/access/users.ts',
    // What the page reads of answers; of it the page has the types alone.
    'web/answers.ts',
    'src/admin/',
    'src/alerts/settings.ts',
    'src/accounts/catalogue.ts',
    'src/accounts/own-models.ts',
    'src/accounts/command-requests.ts',
    'src/accounts/signal-cancel.ts',
    'src/accounts/tiers.ts',
    'src/accounts/trading-settings.ts',
    'src/accounts/cost-units.ts',
    'src/models/ensemble-card.ts',
    'src/models/model-card.ts',
    'src/models/own-model.ts',
    'src/storage/backup/manifest.ts',
    'src/storage/retention-table.ts',
  ],
};

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Packages and their importers, among what runs in production. */
function importers(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    if (!['src/', 'workers/', 'web/'].some((folder) => path.startsWith(folder))) continue;
    for (const { of, relative } of imports) {
      if (relative || of.startsWith('node:')) continue;
      const name = packageOf(of);
      found.set(name, [...(found.get(name) ?? []), path]);
    }
  }
  return found;
}

function problems(sources: readonly Source[]): readonly string[] {
  const said: string[] = [];
  for (const [name, paths] of importers(sources)) {
    const allowed = IMPORTERS[name] ?? [];
    for (const path of paths) {
      const fits = allowed.some((at) => (at.endsWith('/') ? path.startsWith(at) : path === at));
      if (!fits) said.push(`${path} imports ${name}; ${allowed.join(' and ') || 'no file'} may`);
    }
  }
  return said;
}

describe('packages', () => {
  it('each package is imported by the files of the table alone', () => {
    assert.deepEqual(problems(readSources()), []);
  });

  it('the table names no importer that does not import', () => {
    const found = importers(readSources());
    for (const [name, allowed] of Object.entries(IMPORTERS)) {
      for (const at of allowed)
        assert.ok(
          found.get(name)?.some((path) => path.startsWith(at)),
          `${at} does not import ${name}`,
        );
    }
  });

  it('each dependency of package.json is in the table', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: object;
      optionalDependencies: object;
    };
    const all = Object.keys({ ...dependencies, ...optionalDependencies });
    assert.deepEqual(all.sort(), Object.keys(IMPORTERS).sort());
  });

  it('a second importer is named, however it imports', () => {
    const planted = plantedSources({
      'src/storage/other.ts': "import pg from 'pg'; export const a = pg;",
      'src/actors/other.ts':
        "import { createRequire } from 'node:module'; export const a = createRequire(import.meta.url)('nact');",
      'src/gateway/other.ts': "export const a = import('ws/wrapper.mjs');",
      'src/market/other.ts': "import type { Redis } from 'ioredis'; export type A = Redis;",
      'workers/pglite.ts':
        "import fc from 'fast-check'; import { PGlite } from '@electric-sql/pglite/live'; export { fc, PGlite };",
    });
    assert.deepEqual([...problems(planted)].sort(), [
      'src/actors/other.ts imports nact; src/actors/actor.ts may',
      'src/gateway/other.ts imports ws; src/gateway/websocket-listener.ts and src/ea-sim/connection.ts and src/admin/streams/serve-streams.ts may',
      'src/market/other.ts imports ioredis; src/storage/cache/redis-cache.ts may',
      'src/storage/other.ts imports pg; src/storage/ledger/transaction.ts may',
      'workers/pglite.ts imports fast-check; no file may',
    ]);
  });
});
