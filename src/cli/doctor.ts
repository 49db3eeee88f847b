import { hostname } from 'node:os';
import { Command } from 'commander';
import { CHECKED, checkAll } from './all-checks.js';
import type { Finding } from '../admin/checks/finding.js';
import type { NodeStatus } from '../admin/control-methods.js';
import type { Config } from '../config.js';
import { settingsOf, withSettings } from './settings.js';

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
    const { node, checks } = await checkAll(config);
    const ok = checks.every(({ status }) => status !== 'failed');
    const address = allowedUrl(config, node);
    process.stdout.write(
      flags.json ? `${JSON.stringify({ ok, checks, mt5AllowedUrl: address ?? null })}\n` : text(checks, address),
    );
    process.exitCode = ok ? 0 : 1;
  });
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
