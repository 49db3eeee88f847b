/** What can be asked of a load on the command line. */
import { parseArgs } from 'node:util';
import { leastTicks, TRADED } from './wave-market.js';

export const PHASES = ['arrive', 'steady', 'fan-out', 'reconnect', 'slow'] as const;
/** Only where they are asked for: nodes of a cluster that end, or die, and start again. */
export const CLUSTER_PHASES = ['rolling', 'failover'] as const;
export type PhaseName = (typeof PHASES)[number] | (typeof CLUSTER_PHASES)[number];

/** In place of a URL: a server that the load starts. */
export const OWN_BUS = 'own';

export interface LoadOptions {
  readonly accounts: number;
  readonly ticks: number;
  readonly seconds: number;
  readonly nodes: number;
  readonly tenants: number;
  readonly symbols: number;
  readonly speed: number;
  readonly pollMs: number;
  readonly boundMs: number;
  readonly phases: readonly PhaseName[];
  readonly rounds: number;
  readonly slowShare: number;
  readonly tls: boolean;
  /** EAs that come in a second, at first and after a cut. */
  readonly arrivals: number;
  readonly ledger: 'embedded' | 'postgres';
  readonly analytics: 'embedded' | 'off';
  readonly cluster: string | undefined;
  readonly find: 'rate' | 'accounts' | undefined;
  readonly findSeconds: number;
  readonly sizing: boolean;
  readonly json: boolean;
  readonly report: string | undefined;
}

/** What is wrong with the command line, in a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `Usage: npm run load -- [options]

Real nodes, real EAs over loopback, an open-loop market; latency counts from when each event was due.

  --accounts N        EAs, one account each (default 300)
  --ticks R           ticks a second, over thirty symbols (default 1000)
  --seconds S         length of the phases steady and slow (default 30)
  --nodes K           node processes; more than one share a PostgreSQL server (default 1)
  --tenants N         tenants that the accounts are spread over (default 1)
  --symbols N         symbols that each account trades, 1 to 30 (default 10)
  --speed N           how many times faster than real time the market's minutes pass (default: by accounts and ticks, 1 to 10)
  --phases A,B        of ${PHASES.join(', ')} (default all, in this order; arrive always comes first),
                      and of ${CLUSTER_PHASES.join(', ')}, with several nodes: each ends in order and starts again; one is killed
  --rounds N          fan-outs in the phase fan-out, nodes killed in the phase failover (default 5)
  --slow SHARE        share of the EAs that do not read in the phase slow (default 0.1)
  --arrivals R        EAs that come in a second, at first and after a cut (default 2000)
  --tls               EAs over TLS in place of plain TCP
  --ledger WHICH      embedded, or postgres: a server started for the run (default embedded; postgres for several nodes)
  --analytics WHICH   embedded or off (default off)
  --poll MS           how often a node asks its feed for ticks, in real time (default 5)
  --bound MS          99 of 100 signals must be at their EA within this (default 30)
  --find-rate         search the highest --ticks that holds the bound, beginning at --ticks
  --find-accounts     search the most EAs that hold the bound, up to --accounts
  --find-seconds S    how long a search may take (default 300)
  --sizing            the runs behind "Sizing" of docs/OPERATIONS.md, three points of each curve
  --cluster URL       NATS server over which the nodes form a cluster; own: one that is started for the run
                      (default own with rolling or failover)
  --report FILE       a self-contained HTML page with plots
  --json              one JSON line on stdout (docs/LOAD.md)
  --help

Exit: 0 done · 1 something was lost, doubled or mixed, or a process failed · 2 usage · 4 no PostgreSQL · 130 interrupted.
`;

const FLAGS = {
  accounts: { type: 'string', default: '300' },
  ticks: { type: 'string', default: '1000' },
  seconds: { type: 'string', default: '30' },
  nodes: { type: 'string', default: '1' },
  tenants: { type: 'string', default: '1' },
  symbols: { type: 'string', default: '10' },
  speed: { type: 'string' },
  phases: { type: 'string', default: PHASES.join(',') },
  rounds: { type: 'string', default: '5' },
  slow: { type: 'string', default: '0.1' },
  arrivals: { type: 'string', default: '2000' },
  tls: { type: 'boolean', default: false },
  ledger: { type: 'string' },
  analytics: { type: 'string', default: 'off' },
  poll: { type: 'string', default: '5' },
  bound: { type: 'string', default: '30' },
  'find-rate': { type: 'boolean', default: false },
  'find-accounts': { type: 'boolean', default: false },
  'find-seconds': { type: 'string', default: '300' },
  sizing: { type: 'boolean', default: false },
  cluster: { type: 'string' },
  report: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What the node's own bounds leave room for, on one machine. */
