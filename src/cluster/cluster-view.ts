/** What one node knows of its cluster, for people: who is there and since when nothing was heard of it, and who has what. Pure. */
import type { ClusterTable } from './cluster-table.js';
import type { Member } from './member.js';

export interface ShownMember extends Omit<Member, 'session'> {
  readonly self: boolean;
  /** Since its newest renewal was heard. */
  readonly heardAgoMs: number;
  /** How many things of each kind it has. */
  readonly has: Readonly<Record<string, number>>;
}

export interface ShownLease {
  readonly kind: string;
  readonly name: string;
  /** Null where nobody has it. */
  readonly node: string | null;
  readonly generation: number;
  readonly revision: number;
}

export interface ShownCluster {
  /** Whose view it is. */
  readonly node: string;
  /** Null before the registry's is heard. */
  readonly generation: number | null;
  /** Whether all that the registry holds is known. */
  readonly whole: boolean;
  /** For how long this node may act for what it has without being renewed; 0 where it may not. */
  readonly actsForMs: number;
  readonly members: readonly ShownMember[];
  readonly leases: readonly ShownLease[];
}

export function clusterView(table: ClusterTable, nowMs: number): ShownCluster {
  const leases = table.leases
    .map(({ thing, epoch }): ShownLease => {
      const [kind = '', ...name] = thing.split('/');
      return { kind, name: name.join('/'), node: table.holder(thing)?.node ?? null, ...epoch };
    })
    .sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
  const members = table.members
    .map(({ session: _, ...member }): ShownMember => {
      const has: Record<string, number> = {};
      for (const { kind, node } of leases) if (node === member.node) has[kind] = (has[kind] ?? 0) + 1;
      const heardAgoMs = Math.max(0, Math.round(nowMs - (table.heardMs(member.node) ?? nowMs)));
      return { ...member, self: member.node === table.node, heardAgoMs, has };
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  const actsForMs = Math.max(0, Math.round(table.actsUntilMs() - nowMs));
  return {
    node: table.node,
    generation: table.generation ?? null,
    whole: table.isWhole,
    actsForMs: Number.isFinite(actsForMs) ? actsForMs : 0,
    members,
    leases,
  };
}
