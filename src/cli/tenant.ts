import { Command } from 'commander';
import type { SettingName } from '../config.js';
import type { TenantRow } from '../storage/ledger/ledger.js';
import { callCatalogue } from './catalogue-client.js';
import { jsonArgument } from './json-argument.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface TenantFlags extends Readonly<Record<string, unknown>> {
  readonly name?: string;
  readonly tier?: string;
  readonly timeframe?: string;
  readonly strategy?: string;
  readonly symbols?: string;
  readonly trading?: string;
  readonly json?: boolean;
}

function print(tenants: readonly TenantRow[], json: boolean | undefined): void {
  for (const tenant of tenants) {
    const { id, tier, signalTimeframe, strategy, symbols, name, stopped } = tenant;
    process.stdout.write(
      json
        ? `${JSON.stringify(tenant)}\n`
        : `${id.padEnd(20)} ${tier.padEnd(10)} ${signalTimeframe.padEnd(4)} ${strategy.padEnd(12)} ${String(symbols.length).padStart(2)} symbols  ${name}${stopped === null ? '' : `  STOPPED: ${stopped.reason}`}\n`,
    );
  }
}

/** Only what was given, in the words of the catalogue. */
async function wishes(id: string, flags: TenantFlags): Promise<object> {
  const { name, tier, timeframe, strategy, symbols } = flags;
  const trading = flags.trading === undefined ? undefined : await jsonArgument('--trading', flags.trading);
  const given = { name, tier, timeframe, strategy, symbols: symbols?.split(','), trading };
  return { id, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function describe(command: Command): Command {
  return command
    .option('--name <text>', 'name for people')
    .option('--timeframe <tf>', 'the timeframe whose candles decide (M1, M5, M15, H1, H4, D1)')
    .option('--strategy <name>', 'name and version of its signal settings')
    .option('--symbols <list>', 'symbols it follows, EURUSD,GBPUSD,…; its tier bounds how many')
    .option('--json', 'a JSON line each');
}

export function tenantCommand(): Command {
  const command = new Command('tenant').description('add, list and change tenants');
  const add = describe(command.command('add <id>').description('add a tenant'));
  add.requiredOption('--tier <tier>', 'free, basic, pro or enterprise');
  withSettings(add, STORES).action(async (id: string, flags: TenantFlags) => {
    const { config } = settingsOf(flags, STORES);
    print([await callCatalogue<TenantRow>(config, 'tenant.add', await wishes(id, flags))], flags.json);
  });
  const set = describe(command.command('set <id>').description('change a tenant'))
    .option('--tier <tier>', 'free, basic, pro or enterprise')
    .option(
      '--trading <json>',
      'its trading settings, all that are to differ from the defaults (docs/RISK.md): a file, or {"risk":{…},"exits":{…}}',
    );
  withSettings(set, STORES).action(async (id: string, flags: TenantFlags) => {
    const { config } = settingsOf(flags, STORES);
    print([await callCatalogue<TenantRow>(config, 'tenant.set', await wishes(id, flags))], flags.json);
  });
  const list = command.command('list').description('list tenants').option('--json', 'a JSON line each');
  withSettings(list, STORES).action(async (flags: TenantFlags) => {
    print(await callCatalogue<readonly TenantRow[]>(settingsOf(flags, STORES).config, 'tenant.list', null), flags.json);
  });
  return command;
}
