import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import type { AuditSource } from '../storage/audit/audit-log.js';
import { openDataFolder } from '../storage/data-folder.js';
import { openLedger } from '../storage/ledger/open.js';
import { SUHO_VERSION } from '../version.js';

/** A server's ledger is read beside its nodes. An embedded one is its node's: where one runs it is asked, page by page. */
export async function withAuditSource<T>(config: Config, use: (source: AuditSource) => Promise<T>): Promise<T> {
  if (config.ledger !== 'embedded') return reading({ url: config.ledger }, use);
  const running = runningNode(config.data);
  if ((await running.ask('listAuditHeads')) !== undefined) return use(running.source);
  if (!existsSync(join(config.data, 'ledger'))) throw new SuhoError('NOT_FOUND', `there is no ledger in ${config.data}`);
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(config.data, holder);
  try {
    return await reading({ folder: folder.path }, use);
  } finally {
    await folder.release();
  }
}

async function reading<T>(
  where: { readonly url: string } | { readonly folder: string },
  use: (source: AuditSource) => Promise<T>,
): Promise<T> {
  const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
  const ledger = await openLedger({ ...where, onProgress });
  try {
    const pending = await ledger.pendingMigrations();
    if (pending.length > 0) throw new SuhoError('MIGRATION_MISMATCH', `the ledger lacks ${pending.join(', ')}: run suho migrate`);
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

function runningNode(data: string) {
  const ask = <L extends keyof AuditSource>(list: L, after?: string) =>
    callNode<Awaited<ReturnType<AuditSource[L]>>>(data, 'audit.page', { list, after });
  const page = async <L extends keyof AuditSource>(list: L, after?: string): Promise<Awaited<ReturnType<AuditSource[L]>>> => {
    const answered = await ask(list, after);
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `the node on ${data} has stopped while its log was read`);
    return answered.result;
  };
  const source: AuditSource = {
    listAudit: (after) => page('listAudit', after),
    listAuditHeads: (after) => page('listAuditHeads', after),
    listAuditAnchors: (after) => page('listAuditAnchors', after),
  };
  return { ask, source };
}
