/**
 * One live owner per account. Each epoch is taken by one process of one node, and whatever is stored or sent under it is that
 * process's doing; and once the next epoch is taken, nothing more is stored under the one before.
 */
import type { AuditEntry } from '../../../src/storage/audit/audit.js';
import type { WorldChecker } from '../evidence.js';

/** Of what is done under an epoch; undefined for what is not. */
function actedUnder({ kind, subject, body }: AuditEntry): { readonly accountId: string; readonly epoch: number } | undefined {
  const told = JSON.parse(body) as {
    readonly accountId?: string;
    readonly epoch?: number;
    readonly state?: string;
    readonly said?: string | null;
  };
  const accountId = kind.startsWith('account.') || kind === 'signal.refused' ? subject : told.accountId;
  if (accountId === undefined || told.epoch === undefined) return undefined;
  // Whoever is asked puts down what is to wait for the next session, and that it waited for none.
  if (kind === 'command.asked' && told.state === 'PENDING') return undefined;
  if (kind === 'command.expired' && told.said?.startsWith('no session came')) return undefined;
  return { accountId, epoch: told.epoch };
}

export const oneOwnerPerAccount: WorldChecker = ({ committed, left }) => {
  const said: string[] = [];
  const taken = new Map<string, { readonly epoch: number; readonly writer: number }>();
  for (const entry of committed) {
    const acted = actedUnder(entry);
    if (acted === undefined) continue;
    const { accountId, epoch } = acted;
    const owner = taken.get(accountId);
    if (entry.kind === 'account.claimed') {
      if (owner !== undefined && epoch <= owner.epoch) said.push(`epoch ${epoch} of ${accountId} was taken after ${owner.epoch}`);
      taken.set(accountId, { epoch, writer: entry.writer });
    } else if (owner === undefined || owner.epoch !== epoch)
      said.push(`${entry.kind} of ${accountId} under epoch ${epoch}, while ${owner?.epoch} had been taken`);
    else if (owner.writer !== entry.writer)
      said.push(`${entry.kind} of ${accountId} under epoch ${epoch} by writer ${entry.writer}, whose owner is ${owner.writer}`);
  }
  const senders = new Map<string, string>();
  for (const { accountId, epoch, node, life } of left) {
    const key = `${accountId} epoch ${epoch}`;
    const sender = `${node} life ${life}`;
    const other = senders.get(key);
    if (other !== undefined && other !== sender) said.push(`${key} was acted for by ${other} and by ${sender}`);
    senders.set(key, sender);
  }
  return [...new Set(said)];
};
