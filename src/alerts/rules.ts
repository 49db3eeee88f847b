/**
 * The rules that stand without a setting: all thresholds of the specification (heartbeat, execution latency, deviation, lag,
 * backlog, storage, latency budgets) and what stops the engine. A file of settings changes limits, or turns a rule off.
 */
import { LIMITS } from '../limits.js';
import type { AlertRule } from './rule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Told = Pick<AlertRule, 'name' | 'severity' | 'of' | 'says' | 'advice'>;

/** It is so, or it is not; for a while, where a moment is no trouble. */
function state(told: Told, forMs = 0, clearMs = 0): AlertRule {
  return { ...told, unit: '', side: 'above', limit: 0, clear: 0, forMs, clearMs, lapseMs: null };
}

/** Something that happened and has no end. */
function event(told: Told, lapseMs = HOUR): AlertRule {
  return { ...state(told), lapseMs };
}

interface Level {
  readonly unit: string;
  readonly limit: number;
  readonly clear: number;
  readonly forMs: number;
  readonly clearMs?: number;
  readonly lapseMs?: number;
}

function above(told: Told, { clearMs = MINUTE, lapseMs, ...level }: Level): AlertRule {
  return { ...told, side: 'above', clearMs, lapseMs: lapseMs ?? null, ...level };
}

const STORES = 'suho status names the part, and docs/STORES.md what it is for';

