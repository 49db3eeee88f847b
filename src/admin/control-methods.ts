/** What a running node answers on its control socket: the catalogue of tenants and accounts, and its own state. */
import { isAbsolute } from 'node:path';
import { Catalogue } from '../accounts/catalogue.js';
import { AWAY } from '../accounts/commands.js';
import { CommandRequests, type CommandRequestsOptions } from '../accounts/command-requests.js';
import type { Halt } from '../accounts/halt.js';
import type { Left, Meter } from '../accounts/meter.js';
import { OwnModelDesk, ownModelMethods, type OwnModelRuntime } from '../accounts/own-models.js';
import { SignalCancel } from '../accounts/signal-cancel.js';
import type { Tiers } from '../accounts/tiers.js';
import type { ActorRef } from '../actors/actor.js';
import type { TenantsMessage } from '../actors/tenants.js';
import type { ShownCluster } from '../cluster/cluster-view.js';
import { SuhoError } from '../errors.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { Archiver } from '../storage/archive/archiver.js';
import type { BrokersCompared, BrokersQuestion } from '../storage/analytics/brokers-compared.js';
import type { Ledger, TenantRow } from '../storage/ledger/ledger.js';
import { SUHO_VERSION } from '../version.js';
import type { ControlMethods } from './control.js';
import type { Readiness } from './routes/health.js';
import type { LatencyMs, NodeFigures } from './node-figures.js';

/** What is asked of the node itself. */
export interface ControlledNode {
  readonly root: {
    readonly tenants: ActorRef<TenantsMessage>;
    readonly system: { readonly deadLetters: number; readonly stoppedForGood: readonly unknown[] };
  };
  readonly gateway: { readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[] };
  readonly http: { readonly url: string } | undefined;
  readonly figures: Pick<NodeFigures, 'counts' | 'latencyMs'>;
  readiness(): Promise<Readiness>;
}

export interface ControlOptions {
  readonly ledger: Ledger;
  readonly tiers: Tiers;
  readonly meter: Pick<Meter, 'left'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'idFor'>;
  readonly node: ControlledNode;
  /** When an account with a session here was heard last. */
  readonly heardAt?: (accountId: string) => number | undefined;
  /** Signs tokens with another key; answers its name. */
  readonly rotateTokens?: (leaked: boolean) => Promise<string>;
  /** Absent where the node runs no jobs. */
  readonly jobs?: Pick<JobRunner, 'list' | 'runNow'>;
  readonly archive?: Pick<Archiver, 'list' | 'verify' | 'restore' | 'rows'>;
  /** A page of a symbol's M1 candles out of the analytics store; absent where the node has none. */
  readonly candles?: (symbol: string, fromMs: number) => Promise<CandlePage>;
  /** Brokers beside each other; absent where the node has no analytics. */
  readonly brokers?: (question: BrokersQuestion) => Promise<BrokersCompared>;
  /** Puts a model of the data folder to use, or says why not; absent where the node predicts nothing. */
  readonly useModel?: (model: ModelInUse) => Promise<ModelUse>;
  /** Absent where the node runs no tenant's own models. */
  readonly ownModels?: OwnModelRuntime;
  /** Makes a new or changed tenant known to the node. */
  readonly know: (tenant: TenantRow) => void;
  /** The feed is an account of this tenant, and no other may decide by it. */
  readonly onlyTenant?: string;
  /** The node's emergency stop, kept and told to its accounts. */
  readonly stop: { set(halt: Halt | null): Promise<void> | void };
  /** The cluster as this node sees it; left out where it is alone. */
  readonly cluster?: () => ShownCluster;
  /** Tells other nodes that an account, a tenant or its own models are others in the ledger. */
  readonly tellChanged?: (kind: 'account' | 'tenant' | 'own-models', id: string) => void;
  /** Asks the other nodes for the account's session; left out where there is no other. */
  readonly elsewhere?: CommandRequestsOptions['elsewhere'];
  /** Stores in the data folder, beside the ledger, whose files only the node can copy whole: by the name of their folder. */
  readonly copies?: StoreCopies;
}

/** Each start in milliseconds, open, high, low, close, volume, spread. */
export type CandlePage = readonly (readonly number[])[];

/** A card that `suho models add` has put into the data folder, and what it is to be: it answers, or takes its share beside it. */
export interface ModelInUse {
  /** Absolute path of the card; its graph is beside it. */
  readonly card: string;
  readonly state: 'deployed' | 'arm';
}

export type ModelUse = { readonly used: true } | { readonly used: false; readonly sentence: string };

/** Copies the store's files, as they stand at one moment, to a folder that is not there yet. */
export type StoreCopies = Readonly<Record<string, (folder: string) => Promise<void>>>;

export interface NodeStatus {
  readonly version: string;
  readonly engineTime: string;
  readonly listeners: readonly string[];
  readonly http: string | null;
  readonly ready: boolean;
  readonly parts: Readiness['parts'];
  readonly counts: Readonly<Record<string, number>>;
  readonly latencyMs: LatencyMs;
  /** As this node sees it; null where it is alone. */
  readonly cluster: ShownCluster | null;
  readonly actors: { readonly deadLetters: number; readonly stoppedForGood: number };
}

