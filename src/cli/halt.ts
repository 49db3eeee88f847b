import { Command } from 'commander';
import type { Halt } from '../accounts/halt.js';
import { callNode } from '../admin/control.js';
import type { SettingName } from '../config.js';
import { systemClock } from '../runtime/clock.js';
import { openDataFolder } from '../storage/data-folder.js';
import { EmergencyStop } from '../storage/emergency-stop.js';
import type { TenantRow } from '../storage/ledger/ledger.js';
import { SUHO_VERSION } from '../version.js';
import { callCatalogue } from './catalogue-client.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface HaltFlags extends Readonly<Record<string, unknown>> {
  readonly tenant?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

function print(what: string, stopped: Halt | null, json: boolean | undefined): void {
  const told = stopped === null ? `${what} trades` : `${what} is stopped: ${stopped.reason}`;
  process.stdout.write(json ? `${JSON.stringify({ what, stopped })}\n` : `${told}\n`);
}

/** Of the node that runs on the data folder, or of the next that will. */
async function setNode(data: string, halt: Halt | null): Promise<void> {
  const answered = await callNode(
    data,
    halt === null ? 'node.resume' : 'node.halt',
    halt === null ? null : { reason: halt.reason },
  );
  if (answered !== undefined) return;
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(data, holder);
  try {
    const stop = new EmergencyStop(folder.path);
    if (halt === null) stop.lift();
    else stop.set(halt);
  } finally {
    await folder.release();
  }
}

async function set(flags: HaltFlags, reason: string | undefined): Promise<void> {
  const { config } = settingsOf(flags, STORES);
  if (flags.tenant !== undefined) {
    const input = reason === undefined ? { id: flags.tenant } : { id: flags.tenant, reason };
    const tenant = await callCatalogue<TenantRow>(config, reason === undefined ? 'tenant.resume' : 'tenant.halt', input);
    return print(`tenant ${tenant.id}`, tenant.stopped, flags.json);
  }
  const halt: Halt | null = reason === undefined ? null : { reason, atMs: systemClock.nowMs(), by: 'operator' };
  await setNode(config.data, halt);
  print('the node', halt, flags.json);
}

export function haltCommand(): Command {
  const command = new Command('halt')
    .description('emergency stop: open nothing more, for all tenants of the node or one; what is open stays open')
    .option('--tenant <id>', 'only this tenant, on every node')
    .option('--reason <text>', 'why, for whoever asks', 'stopped by an operator')
    .option('--json', 'one JSON line: what stopped');
  return withSettings(command, STORES).action((flags: HaltFlags) => set(flags, flags.reason));
}

export function resumeCommand(): Command {
  const command = new Command('resume')
    .description('lift the emergency stop of the node, or of one tenant')
    .option('--tenant <id>', 'only this tenant')
    .option('--json', 'one JSON line: what stopped');
  return withSettings(command, STORES).action((flags: HaltFlags) => set(flags, undefined));
}
