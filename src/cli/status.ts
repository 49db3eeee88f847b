import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import type { NodeStatus } from '../admin/control-methods.js';
import type { SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { settingsOf, withSettings } from './settings.js';

const FOLDER: readonly SettingName[] = ['data'];

export function statusCommand(): Command {
  const command = new Command('status')
    .description('ask the running node how it is; exit 1 when it is not ready, 4 when none runs')
    .option('--json', 'one JSON line');
  return withSettings(command, FOLDER).action(async (flags: Readonly<Record<string, unknown>>) => {
    const { config } = settingsOf(flags, FOLDER);
    const answered = await callNode<NodeStatus>(config.data, 'status', null);
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `no node runs on ${config.data}`);
    const status = answered.result;
    process.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : statusText(status));
    process.exitCode = status.ready ? 0 : 1;
  });
}

/** A line for each node: what it has, where people reach it, and what keeps it from being given anything. */
function clusterLines(cluster: NodeStatus['cluster']): readonly string[] {
  if (cluster === null) return [];
  const { node, generation, whole, members, leases } = cluster;
  const nobodys = leases.filter((lease) => lease.node === null).length;
  const head = `  cluster as ${node} sees it${whole ? '' : ' (not all of it is known)'}: generation ${generation ?? 'unknown'}`;
  return [
    nobodys === 0 ? head : `${head}, ${nobodys} things that nobody has`,
    ...members.map(({ node: name, version, fit, why, url, sessions, heardAgoMs, has }) => {
      const things = Object.entries(has).map(([kind, count]) => `${kind} ${count}`);
      const standing = fit ? 'fit' : `NOT fit: ${why ?? 'it did not say why'}`;
      const words = [`version ${version}`, ...things, `sessions ${sessions}`, url ?? 'no HTTP', `heard ${heardAgoMs} ms ago`];
      return `    ${name}: ${standing}; ${words.join(', ')}`;
    }),
  ];
}

export function statusText(status: NodeStatus): string {
  const { counts, latencyMs: latency } = status;
  const parts = Object.entries(status.parts).map(
    ([name, { ok, detail }]) => `  ${ok ? 'ok ' : 'NOT'} ${name}${detail === undefined ? '' : `: ${detail}`}`,
  );
  return [
    `suho ${status.version}, ${status.ready ? 'ready' : 'not ready'}, engine time ${status.engineTime}`,
    ...parts,
    `  EAs ${status.listeners.join('  ')}`,
    `  HTTP ${status.http ?? 'off'}`,
    `  ${Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join('  ')}`,
    `  tick to EA socket: p50 ${latency.p50} ms, p99 ${latency.p99} ms, p99.9 ${latency.p999} ms of ${latency.count}`,
    ...clusterLines(status.cluster),
    `  actors stopped for good ${status.actors.stoppedForGood}, dead letters ${status.actors.deadLetters}`,
    '',
  ].join('\n');
}