export const ALERT_RULES: readonly AlertRule[] = [
  // What no signal goes out without.
  state(
    {
      ...{ name: 'ledger-away', severity: 'critical', of: 'part' },
      says: 'The ledger does not answer: no signal goes out.',
      advice: 'look at its server, then at suho status',
    },
    10_000,
    10_000,
  ),
  state({
    ...{ name: 'commits-full', severity: 'critical', of: 'part' },
    says: 'As many operations wait for the ledger as may: no signal is raised.',
    advice: 'look at the ledger’s server',
  }),
  state({
    ...{ name: 'capacity-full', severity: 'critical', of: 'part' },
    says: 'Account history has no room left: no new signals.',
    advice: 'make room on the data folder’s disk, and see that the ledger answers',
  }),
  state({
    ...{ name: 'emergency-stop', severity: 'critical', of: 'part' },
    says: 'The emergency stop is on: nothing is opened.',
    advice: 'suho resume lifts it',
  }),
  state({
    ...{ name: 'actor-stopped', severity: 'critical', of: 'part' },
    says: 'An actor has crashed too often and is stopped for good.',
    advice: 'GET /v1/actors has its last error; a restart of the node starts it again',
  }),
  state(
    {
      ...{ name: 'feed-away', severity: 'critical', of: 'part' },
      says: 'No market data comes in: nothing is decided.',
      advice: 'look at the feed; at a weekend it is as it should be',
    },
    MINUTE,
    10_000,
  ),
  state(
    {
      ...{ name: 'part-down', severity: 'warning', of: 'part' },
      says: 'A part that decisions go on without does not work.',
      advice: STORES,
    },
    30_000,
    30_000,
  ),
  // Accounts.
  state({
    ...{ name: 'ea-silent', severity: 'critical', of: 'account' },
    says: 'The EA was connected, and nothing has been heard of it for two minutes.',
    advice: 'look at the terminal and its connection; suho account list names the account',
  }),
  state({
    ...{ name: 'price-deviation', severity: 'warning', of: 'account' },
    says: `The broker is off the reference by more than ${100 * LIMITS.prices.alarmShare} %.`,
    advice: 'suho brokers compares it with others; does the feed or the broker err?',
  }),
  above(
    {
      ...{ name: 'execution-slow', severity: 'warning', of: 'account' },
      says: 'An execution took too long, from the signal to its result.',
      advice: 'look at the terminal’s connection to its broker',
    },
    { unit: 'ms', limit: 500, clear: 400, forMs: 0, clearMs: 0, lapseMs: HOUR },
  ),
  event({
    ...{ name: 'risk-critical', severity: 'critical', of: 'account' },
    says: 'A limit of the account was passed.',
    advice: 'suho account list and docs/RISK.md',
  }),
  event({
    ...{ name: 'risk-warning', severity: 'warning', of: 'account' },
    says: 'A signal was refused at a limit of the account.',
    advice: 'docs/RISK.md has each limit',
  }),
  above(
    {
      ...{ name: 'keys-wrong', severity: 'warning', of: 'node' },
      says: 'Many addresses come with wrong keys.',
      advice: 'somebody tries, or EAs were not told their new keys',
    },
    { unit: 'addresses', limit: 10, clear: 5, forMs: MINUTE },
  ),
  // Latency budgets.
  above(
    {
      ...{ name: 'signals-late', severity: 'warning', of: 'node' },
      says: 'From the tick to the EA’s socket takes too long for one signal in a hundred.',
      advice: 'look at the load, at suho_ledger_commit_seconds, and at the machine',
    },
    { unit: 'ms', limit: 30, clear: 25, forMs: 5 * MINUTE },
  ),
  above(
    {
      ...{ name: 'commits-slow', severity: 'warning', of: 'node' },
      says: 'Commits of the ledger take too long for one in a hundred.',
      advice: 'look at the ledger’s server and its disk',
    },
    { unit: 'ms', limit: 500, clear: 300, forMs: 5 * MINUTE },
  ),
  above(
    {
      ...{ name: 'inference-slow', severity: 'warning', of: 'node' },
      says: 'Models answer too slowly for one candle in a hundred.',
      advice: 'fewer symbols, fewer models, or more cores',
    },
    { unit: 'ms', limit: 100, clear: 80, forMs: 5 * MINUTE },
  ),
  // Lag and backlog.
  above(
    {
      ...{ name: 'job-behind', severity: 'warning', of: 'job' },
      says: 'A job of the engine owes too many of its instants.',
      advice: 'suho jobs list tells why',
    },
    { unit: 'instants', limit: 5, clear: 0, forMs: MINUTE, clearMs: 0 },
  ),
  above(
    {
      ...{ name: 'job-failing', severity: 'warning', of: 'job' },
      says: 'A job of the engine fails again and again.',
      advice: 'suho jobs list has its last words',
    },
    { unit: 'failures in a row', limit: 2, clear: 0, forMs: 0, clearMs: 0 },
  ),
  above(
    {
      ...{ name: 'bus-backlog', severity: 'warning', of: 'node' },
      says: 'Messages wait for the bus.',
      advice: 'look at its server; docs/SUBJECTS.md has the bounds',
    },
    { unit: 'messages', limit: 1_000, clear: 500, forMs: 30_000 },
  ),
  above(
    {
      ...{ name: 'spill-filling', severity: 'critical', of: 'writer' },
      says: 'What waits on disk for a store that is away has filled most of its room.',
      advice: STORES,
    },
    { unit: '% of its bound', limit: 80, clear: 60, forMs: 0 },
  ),
  above(
    {
      ...{ name: 'disk-filling', severity: 'warning', of: 'node' },
      says: 'The data folder’s disk is filling.',
      advice: 'suho archive run, or a larger disk',
    },
    { unit: '% of the disk', limit: 80, clear: 75, forMs: MINUTE },
  ),
  above(
    {
      ...{ name: 'memory-high', severity: 'warning', of: 'node' },
      says: 'The process holds most of the machine’s memory.',
      advice: 'fewer symbols or tenants on the node, or a larger machine',
    },
    { unit: '% of the machine’s memory', limit: 80, clear: 70, forMs: 5 * MINUTE },
  ),
  // Errors.
  above(
    {
      ...{ name: 'actors-crashing', severity: 'warning', of: 'node' },
      says: 'Actors crash and begin again.',
      advice: 'GET /v1/actors has each one’s last error',
    },
    { unit: 'in ten minutes', limit: 0, clear: 0, forMs: 0, clearMs: MINUTE },
  ),
  above(
    {
      ...{ name: 'errors-many', severity: 'warning', of: 'node' },
      says: 'The log has many errors.',
      advice: 'read the lines of level error',
    },
    { unit: 'in five minutes', limit: 20, clear: 10, forMs: 0, clearMs: MINUTE },
  ),
  above(
    {
      ...{ name: 'frames-malformed', severity: 'warning', of: 'node' },
      says: 'Many frames are malformed.',
      advice: 'docs/PROTOCOL.md; an EA of another version, or somebody who tries',
    },
    { unit: 'in five minutes', limit: 20, clear: 10, forMs: 0, clearMs: MINUTE },
  ),
  {
    ...{ name: 'model-weak', severity: 'warning', of: 'model' },
    says: 'A model was right in fewer than half of its newest horizons.',
    advice: 'suho models list; train anew, or take it out',
    ...{ unit: '% right', side: 'below', limit: 45, clear: 50, forMs: 0, clearMs: 0, lapseMs: 24 * HOUR },
  },
  // Alerts themselves.
  state({
    ...{ name: 'channel-down', severity: 'warning', of: 'channel' },
    says: 'Alerts do not get through by a channel.',
    advice: 'suho alerts test CHANNEL tells what it answers',
  }),
  event({
    ...{ name: 'alerts-many', severity: 'critical', of: 'node' },
    says: 'More alerts stand than are kept; the rest is not listed.',
    advice: 'acknowledge, and mend the cause that most have in common',
  }),
];
