import { hostname } from 'node:os';
import { Command } from 'commander';
import { checkCertificate } from '../admin/checks/certificate.js';
import { type Finding, found } from '../admin/checks/finding.js';
import { checkClock, checkDisk, checkNodeVersion } from '../admin/checks/machine.js';
import { checkPorts } from '../admin/checks/ports.js';
import { checkServers } from '../admin/checks/servers.js';
import { checkLedger } from '../admin/checks/stores.js';
import { callNode } from '../admin/control.js';
import type { NodeStatus } from '../admin/control-methods.js';
import type { Config, SettingName } from '../config.js';
import { sentence } from '../errors.js';
import { systemClock } from '../runtime/clock.js';
import { entropyRandom } from '../runtime/random.js';
import { settingsOf, withSettings } from './settings.js';

const CHECKED: readonly SettingName[] = [
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
const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const;

interface Flags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('check ports, clock, disk, stores and certificate, and tell what to enter in MetaTrader 5; changes nothing')
    .option('--json', 'one JSON line: ok checks[name status sentence] mt5AllowedUrl')
    .addHelpText('after', '\nExit 0 when all is fine or there are only warnings, 1 when a check failed.');
  return withSettings(command, CHECKED).action(async (flags: Flags) => {
    const { config } = settingsOf(flags, CHECKED);
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
    const ok = checks.every(({ status }) => status !== 'failed');
    const address = allowedUrl(config, node);
    process.stdout.write(
      flags.json ? `${JSON.stringify({ ok, checks, mt5AllowedUrl: address ?? null })}\n` : text(checks, address),
    );
    process.exitCode = ok ? 0 : 1;
  });
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

/** Host and port as an EA must be given them; undefined where no fixed port is open for EAs over TLS. */
function allowedUrl({ host, eaPort }: Config, node: NodeStatus | undefined): string | undefined {
  const running = node?.listeners.find((url) => url.startsWith('tls://'));
  const port = running === undefined ? eaPort : Number(running.slice(running.lastIndexOf(':') + 1));
  if (port === 'off' || port === 0) return undefined;
  // An address that means "all of this machine's" cannot be dialled.
  const dialled = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `${dialled.includes(':') ? `[${dialled}]` : dialled}:${port}`;
}

function text(checks: readonly Finding[], address: string | undefined): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, status, sentence: told }) => `${MARKS[status]} ${name.padEnd(width)}  ${told}`);
  const mt5 =
    address === undefined
      ? ['MetaTrader 5: EAs need a fixed --ea-port, other than 0 and off, before it can be entered in the terminal.']
      : [
          'MetaTrader 5: Tools → Options → Expert Advisors → tick "Allow WebRequest for listed URL", and add exactly this line:',
          `  ${address}`,
        ];
  return `${[...lines, '', ...mt5].join('\n')}\n`;
}
