/** `suho brokers`: what a tenant's brokers quote, how they fill and why they refuse, beside each other. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SettingName } from '../config.js';
import { canonicalSymbol } from '../market/instrument.js';
import { systemClock } from '../runtime/clock.js';
import { type BrokersCompared, type BrokersQuestion, brokersCompared } from '../storage/analytics/brokers-compared.js';
import { askNode, nodeHasAnalytics, withAnalytics } from './analytics-source.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'analytics'];
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

interface BrokerFlags extends Readonly<Record<string, unknown>> {
  readonly tenant: string;
  readonly symbol?: readonly string[];
  readonly since: number;
  readonly json?: boolean;
}

/** `90m`, `12h`, `7d` back from now, or an instant. */
function sinceMs(text: string): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const atMs = unit === undefined ? Date.parse(text) : systemClock.nowMs() - Number(count) * (UNITS_MS[unit] as number);
  if (!Number.isFinite(atMs))
    throw new InvalidArgumentError('it must be like 12h or 7d, or an instant like 2026-01-05T07:00:00Z.');
  return atMs;
}

function symbolsOf(text: string, before: readonly string[] = []): readonly string[] {
  const named = text.split(',').map((word) => {
    const symbol = canonicalSymbol(word);
    if (symbol === undefined) throw new InvalidArgumentError(`${JSON.stringify(word)} is not a symbol.`);
    return symbol;
  });
  return [...before, ...named];
}

export function brokersCommand(): Command {
  const command = new Command('brokers')
    .description(
      'the brokers of a tenant beside each other: spread, distance from the reference, pauses, fills, slippage, refusals',
    )
    .requiredOption('--tenant <id>', 'whose accounts')
    .option('--symbol <names>', 'only these symbols, with commas', symbolsOf)
    .addOption(new Option('--since <when>', '90m, 12h, 7d, or an instant').argParser(sinceMs).default(sinceMs('7d'), '7d'))
    .option('--json', 'one JSON line: prices[] fills[] rejects[]');
  return withSettings(command, STORES).action(async (flags: BrokerFlags) => {
    const { config } = settingsOf(flags, STORES);
    const { tenant, symbol: symbols = [], since: fromMs } = flags;
    const question: BrokersQuestion = { tenant, symbols, fromMs, toMs: systemClock.nowMs() };
    const compared = (await nodeHasAnalytics(config))
      ? await askNode<BrokersCompared>(config, 'brokers.compared', question)
      : await withAnalytics(config, 'to compare brokers by', (store) => brokersCompared(store, question));
    process.stdout.write(flags.json ? `${JSON.stringify(compared)}\n` : tables(compared));
  });
}

interface Column<R> {
  readonly title: string;
  readonly of: (row: R) => string;
  readonly left?: boolean;
}

/** None is a dash: NaN, or null where a node said it. */
function fixed(value: number | null, decimals: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(decimals);
}

type Named = { readonly broker: string; readonly server: string; readonly symbol: string };
const NAMED: readonly Column<Named>[] = [
  { title: 'symbol', of: ({ symbol }) => symbol, left: true },
  { title: 'broker', of: ({ broker }) => broker, left: true },
  { title: 'server', of: ({ server }) => server, left: true },
];

const PRICES: readonly Column<BrokersCompared['prices'][number]>[] = [
  ...NAMED,
  { title: 'quotes', of: ({ quotes }) => String(quotes) },
  { title: 'spread', of: ({ spreadMean }) => fixed(spreadMean, 2) },
  { title: 'p50', of: ({ spreadMedian }) => fixed(spreadMedian, 2) },
  { title: 'p95', of: ({ spread95 }) => fixed(spread95, 2) },
  { title: 'deviation', of: ({ deviationMean }) => fixed(deviationMean, 2) },
  { title: '±', of: ({ deviationDispersion }) => fixed(deviationDispersion, 2) },
  { title: 'most', of: ({ deviationGreatest }) => fixed(deviationGreatest, 2) },
  { title: 'pauses', of: ({ gaps }) => String(gaps) },
  { title: 'longest s', of: ({ longestGapS }) => fixed(longestGapS, 1) },
];

const FILLS: readonly Column<BrokersCompared['fills'][number]>[] = [
  ...NAMED,
  { title: 'answered', of: ({ answered }) => String(answered) },
  { title: 'filled %', of: ({ fillRatio }) => fixed(100 * fillRatio, 1) },
  { title: 'volume %', of: ({ volumeRatio }) => fixed(volumeRatio === null ? null : 100 * volumeRatio, 1) },
  { title: 'slippage', of: ({ slippageMean }) => fixed(slippageMean, 2) },
  { title: 'p50', of: ({ slippageMedian }) => fixed(slippageMedian, 2) },
  { title: 'p95', of: ({ slippage95 }) => fixed(slippage95, 2) },
  { title: 'order ms', of: ({ orderMsMedian }) => fixed(orderMsMedian, 0) },
  { title: 'p95', of: ({ orderMs95 }) => fixed(orderMs95, 0) },
  { title: 'result ms', of: ({ resultMsMedian }) => fixed(resultMsMedian, 0) },
  { title: 'p95', of: ({ resultMs95 }) => fixed(resultMs95, 0) },
];

const REJECTS: readonly Column<BrokersCompared['rejects'][number]>[] = [
  ...NAMED,
  { title: 'retcode', of: ({ retcode }) => String(retcode) },
  { title: 'refused', of: ({ rejects }) => String(rejects) },
  { title: 'last said', of: ({ sentence }) => sentence, left: true },
];

function table<R>(title: string, columns: readonly Column<R>[], rows: readonly R[]): string {
  if (rows.length === 0) return `${title}: none\n`;
  const cells = [columns.map((column) => column.title), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] as string).length)));
  const lines = cells.map((line) =>
    line
      .map((cell, at) => (columns[at]?.left ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number)))
      .join('  ')
      .trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

function tables({ prices, fills, rejects }: BrokersCompared): string {
  return [
    table('Prices, in pips: spread, and the broker’s middle less the reference’s', PRICES, prices),
    table('Signals, by their last answer; slippage in pips, positive is worse than asked for', FILLS, fills),
    table('Refused orders, by code', REJECTS, rejects),
  ].join('\n');
}
