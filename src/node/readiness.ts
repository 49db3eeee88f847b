/** Whether the node is ready, part by part, and gauges over what stands. */
import type { Readiness, ReadinessPart } from '../admin/routes/health.js';
import { drainSentence } from '../gateway/drain.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Metrics } from '../runtime/metrics.js';
import type { GroupCommit } from '../storage/ledger/group-commit.js';
import type { KeeperHealth } from '../storage/keepers.js';
import type { Root } from '../supervisors/root.js';
import type { Ground } from './ground.js';
import type { NodeOptions } from './node.js';

export function readinessOf(
  { stores, feed, clock }: NodeOptions,
  ground: Ground,
  root: Root,
  { drain }: Pick<Gateway, 'drain'>,
): () => Promise<Readiness> {
  const { commits, keepers, models, news, stop, ea } = ground;
  const { journal, snapshots, patterns } = stores;
  return async () => {
    // Nobody may have asked the server for long: its answer is told at the next look.
    void patterns.ready();
    const { ok, sentence } = root.health;
    const parts = {
      ledger: { ok, ...(sentence === undefined ? {} : { detail: sentence }) },
      commits: { ok: !commits.full },
      journal: faultless(journal.fault),
      snapshots: faultless(snapshots.fault),
      // Its EA comes through this node's own door: were the node not ready without it, nobody would send it here.
      ...(ea ? optional({ feed: ea.feed.state(clock.nowMs()) }) : { feed: feedPart(feed) }),
      capacity: { ok: !keepers.full, ...(keepers.full ? { detail: 'account history has no room left: no new signals' } : {}) },
      ...optional({
        ...keepers.health(),
        ...(news === undefined ? {} : { news: faultless(news.fault) }),
        patterns: faultless(patterns.fault),
        models: models.health(),
      }),
      ...(drain.draining === undefined ? {} : { sessions: { ok: false, detail: drainSentence(drain.draining) } }),
      ...(stop.halt === null ? {} : { trading: { ok: false, detail: `emergency stop: ${stop.halt.reason}`, optional: true } }),
      actors: { ok: root.system.stoppedForGood.length === 0, detail: `${root.system.stoppedForGood.length} stopped for good` },
    };
    return { ready: Object.values<ReadinessPart>(parts).every((part) => part.ok || part.optional), parts };
  };
}

function feedPart(feed: NodeOptions['feed']): ReadinessPart {
  return feed ? { ok: true, detail: feed.source.name } : { ok: false, detail: 'no feed is configured' };
}

function faultless(fault: string | undefined): { ok: boolean; detail?: string } {
  return fault === undefined ? { ok: true } : { ok: false, detail: fault };
}

/** Parts that the node does its work without. */
function optional(parts: Readonly<Record<string, KeeperHealth>>): Readonly<Record<string, ReadinessPart>> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, optional: true }]));
}

export function watchActors(metrics: Metrics, root: Root, commits: GroupCommit): void {
  metrics.gauge('suho_ledger_pending_operations', 'Operations that wait for their commit', [], (gauge) =>
    gauge.set(commits.pending),
  );
  metrics.gauge('suho_actor_dead_letters', 'Messages to actors that had stopped', [], (gauge) =>
    gauge.set(root.system.deadLetters),
  );
}

export function watchRefusals(metrics: Metrics, { addresses }: Gateway): void {
  metrics.gauge('suho_ea_refusals_waiting', 'EAs with a wrong key whose refusal waits its time', [], (gauge) =>
    gauge.set(addresses.refusals),
  );
  metrics.gauge('suho_ea_cut_off', 'EAs with a wrong key that found no room to wait, since the start', [], (gauge) =>
    gauge.set(addresses.cutOff),
  );
  metrics.gauge('suho_ea_failing_addresses', 'Addresses with a wrong key of late', [], (gauge) => gauge.set(addresses.failing));
}
