import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import type { AuditSource } from '../storage/audit/audit-log.js';
import { withLedger } from './ledger-source.js';

/** A server's ledger is read beside its nodes. An embedded one is its node's: where one runs it is asked, page by page. */
export async function withAuditSource<T>(config: Config, use: (source: AuditSource) => Promise<T>): Promise<T> {
  if (config.ledger !== 'embedded') return withLedger(config, use);
  const running = runningNode(config.data);
  return (await running.ask('listAuditHeads')) === undefined ? withLedger(config, use) : use(running.source);
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