/** What is left of a rate and until when: null where the tier sets no limit. */
export interface ShownLeft {
  readonly what: string;
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
  readonly resetsAt: string;
}

/** A tenant with what its tier still lets it have. */
export type ListedTenant = TenantRow & { readonly allowances: readonly ShownLeft[] };

export function shownLeft({ what, limit, used, left, resetAtMs }: Left): ShownLeft {
  const bounded = Number.isFinite(limit);
  const resetsAt = new Date(resetAtMs).toISOString();
  return { what, limit: bounded ? limit : null, used, left: bounded ? left : null, resetsAt };
}

const AUDIT_LISTS = ['listAudit', 'listAuditHeads', 'listAuditAnchors'] as const;

async function auditPage(ledger: Ledger, input: unknown): Promise<unknown> {
  const { list, after } = (input ?? {}) as { readonly list?: unknown; readonly after?: unknown };
  const named = AUDIT_LISTS.find((name) => name === list);
  if (named === undefined || (after !== undefined && typeof after !== 'string'))
    throw new SuhoError('USAGE', `a page of the audit log is of ${AUDIT_LISTS.join(', ')}, after a cursor`);
  return ledger[named](after);
}

function ownMethods({ ownModels, ledger, tiers, clock, tellChanged }: ControlOptions): ControlMethods {
  if (ownModels === undefined) return {};
  const runtime: OwnModelRuntime = {
    tryOut: (...tried) => ownModels.tryOut(...tried),
    changed: (tenantId) => {
      ownModels.changed(tenantId);
      tellChanged?.('own-models', tenantId);
    },
  };
  return ownModelMethods(new OwnModelDesk({ ledger, tiers, clock, runtime }));
}

function tokenMethods({ rotateTokens }: ControlOptions): ControlMethods {
  if (rotateTokens === undefined) return {};
  return {
    'tokens.rotate': async (input) => {
      const { leaked } = (input ?? {}) as { readonly leaked?: unknown };
      if (leaked !== undefined && typeof leaked !== 'boolean') throw new SuhoError('USAGE', 'has the key leaked or not?');
      return { key: await rotateTokens(leaked ?? false) };
    },
  };
}

function jobMethods({ jobs }: ControlOptions): ControlMethods {
  if (jobs === undefined) return {};
  return {
    'jobs.list': () => jobs.list(),
    'jobs.run': (input) => {
      if (typeof input !== 'string') throw new SuhoError('USAGE', 'which job?');
      return jobs.runNow(input);
    },
  };
}

function archiveMethods({ archive }: ControlOptions): ControlMethods {
  if (archive === undefined) return {};
  const named = <T>(input: unknown, of: (name: string) => Promise<T>): Promise<T> => {
    if (typeof input !== 'string') throw new SuhoError('USAGE', 'which object of the archive?');
    return of(input);
  };
  return {
    'archive.list': () => archive.list(),
    'archive.verify': () => archive.verify(),
    'archive.restore': (input) => named(input, (name) => archive.restore(name)),
    'archive.rows': (input) => named(input, (name) => archive.rows(name)),
  };
}

function brokerMethods({ brokers }: ControlOptions): ControlMethods {
  if (brokers === undefined) return {};
  return {
    'brokers.compared': (input) => {
      const { tenant, symbols, fromMs, toMs } = (input ?? {}) as Readonly<Partial<Record<keyof BrokersQuestion, unknown>>>;
      const named = Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string');
      if (typeof tenant !== 'string' || !named || typeof fromMs !== 'number' || typeof toMs !== 'number')
        throw new SuhoError('USAGE', 'brokers of which tenant, in which symbols, from when to when?');
      return brokers({ tenant, symbols: symbols as readonly string[], fromMs, toMs });
    },
  };
}

function modelMethods({ candles, useModel }: ControlOptions): ControlMethods {
  return {
    ...(candles && {
      'market.candles': (input) => {
        const { symbol, fromMs } = (input ?? {}) as { readonly symbol?: unknown; readonly fromMs?: unknown };
        if (typeof symbol !== 'string' || typeof fromMs !== 'number')
          throw new SuhoError('USAGE', 'candles of which symbol, from when?');
        return candles(symbol, fromMs);
      },
    }),
    ...(useModel && {
      'models.use': (input) => {
        const { card, state } = (input ?? {}) as { readonly card?: unknown; readonly state?: unknown };
        if (typeof card !== 'string' || !isAbsolute(card) || (state !== 'deployed' && state !== 'arm'))
          throw new SuhoError('USAGE', 'a model is used by the absolute path of its card, as deployed or arm');
        return useModel({ card, state });
      },
    }),
  };
}

