/** The node itself: its models, stores, jobs, place among others, and how fast it is. */
import { z } from 'zod';
import type { ModelCard } from '../../models/model-card.js';
import type { JobState } from '../../storage/jobs/job-table.js';
import { SUHO_VERSION } from '../../version.js';
import type { LatencyPoint } from '../latency-ring.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import type { ReadinessPart } from './health.js';
import { figures } from './ledger-shapes.js';

export interface ShownModel {
  readonly card: ModelCard;
  /** Why it does not answer. */
  readonly out: { readonly model: string; readonly sentence: string } | undefined;
}

export interface ShownStore extends ReadinessPart {
  readonly name: string;
  /** Of what waits to be written to it. */
  readonly writers: Readonly<Record<string, object>>;
}

export interface NodeViews {
  readonly models: () => readonly ShownModel[];
  readonly stores: () => Promise<readonly ShownStore[]>;
  readonly cluster: () => Readonly<Record<string, unknown>>;
  /** Absent where the node runs no jobs. */
  readonly jobs?: () => Promise<readonly JobState[]>;
  readonly latency: () => readonly LatencyPoint[];
}

const store = z.object({
  name: z.string(),
  ok: z.boolean(),
  optional: z.boolean().optional(),
  detail: z.string().optional(),
  writers: z.record(z.string(), z.record(z.string(), z.number())).describe('What waits to be written, and what became of it.'),
});
const job = z.object({
  name: z.string(),
  everyMs: z.int(),
  dueAt: z.int(),
  startAt: z.int(),
  holder: z.string().nullable(),
  leaseUntil: z.int(),
  runs: z.int(),
  failures: z.int(),
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  outcome: z.string().nullable(),
  sentence: z.string().nullable(),
});
const latencyPoint = z.object({
  atMs: z.int(),
  count: z.int(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  max: z.number(),
});
const named = {
  name: z.string(),
  version: z.int(),
  kind: z.string(),
  timeframe: z.string(),
  answers: z.boolean(),
  sentence: z.string().nullable().describe('Why it does not answer.'),
};

function shown({ card, out }: ShownModel) {
  const { name, version, kind, timeframe } = card;
  return { name, version, kind, timeframe, answers: out === undefined, sentence: out?.sentence ?? null };
}

const shared = { tag: 'node', needs: 'node.see' } as const;

function modelRoutes(models: NodeViews['models']): readonly Route[] {
  return [
    route({
      ...shared,
      url: '/v1/models',
      summary: 'Models that this node asks, and whether they answer.',
      answer: z.object({ rows: z.array(z.object(named)) }),
      handle: async () => ({ rows: models().map(shown) }),
    }),
    route({
      ...shared,
      url: '/v1/models/:name',
      summary: 'A model with its card: what it was made of, and how good it was where it counts.',
      params: z.strictObject({ name: z.string().min(1).max(64) }),
      answer: z.object({ rows: z.array(z.object({ ...named, card: figures })).describe('Its versions that are asked.') }),
      handle: async ({ params: { name } }) => {
        const found = models().filter(({ card }) => card.name === name);
        if (found.length === 0) throw new Refusal(404, `there is no model ${name}`);
        return { rows: found.map((one) => ({ ...shown(one), card: one.card })) };
      },
    }),
  ];
}

export function nodeRoutes({ models, stores, cluster, jobs, latency }: NodeViews): readonly Route[] {
  return [
    ...modelRoutes(models),
    route({
      ...shared,
      url: '/v1/stores',
      summary: 'Stores and what waits for them.',
      answer: z.object({ rows: z.array(store) }),
      handle: async () => ({ rows: await stores() }),
    }),
    route({
      ...shared,
      url: '/v1/cluster',
      summary: 'This node and the others that share its stores.',
      answer: figures,
      handle: async () => ({ version: SUHO_VERSION, ...cluster() }),
    }),
    route({
      ...shared,
      url: '/v1/jobs',
      summary: 'What the engine does by itself: when next, and how the last run ended.',
      answer: z.object({ rows: z.array(job) }),
      handle: async () => ({ rows: (await jobs?.()) ?? [] }),
    }),
    route({
      ...shared,
      url: '/v1/latency',
      summary:
        'From the tick that closed a candle to the signal at the socket, in milliseconds: a point each ten seconds of an hour.',
      answer: z.object({ rows: z.array(latencyPoint) }),
      handle: async () => ({ rows: latency() }),
    }),
  ];
}
