/** Every check, in the order in which a person reads them. */
import type { Config, SettingName } from '../config.js';
import { sentence } from '../errors.js';
import { systemClock } from '../runtime/clock.js';
import { entropyRandom } from '../runtime/random.js';
import { callNode } from '../admin/control.js';
import type { NodeStatus } from '../admin/control-methods.js';
import { checkCertificate } from '../admin/checks/certificate.js';
import { type Finding, found } from '../admin/checks/finding.js';
import { checkClock, checkDisk, checkNodeVersion } from '../admin/checks/machine.js';
import { checkPorts } from '../admin/checks/ports.js';
import { checkServers } from '../admin/checks/servers.js';
import { checkLedger } from '../admin/checks/stores.js';

/** What the checks look at. */
export const CHECKED: readonly SettingName[] = [
  'data',
  'host',
  'eaPort',
  'wsPort',
  'tcpPort',
  'suho1Port',
  'httpPort',
  'ledger',
  'analytics',
  'cache',
  'bus',
  'patterns',
  'archive',
  'cert',
  'certKey',
];

export interface Checked {
  /** What runs on the data folder, as it tells of itself. */
  readonly node: NodeStatus | undefined;
  readonly checks: readonly Finding[];
}

export async function checkAll(config: Config): Promise<Checked> {
  const { node, finding } = await askNode(config.data);
  const checks = [
    checkNodeVersion(process.version),
    finding,
    ...(await checkPorts(config, node)),
    await checkClock(systemClock, config.data),
    await checkDisk(config.data),
    ...(await checkLedger(config, node, systemClock)),
    ...(await checkServers({ config, clock: systemClock, random: entropyRandom() })),
    checkCertificate(config, systemClock.nowMs()),
  ];
  return { node, checks };
}

async function askNode(data: string): Promise<{ readonly node: NodeStatus | undefined; readonly finding: Finding }> {
  try {
    const node = (await callNode<NodeStatus>(data, 'status', null))?.result;
    if (node === undefined) return { node, finding: found('engine', 'ok', `no node runs on ${data} just now.`) };
    const wrong = Object.entries(node.parts)
      .filter(([, { ok }]) => !ok)
      .map(([name, { detail }]) => (detail === undefined ? name : `${name} (${detail})`));
    const running = `a node of version ${node.version} runs on ${data} and is ready`;
    if (node.ready && wrong.length > 0)
      return { node, finding: found('engine', 'warning', `${running}, without ${wrong.join(', ')}.`) };
    if (node.ready) return { node, finding: found('engine', 'ok', `${running}.`) };
    return { node, finding: found('engine', 'failed', `the node on ${data} is not ready: ${wrong.join(', ')}.`) };
  } catch (error) {
    return { node: undefined, finding: found('engine', 'failed', `${sentence(error).replace(/\.$/, '')}.`) };
  }
}
