/** Tenants' own models in the in-memory ledger. */
import { SuhoError } from '../../../errors.js';
import { modelAdded, modelRemoved } from '../../audit/events.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from '../own-models.js';
import type { MemoryAudit } from './memory-audit.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, inOrder, keyOf } from './row-keys.js';

export class MemoryOwnModels {
  readonly #tables: MemoryTables;
  readonly #audit: MemoryAudit;

  constructor(tables: MemoryTables, audit: MemoryAudit) {
    this.#tables = tables;
    this.#audit = audit;
  }

  add({ graph, ...model }: NewOwnModel, most: number, journal: Journal): OwnModelAdded {
    const { tenantId, name } = model;
    if (!this.#tables.tenants.has(tenantId)) throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
    const own = this.#ofTenant(tenantId);
    const active = own.filter((row) => row.active);
    const before = active.find((row) => row.name === name);
    if (before !== undefined && before.sha256 === model.sha256) return { kind: 'same', row: copy(before) };
    if (active.filter((row) => row.name !== name).length >= most) return { kind: 'full' };
    if (before !== undefined) this.#retire(before, journal);
    const version = own.filter((row) => row.name === name).length + 1;
    const row: OwnModelRow = { ...copy(model), version, active: true };
    this.#tables.ownModels.put(keyOf(tenantId, name, version), { row, graph: graph.slice() }, journal);
    this.#audit.tell(tenantId, modelAdded(row), journal);
    return { kind: 'added', row: copy(row) };
  }

  remove(tenantId: string, name: string, atMs: number, journal: Journal): OwnModelRow | undefined {
    const row = this.#ofTenant(tenantId).find((model) => model.name === name && model.active);
    if (row === undefined) return undefined;
    const retired = this.#retire(row, journal);
    this.#audit.tell(tenantId, modelRemoved(retired, atMs), journal);
    return copy(retired);
  }

  active(tenantId: string): readonly OwnModelRow[] {
    return copy(this.#ofTenant(tenantId).filter(({ active }) => active));
  }

  graph(tenantId: string, name: string, version: number): Uint8Array | undefined {
    const held = this.#tables.ownModels.get(keyOf(tenantId, name, version));
    return held?.row.active === true ? held.graph?.slice() : undefined;
  }

  /** By name and version. */
  #ofTenant(tenantId: string): readonly OwnModelRow[] {
    const rows = this.#tables.ownModels.values().map(({ row }) => row);
    return rows.filter((row) => row.tenantId === tenantId).sort((a, b) => inOrder([a.name, a.version], [b.name, b.version]));
  }

  #retire(row: OwnModelRow, journal: Journal): OwnModelRow {
    const retired = { ...row, active: false };
    this.#tables.ownModels.put(keyOf(row.tenantId, row.name, row.version), { row: retired, graph: undefined }, journal);
    return retired;
  }
}
