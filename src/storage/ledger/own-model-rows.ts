import { SuhoError } from '../../errors.js';
import { modelAdded, modelRemoved } from '../audit/events.js';
import type { AuditTrail } from './audit-trail.js';
import { OWN_MODEL_COLUMNS, selectList } from './columns.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from './own-models.js';
import type { Statement, Transaction } from './transaction.js';

/** Bytes of a piece of a graph. */
const PART_BYTES = 32_768;

const COLUMNS = selectList(OWN_MODEL_COLUMNS);
// Of two uploads at once the second waits here, and then sees the first.
const LOCK_OWNER: Statement = { name: 'lock-models-owner', text: 'SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE' };
const ACTIVE: Statement = {
  name: 'active-models',
  text: `SELECT ${COLUMNS} FROM models WHERE tenant_id = $1 AND active ORDER BY name`,
};
const NEWEST_VERSION: Statement = {
  name: 'newest-model-version',
  text: 'SELECT coalesce(max(version), 0) AS version FROM models WHERE tenant_id = $1 AND name = $2',
};
const RETIRE: Statement = {
  name: 'retire-model',
  text: `UPDATE models SET active = false WHERE tenant_id = $1 AND name = $2 AND active RETURNING ${COLUMNS}`,
};
const FORGET_PARTS: Statement = {
  name: 'forget-model-parts',
  text: `UPDATE model_parts SET bytes = '' WHERE tenant_id = $1 AND name = $2 AND version = $3`,
};
const INSERT: Statement = {
  name: 'insert-model',
  text: `INSERT INTO models (tenant_id, name, version, timeframe, sha256, card, active, created_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, true, $7) RETURNING ${COLUMNS}`,
};
const INSERT_PARTS: Statement = {
  name: 'insert-model-parts',
  text: `INSERT INTO model_parts (tenant_id, name, version, part, bytes)
    SELECT $1, $2, $3, part, substring($4::bytea FROM part * ${PART_BYTES} + 1 FOR ${PART_BYTES})
      FROM generate_series(0, $5::integer) AS part`,
};
const PARTS: Statement = {
  name: 'model-parts',
  text: `SELECT bytes FROM model_parts JOIN models USING (tenant_id, name, version)
    WHERE tenant_id = $1 AND name = $2 AND version = $3 AND active ORDER BY part`,
};

async function retire(transaction: Transaction, tenantId: string, name: string): Promise<OwnModelRow | undefined> {
  const [retired] = await transaction.rows<OwnModelRow>(RETIRE, [tenantId, name]);
  if (retired !== undefined) await transaction.rows(FORGET_PARTS, [tenantId, name, retired.version]);
  return retired;
}

export async function insertModel(
  transaction: Transaction,
  { tenantId, name, timeframe, sha256, card, createdAt, graph }: NewOwnModel,
  most: number,
  trail: AuditTrail,
): Promise<OwnModelAdded> {
  transaction.actFor(tenantId);
  const [owner] = await transaction.rows(LOCK_OWNER, [tenantId]);
  if (owner === undefined) throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
  const active = await transaction.rows<OwnModelRow>(ACTIVE, [tenantId]);
  const same = active.find((model) => model.name === name && model.sha256 === sha256);
  if (same !== undefined) return { kind: 'same', row: same };
  if (active.filter((model) => model.name !== name).length >= most) return { kind: 'full' };
  const [newest] = await transaction.rows<{ version: number }>(NEWEST_VERSION, [tenantId, name]);
  const version = Number(newest?.version ?? 0) + 1;
  await retire(transaction, tenantId, name);
  const values = [tenantId, name, version, timeframe, sha256, JSON.stringify(card), createdAt];
  const [row] = await transaction.rows<OwnModelRow>(INSERT, values);
  const lastPart = Math.max(0, Math.ceil(graph.length / PART_BYTES) - 1);
  await transaction.rows(INSERT_PARTS, [tenantId, name, version, Buffer.from(graph), lastPart]);
  await trail.record(transaction, tenantId, [modelAdded(row as OwnModelRow)]);
  return { kind: 'added', row: row as OwnModelRow };
}

export async function retireModel(
  transaction: Transaction,
  { tenantId, name, atMs }: { readonly tenantId: string; readonly name: string; readonly atMs: number },
  trail: AuditTrail,
): Promise<OwnModelRow | undefined> {
  transaction.actFor(tenantId);
  await transaction.rows(LOCK_OWNER, [tenantId]);
  const retired = await retire(transaction, tenantId, name);
  if (retired !== undefined) await trail.record(transaction, tenantId, [modelRemoved(retired, atMs)]);
  return retired;
}

export function readActiveModels(transaction: Transaction, tenantId: string): Promise<readonly OwnModelRow[]> {
  transaction.actFor(tenantId);
  return transaction.rows<OwnModelRow>(ACTIVE, [tenantId]);
}

export async function readModelGraph(
  transaction: Transaction,
  tenantId: string,
  name: string,
  version: number,
): Promise<Uint8Array | undefined> {
  transaction.actFor(tenantId);
  const parts = await transaction.rows<{ bytes: Uint8Array }>(PARTS, [tenantId, name, version]);
  return parts.length === 0 ? undefined : new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes)));
}
