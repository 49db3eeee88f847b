/** Tenants' own models as an operator adds, lists and removes them, and those that may be asked; the tier decides, asked in the one place. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { SPOKEN_HORIZONS } from '../models/model-card.js';
import { checkOwnModel, type OwnModelCard, type OwnModelEntry, parseOwnCard } from '../models/own-model.js';
import type { Clock } from '../runtime/clock.js';
import type { Ledger, TenantRow } from '../storage/ledger/ledger.js';
import type { OwnModelRow } from '../storage/ledger/own-models.js';
import type { TierName, Tiers } from './tiers.js';

/** Where models run. */
export interface OwnModelRuntime {
  /** Runs one that nobody relies on yet; rejects with why it is not let in. */
  tryOut(graph: Uint8Array, sha256: string, card: OwnModelCard): Promise<{ readonly loadMs: number; readonly runMs: number }>;
  /** The tenant's models have changed. */
  changed(tenantId: string): void;
}

export interface OwnModelDeskOptions {
  readonly ledger: Pick<Ledger, 'listTenants' | 'addOwnModel' | 'removeOwnModel' | 'activeOwnModels'>;
  readonly tiers: Tiers;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly runtime: OwnModelRuntime;
}

const tenant = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a tenant is named by its id');
const name = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a model has a name of small letters, digits and single dashes')
  .max(64, 'a model’s name has at most 64 characters');
/** Three bytes are four characters. */
const GRAPH_TEXT_MOST = 4 * Math.ceil(LIMITS.ownModels.graphBytes / 3);
const add = z.strictObject({
  tenant,
  name,
  /** Base64 of the file. */
  graph: z.string().max(GRAPH_TEXT_MOST, `a model has at most ${LIMITS.ownModels.graphBytes} bytes`),
  horizon: z.enum(SPOKEN_HORIZONS, `a horizon is one of ${SPOKEN_HORIZONS.join(', ')}`).default('15m'),
  timeframe: z.enum(TIMEFRAMES, `a timeframe is one of ${TIMEFRAMES.join(', ')}`).optional(),
});
const list = z.strictObject({ tenant });
const remove = z.strictObject({ tenant, name });

const INPUTS = { 'own-models.add': add, 'own-models.list': list, 'own-models.remove': remove } as const;
export type OwnModelMethod = keyof typeof INPUTS;

/** Refuses what needs no ledger to be refused. */
export function checkOwnModelInput(method: OwnModelMethod, input: unknown): void {
  const checked = readWish(INPUTS[method], input);
  if ('graph' in checked) checkOwnModel(Buffer.from(checked.graph, 'base64'), checked.horizon);
}

/** Why models of the tenant may not run; undefined where they may. */
function notEntitled(tiers: Tiers, { id, tier }: Pick<TenantRow, 'id' | 'tier'>): string | undefined {
  return tiers.allows(tier, 'ownModels') ? undefined : `tier ${tier} of tenant ${id} has no models of its own`;
}

export class OwnModelDesk {
  constructor(readonly options: OwnModelDeskOptions) {}

  /** Checks it, runs it, and keeps it under its next version, which answers from then on. */
  async add(input: unknown): Promise<OwnModelRow> {
    const { tenant: owner, name: called, graph: text, horizon, timeframe: told } = readWish(add, input);
    const { ledger, tiers, clock, runtime } = this.options;
    const found = await this.#tenant(owner);
    const refusal = notEntitled(tiers, found);
    if (refusal !== undefined) throw new SuhoError('CONFLICT', refusal);
    const timeframe: Timeframe = told ?? found.signalTimeframe;
    if (!tiers.allowsTimeframe(found.tier, timeframe))
      throw new SuhoError('CONFLICT', `tier ${found.tier} of tenant ${owner} has no signals on ${timeframe}`);
    if (!tiers.allowsHorizon(found.tier, horizon))
      throw new SuhoError('CONFLICT', `tier ${found.tier} of tenant ${owner} has no predictions of ${horizon}`);
    const graph = new Uint8Array(Buffer.from(text, 'base64'));
    const card = checkOwnModel(graph, horizon);
    const sha256 = createHash('sha256').update(graph).digest('hex');
    const { loadMs, runMs } = await runtime.tryOut(graph, sha256, card);
    const kept: OwnModelCard = { ...card, trial: { loadMs, runMs } };
    const model = { tenantId: owner, name: called, timeframe, sha256, card: kept, createdAt: clock.nowMs(), graph };
    const added = await ledger.addOwnModel(model, LIMITS.ownModels.perTenant);
    if (added.kind === 'full')
      throw new SuhoError('CONFLICT', `tenant ${owner} has ${LIMITS.ownModels.perTenant} models of its own, which is the most`);
    runtime.changed(owner);
    return added.row;
  }

  async list(input: unknown): Promise<readonly OwnModelRow[]> {
    const { tenant: owner } = readWish(list, input);
    await this.#tenant(owner);
    return this.options.ledger.activeOwnModels(owner);
  }

  /** Whatever the tier: what is there may always go. */
  async remove(input: unknown): Promise<OwnModelRow> {
    const { tenant: owner, name: called } = readWish(remove, input);
    await this.#tenant(owner);
    const removed = await this.options.ledger.removeOwnModel(owner, called, this.options.clock.nowMs());
    if (removed === undefined) throw new SuhoError('NOT_FOUND', `tenant ${owner} has no model ${called}`);
    this.options.runtime.changed(owner);
    return removed;
  }

  async #tenant(id: string): Promise<TenantRow> {
    const found = (await this.options.ledger.listTenants()).find((one) => one.id === id);
    if (found === undefined) throw new SuhoError('NOT_FOUND', `there is no tenant ${id}`);
    return found;
  }
}

/** By what the desk's calls are asked of a node. */
export function ownModelMethods(desk: OwnModelDesk): Readonly<Record<OwnModelMethod, (input: unknown) => Promise<unknown>>> {
  return {
    'own-models.add': (input) => desk.add(input),
    'own-models.list': (input) => desk.list(input),
    'own-models.remove': (input) => desk.remove(input),
  };
}

export interface OwnModelSourceOptions {
  readonly ledger: Pick<Ledger, 'activeOwnModels' | 'ownModelGraph'>;
  readonly tiers: Tiers;
  /** Undefined where there is no such tenant. */
  readonly tierOf: (tenantId: string) => TierName | undefined;
}

/** Where a node has the models from that it runs: none of a tenant whose tier has stepped down. */
export function ownModelSource({ ledger, tiers, tierOf }: OwnModelSourceOptions): {
  models(tenantId: string): Promise<readonly OwnModelEntry[]>;
  graph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined>;
} {
  return {
    models: async (tenantId) => {
      const tier = tierOf(tenantId);
      if (tier === undefined || notEntitled(tiers, { id: tenantId, tier }) !== undefined) return [];
      const rows = await ledger.activeOwnModels(tenantId);
      return rows.map(({ card, ...row }) => ({ ...row, card: parseOwnCard(card) }));
    },
    graph: (tenantId, called, version) => ledger.ownModelGraph(tenantId, called, version),
  };
}
