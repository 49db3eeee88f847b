import { open } from 'node:fs/promises';
import { Command } from 'commander';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { auditRows, exportedRows, LOG_HEADER, lineOf, verifyAudit } from '../storage/audit/audit-log.js';
import type { AuditFault, AuditReport } from '../storage/audit/verifier.js';
import { withAuditSource } from './audit-source.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface VerifyFlags extends Readonly<Record<string, unknown>> {
  readonly file?: string;
  readonly json?: boolean;
}

export function auditCommand(): Command {
  const command = new Command('audit').description('check the audit log, or export it to be checked elsewhere');
  const verify = command
    .command('verify')
    .description('check every chain and anchor of the ledger’s audit log, or of an exported one; writes nothing')
    .option('--file <file>', 'an exported log')
    .option('--json', 'one JSON line: ok tenants chains entries anchors faults[tenantId writer seq what] faultCount')
    .addHelpText('after', '\nExit 0 when the log is whole, 1 when something in it was altered, dropped or put elsewhere.');
  withSettings(verify, STORES).action(async (flags: VerifyFlags) => {
    const report = await reportOn(settingsOf(flags, STORES).config, flags.file);
    process.stdout.write(`${flags.json ? JSON.stringify(report) : text(report)}\n`);
    process.exitCode = report.ok ? 0 : 1;
  });
  const log = command.command('export').description('write the ledger’s audit log to stdout, a JSON line each');
  withSettings(log, STORES).action(async (flags: Readonly<Record<string, unknown>>) => {
    await withAuditSource(settingsOf(flags, STORES).config, async (source) => {
      await print(LOG_HEADER);
      for await (const row of auditRows(source)) await print(lineOf(row));
    });
  });
  return command;
}

function reportOn(config: Config, file: string | undefined): Promise<AuditReport> {
  if (file === undefined) return withAuditSource(config, (source) => verifyAudit(auditRows(source)));
  return verifyAudit(exportedRows(linesOf(file), file));
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${error.code ?? error.message}.`);
  });
  yield* handle.readLines();
}

/** Waits where the reader of stdout is slower. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await new Promise((drained) => process.stdout.once('drain', drained));
}

function told({ tenantId, writer, what }: AuditFault): string {
  return `${tenantId}${writer === undefined ? '' : `, writer ${writer}`}: ${what}`;
}

function text({ ok, tenants, chains, entries, anchors, faults, faultCount }: AuditReport): string {
  const counted = `${entries} entries in ${chains} chains of ${tenants} tenants, ${anchors} anchors`;
  if (ok) return `the audit log is whole: ${counted}`;
  const more = faultCount > faults.length ? [`and ${faultCount - faults.length} more`] : [];
  return [`the audit log is not whole: ${faultCount} faults in ${counted}`, ...faults.map(told), ...more].join('\n');
}