const ACCOUNTS_A_NODE = 16_000;
const NODES_MOST = 16;
const QUOTING_MOST = 10_000;
const SPEED_USUAL = 10;

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`--${name} is "${text}", but must be a number from ${least} to ${most}.`);
  return value;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = number(name, text, least, most);
  if (!Number.isInteger(value)) throw new UsageError(`--${name} is "${text}", but must be a whole number.`);
  return value;
}

function oneOf<T extends string>(name: string, text: string, all: readonly T[]): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new UsageError(`--${name} is "${text}", but must be ${all.join(' or ')}.`);
  return found;
}

function phasesOf(text: string): readonly PhaseName[] {
  const all: readonly PhaseName[] = [...PHASES, ...CLUSTER_PHASES];
  const asked = text.split(',').map((word) => oneOf('phases', word.trim(), all));
  // Nothing can be measured before the EAs are there.
  return all.filter((name) => name === 'arrive' || asked.includes(name));
}

/**
 * So that all EAs together quote no faster than some 1,250 times a second, each often enough not to be stale; and so that ticks are
 * near enough to each other for a reference.
 */
export function usualSpeed(accounts: number, ticks: number): number {
  return Math.max(1, Math.min(SPEED_USUAL, Math.floor(QUOTING_MOST / accounts), Math.floor(ticks / leastTicks(1))));
}

/** Answers 'help' where that was asked for. */
export function readLoadOptions(words: readonly string[]): LoadOptions | 'help' {
  const values = parsed(words);
  if (values.help) return 'help';
  const nodes = whole('nodes', values.nodes, 1, NODES_MOST);
  const accounts = whole('accounts', values.accounts, 1, nodes * ACCOUNTS_A_NODE);
  const ledger = oneOf('ledger', values.ledger ?? (nodes > 1 ? 'postgres' : 'embedded'), ['embedded', 'postgres']);
  if (nodes > 1 && ledger === 'embedded') throw new UsageError('Several nodes share a ledger on a server: --ledger postgres.');
  if (values['find-rate'] && values['find-accounts'])
    throw new UsageError('One search at a time: --find-rate or --find-accounts.');
  const { report } = values;
  const phases = phasesOf(values.phases);
  const clustered = phases.find((name) => (CLUSTER_PHASES as readonly PhaseName[]).includes(name));
  if (clustered !== undefined && nodes === 1) throw new UsageError(`The phase ${clustered} needs several nodes: --nodes 3.`);
  const cluster = values.cluster ?? (clustered === undefined ? undefined : OWN_BUS);
  const ticks = number('ticks', values.ticks, 1, 1_000_000);
  const usual = cluster === undefined ? usualSpeed(accounts, ticks) : 1;
  const speed = values.speed === undefined ? usual : number('speed', values.speed, 1, 60);
  // Nodes of a cluster compare their clocks with the ledger's.
  if (cluster !== undefined && speed !== 1) throw new UsageError('In a cluster the market passes in real time: --speed 1.');
  return {
    accounts,
    nodes,
    ledger,
    cluster,
    report,
    speed,
    ticks,
    seconds: number('seconds', values.seconds, 1, 86_400),
    tenants: whole('tenants', values.tenants, 1, Math.min(accounts, 1_000)),
    symbols: whole('symbols', values.symbols, 1, TRADED.length),
    pollMs: number('poll', values.poll, 1, 1_000),
    boundMs: number('bound', values.bound, 0.1, 60_000),
    phases,
    rounds: whole('rounds', values.rounds, 1, 1_000),
    slowShare: number('slow', values.slow, 0, 1),
    arrivals: number('arrivals', values.arrivals, 1, 1_000_000),
    tls: values.tls,
    analytics: oneOf('analytics', values.analytics, ['embedded', 'off']),
    find: values['find-rate'] ? 'rate' : values['find-accounts'] ? 'accounts' : undefined,
    findSeconds: number('find-seconds', values['find-seconds'], 10, 86_400),
    sizing: values.sizing,
    json: values.json,
  };
}
