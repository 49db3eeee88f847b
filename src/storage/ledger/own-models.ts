/** Tenants' own models in the ledger: what is kept of each version, and its graph for as long as it answers. */
import type { Timeframe } from '../../market/timeframe.js';
import type { OwnModelCard } from '../../models/own-model.js';
import type { Page } from './ledger.js';

export interface OwnModelRow {
  readonly tenantId: string;
  readonly name: string;
  /** From 1, without gaps, of each name. */
  readonly version: number;
  readonly timeframe: Timeframe;
  /** Of the graph. */
  readonly sha256: string;
  readonly card: OwnModelCard;
  /** Whether it answers: one version of a name at most. */
  readonly active: boolean;
  readonly createdAt: number;
}

export type NewOwnModel = Omit<OwnModelRow, 'version' | 'active'> & { readonly graph: Uint8Array };

export type OwnModelAdded =
  | { readonly kind: 'added'; readonly row: OwnModelRow }
  /** Of these bytes is the version that answers under the name. */
  | { readonly kind: 'same'; readonly row: OwnModelRow }
  /** As many models as may answer, under other names. */
  | { readonly kind: 'full' };

export interface OwnModelStore {
  /** Gives it the next version, which answers in the place of the one before; that one's graph is kept no longer. */
  addOwnModel(model: NewOwnModel, most: number): Promise<OwnModelAdded>;
  /** No version of the name answers any more, and its graph is not kept; undefined where none did. */
  removeOwnModel(tenantId: string, name: string, atMs: number): Promise<OwnModelRow | undefined>;
  /** Those that answer, by name. */
  activeOwnModels(tenantId: string): Promise<readonly OwnModelRow[]>;
  /** Undefined where the version does not answer. */
  ownModelGraph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined>;
  /** All versions of all tenants, by tenant, name and version. */
  listOwnModels(after?: string): Promise<Page<OwnModelRow>>;
}
