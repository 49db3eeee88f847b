/**
 * What programs of tenants ask for, which is a feature of their tier: predictions as they are and were, and models of their own. Their settings, which
 * every tenant sets, are here as well.
 */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import type { Allowance } from '../../accounts/allowances.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { SpokenHorizon } from '../../models/model-card.js';
import { LIMITS } from '../../limits.js';
import { sha256Hex } from '../../runtime/digest.js';
import type { OwnModelRow } from '../../storage/ledger/own-models.js';
import type { TenantRow } from '../../storage/ledger/ledger.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { type Acting, asked, reachedTenant, reason, tenantName } from './acting.js';
import { historyRoute, type PredictionHistory } from './prediction-history.js';
import { atMs, figures, tenantShape } from './ledger-shapes.js';

export interface TenantApi extends Acting, Omit<PredictionHistory, 'mustHaveApi'> {
  readonly horizons: readonly [SpokenHorizon, ...SpokenHorizon[]];
  /** Why the tenant's programs may not ask; undefined where its tier has the interface. */
  readonly barred: (tenantId: string) => string | undefined;
  readonly prediction: (reach: Reach, symbol: string, timeframe: Timeframe) => Readonly<Record<string, unknown>> | undefined;
  /** Takes one prediction of what the tenant's tier includes. */
  readonly takePrediction: (tenantId: string) => Allowance;
}

function mustHaveApi({ barred }: TenantApi, reach: Reach): void {
  const why = reach.kind === 'all' ? undefined : barred(reach.tenantId);
  if (why !== undefined) throw new Refusal(403, why, {}, 'TIER');
}

function predictionRoutes(api: TenantApi): readonly Route[] {
  return [
    route({
      url: '/v1/predictions',
      tag: 'tenant API',
      summary: 'The newest prediction of a symbol, as far as the tier has it. Counts as a prediction.',
      needs: 'tenants.see',
      query: z.strictObject({ symbol: z.string().min(1).max(32), timeframe: z.enum(api.timeframes).default('M15') }),
      answer: z.object({ symbol: z.string(), timeframe: z.string(), prediction: figures.nullable() }),
      handle: async ({ reach, query: { symbol, timeframe } }) => {
        mustHaveApi(api, reach);
        if (!api.sees(reach, symbol)) throw new Refusal(404, `there is no symbol ${symbol}`);
        const prediction = api.prediction(reach, symbol, timeframe);
        if (prediction === undefined) return { symbol, timeframe, prediction: null };
        const taken = reach.kind === 'all' ? undefined : api.takePrediction(reach.tenantId);
        if (taken?.allowed === false) {
          const seconds = Math.max(1, Math.ceil((taken.resetAtMs - api.nowMs()) / 1_000));
          throw new Refusal(429, taken.reason, { 'retry-after': String(seconds) });
        }
        return { symbol, timeframe, prediction };
      },
    }),
  ];
}

const ownModel = z.object({
  tenantId: z.string(),
  name: z.string(),
  version: z.int(),
  timeframe: z.string(),
  sha256: z.string(),
  createdAt: atMs,
});
const of = { tenant: tenantName.optional().describe('Needed of who reaches several.') };

async function owner(api: TenantApi, reach: Reach, named: string | undefined): Promise<string> {
  const id = named ?? (reach.kind === 'all' ? undefined : reach.tenantId);
  if (id === undefined) throw new Refusal(400, 'the query: tenant: of which tenant?');
  await reachedTenant(api.reads, reach, id);
  mustHaveApi(api, reach);
  return id;
}

function ownModelRoutes(api: TenantApi): readonly Route[] {
  const { actions } = api;
  const shared = { tag: 'tenant API', query: z.strictObject(of) } as const;
  return [
    route({
      ...shared,
      url: '/v1/own-models',
      summary: 'A tenant’s own models.',
      needs: 'tenants.see',
      answer: z.object({ rows: z.array(ownModel) }),
      handle: async ({ reach, query }) => {
        const tenant = await owner(api, reach, query.tenant);
        return { rows: await asked<readonly OwnModelRow[]>(api, 'own-models.list', { tenant }) };
      },
    }),
    route({
      ...shared,
      method: 'POST',
      url: '/v1/own-models',
      summary: 'Adds a model as ONNX, in base64: it is checked and run before it is kept.',
      needs: 'tenants.act',
      bodyBytes: 2 * LIMITS.ownModels.graphBytes,
      body: z.strictObject({
        reason,
        name: z.string().max(64),
        graph: z.base64().describe('The file, in base64.'),
        horizon: z.enum(api.horizons).optional(),
        timeframe: z.enum(api.timeframes).optional(),
      }),
      answer: ownModel,
      handle: async ({ reach, query, body, principal, from }) => {
        const tenant = await owner(api, reach, query.tenant);
        const { reason: why, ...model } = body;
        const detail = { sha256: sha256Hex(model.graph), horizon: model.horizon ?? null, timeframe: model.timeframe ?? null };
        const wish = { tenantId: tenant, action: 'own-models.add', subject: model.name, reason: why, detail };
        return actions.perform({ principal, from }, wish, () => asked(api, 'own-models.add', { tenant, ...model }));
      },
    }),
    route({
      ...shared,
      method: 'DELETE',
      url: '/v1/own-models/:name',
      summary: 'Takes a model out of use.',
      needs: 'tenants.act',
      params: z.strictObject({ name: z.string().max(64) }),
      body: z.strictObject({ reason }),
      answer: ownModel,
      handle: async ({ reach, query, params: { name }, body, principal, from }) => {
        const tenant = await owner(api, reach, query.tenant);
        const wish = { tenantId: tenant, action: 'own-models.remove', subject: name, reason: body.reason };
        return actions.perform({ principal, from }, wish, () => asked(api, 'own-models.remove', { tenant, name }));
      },
    }),
  ];
}

function settingRoutes(api: TenantApi): readonly Route[] {
  return [
    route({
      method: 'PATCH',
      url: '/v1/tenants/:id',
      tag: 'actions',
      summary: 'Sets a tenant’s symbols, timeframe and trading settings; its tier, only an operator.',
      needs: 'tenants.act',
      params: z.strictObject({ id: tenantName }),
      body: z.strictObject({
        reason,
        name: z.string().max(200).optional(),
        tier: z.string().max(32).optional(),
        timeframe: z.enum(api.timeframes).optional(),
        symbols: z.array(z.string().max(32)).max(200).optional(),
        trading: z.record(z.string(), z.unknown()).optional(),
      }),
      answer: tenantShape,
      handle: async ({ reach, params: { id }, body, principal, from }) => {
        const tenant = await reachedTenant(api.reads, reach, id);
        if (body.tier !== undefined && reach.kind !== 'all') throw new Refusal(403, 'a tenant does not choose its tier here');
        const { reason: why, ...change } = body;
        const wish = { tenantId: tenant.id, action: 'tenant.set', subject: tenant.id, reason: why, detail: change };
        return api.actions.perform({ principal, from }, wish, () => asked<TenantRow>(api, 'tenant.set', { id, ...change }));
      },
    }),
  ];
}

export function tenantApiRoutes(api: TenantApi): readonly Route[] {
  const history = historyRoute({ ...api, mustHaveApi: (reach) => mustHaveApi(api, reach) });
  return [...predictionRoutes(api), history, ...ownModelRoutes(api), ...settingRoutes(api)];
}