/** Answers whether there was such a store to copy. */
async function copyStore({ ledger, copies }: ControlOptions, input: unknown): Promise<boolean> {
  const { store, folder } = (input ?? {}) as { readonly store?: unknown; readonly folder?: unknown };
  if (typeof store !== 'string' || typeof folder !== 'string' || !isAbsolute(folder))
    throw new SuhoError('USAGE', 'a copy is of a store by its name, to an absolute path');
  if (store === 'ledger' && ledger.copyTo !== undefined) {
    await ledger.copyTo(folder);
    return true;
  }
  const copy = copies !== undefined && Object.hasOwn(copies, store) ? copies[store] : undefined;
  await copy?.(folder);
  return copy !== undefined;
}

export function controlMethods(options: ControlOptions): ControlMethods {
  const { node, clock } = options;
  const catalogue = new Catalogue({
    ...options,
    changed: (account) => {
      node.root.tenants.tell({ kind: 'account', account });
      options.tellChanged?.('account', account.id);
    },
  });
  const changed = (tenant: TenantRow): TenantRow => {
    options.know(tenant);
    options.ownModels?.changed(tenant.id);
    node.root.tenants.tell({ kind: 'tenant', tenant });
    options.tellChanged?.('tenant', tenant.id);
    return tenant;
  };
  const requests = new CommandRequests({
    ledger: options.ledger,
    clock,
    ids: options.ids,
    ...(options.elsewhere && { elsewhere: options.elsewhere }),
    tell: (tenantId, accountId, wish, answered) => {
      const message = { kind: 'command', wish, answered } as const;
      if (!node.root.tenants.tell({ kind: 'command', tenantId, to: { kind: 'command', accountId, message } })) answered(AWAY);
    },
  });
  const cancel = new SignalCancel({
    ...{ ledger: options.ledger, requests, clock },
    told: (signal) => void node.root.tenants.tell({ kind: 'cancelled', signal }),
  });
  return {
    'tenant.add': async (input) => {
      if (options.onlyTenant !== undefined)
        throw new SuhoError(
          'CONFLICT',
          `this node’s prices come from an account of tenant ${options.onlyTenant}: another may decide by them once feedShared is set`,
        );
      return changed(await catalogue.addTenant(input));
    },
    'tenant.set': async (input) => changed(await catalogue.setTenant(input)),
    'tenant.list': async (): Promise<readonly ListedTenant[]> => {
      const nowMs = clock.nowMs();
      const tenants = await catalogue.listTenants();
      return tenants.map((tenant) => ({ ...tenant, allowances: options.meter.left(tenant, nowMs).map(shownLeft) }));
    },
    'account.add': (input) => catalogue.addAccounts(input),
    'account.list': (input) => catalogue.listAccounts(input),
    'node.halt': async (input) => {
      const { reason } = (input ?? {}) as { readonly reason?: unknown };
      if (typeof reason !== 'string' || reason.trim() === '') throw new SuhoError('USAGE', 'a node is stopped for a reason');
      await options.stop.set({ reason, atMs: clock.nowMs(), by: 'operator' });
      return null;
    },
    'node.resume': async () => {
      await options.stop.set(null);
      return null;
    },
    'tenant.halt': async (input) => changed(await catalogue.haltTenant(input)),
    'tenant.resume': async (input) => changed(await catalogue.resumeTenant(input)),
    'account.mode': (input) => catalogue.setMode(input),
    'account.set': (input) => catalogue.setTrading(input),
    'account.disable': (input) => catalogue.disable(input),
    'account.enable': (input) => catalogue.enable(input),
    'account.command': (input) => requests.ask(input),
    'signal.cancel': (input) => cancel.cancel(input),
    'account.command-state': (input) => requests.state(input),
    'account.commands': (input) => requests.list(input),
    'account.rotate': (input) => catalogue.rotateKey(input),
    'account.finish': (input) => catalogue.finishRotation(input),
    'account.revoke': (input) => catalogue.revokeKey(input),
    'account.unbind': (input) => catalogue.unbind(input),
    ...tokenMethods(options),
    'audit.page': (input) => auditPage(options.ledger, input),
    'signal.explained': async (input) => (await options.ledger.explained(String(input))) ?? null,
    ...ownMethods(options),
    ...jobMethods(options),
    ...archiveMethods(options),
    ...modelMethods(options),
    ...brokerMethods(options),
    'backup.copy': (input) => copyStore(options, input),
    status: async (): Promise<NodeStatus> => {
      const { ready, parts } = await node.readiness();
      return {
        version: SUHO_VERSION,
        engineTime: new Date(clock.nowMs()).toISOString(),
        listeners: node.gateway.listeners.map(({ name, host, port }) => `${name}://${host}:${port}`),
        http: node.http?.url ?? null,
        ready,
        parts,
        counts: { ...node.figures.counts },
        latencyMs: node.figures.latencyMs(),
        cluster: options.cluster?.() ?? null,
        actors: { deadLetters: node.root.system.deadLetters, stoppedForGood: node.root.system.stoppedForGood.length },
      };
    },
  };
}
