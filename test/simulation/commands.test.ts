/**
 * Commands and exits between the real engine and real EAs at hostile brokers, with crashes, cuts and torn writes: what is asked
 * comes to an end, nothing is done twice, no stop loosens, and after everything was closed nothing of before is open.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUndecided } from '../../src/signals/signal.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { CHECKERS } from './checkers/table.js';
import { type Faults, World, type WorldWish } from './world.js';

const MINUTE_MS = 60_000;
const WORLDS = process.env.SUHO_PROOF === undefined ? 1 : 40;
const RUN_MS = (process.env.SUHO_PROOF === undefined ? 10 : 20) * MINUTE_MS;
/** Of `RUN_MS`. */
const SPANS_MOST = 6;
const FIRST_SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e6) : 1;
const FAULTS: Faults = {
  nodeCrashEveryMs: 4 * MINUTE_MS,
  cutEveryMs: MINUTE_MS,
  eaCrashEveryMs: 4 * MINUTE_MS,
  failChance: 0.01,
  tornChance: 0.01,
  unheardChance: 0.01,
  delayMsMost: 400,
};
const EXITS: WorldWish['trading'] = {
  exits: {
    breakEven: true,
    breakEvenAfterR: 0.3,
    trailing: true,
    trailingMode: 'r',
    trailingDistance: 0.5,
    trailingAfterR: 0.2,
    trailingStepPips: 0.5,
    partial: true,
    partialAtR: 0.2,
    timeStop: true,
    timeStopCandles: 8,
  },
};

interface Evidence {
  readonly world: World;
  readonly signals: readonly SignalRow[];
  readonly commands: readonly CommandRow[];
}

/** A world goes on, within bounds, until what the test is about has happened in it: a quiet market shows nothing. */
async function history(
  seed: number,
  wish: WorldWish,
  shown: (seen: Pick<Evidence, 'signals' | 'commands'>) => boolean,
): Promise<Evidence> {
  const world = new World(seed, FAULTS, 4, wish);
  await world.begin();
  const seen = async () => ({ signals: (await world.books()).signals, commands: await world.commands() });
  for (let spans = 0; spans < SPANS_MOST; spans++) {
    await world.run(RUN_MS);
    if (shown(await seen())) break;
  }
  await world.calm();
  await world.run(15 * MINUTE_MS);
  const books = await world.books();
  const records = new Map(world.eas.map((ea) => [ea.accountId, ea.summaries()]));
  const deals = new Map(world.eas.map((ea) => [ea.accountId, ea.deals()]));
  const given = { books, records, deals, audit: await world.audit() };
  for (const [name, check] of Object.entries(CHECKERS)) assert.deepEqual(check(given), [], name);
  return { world, signals: books.signals, commands: await world.commands() };
}

const closedAll = ({ action, state }: CommandRow): boolean => action === 'CLOSE_ALL' && state === 'EXECUTED';
const opened = ({ kind, state }: SignalRow): boolean => kind === 'OPEN' && (state === 'CLOSED' || state === 'EXECUTED');

/** Everything that was asked has its end. */
function ended({ commands }: Evidence): void {
  const open = commands.filter(({ state }) => isUndecided(state));
  assert.deepEqual(
    open.map(({ action, state, cause }) => [action, state, cause]),
    [],
  );
}

/** No more is closed by the EA than was asked, position by position. */
function notTwice({ world, signals, commands }: Evidence): void {
  for (const ea of world.eas) {
    const own = commands.filter(({ accountId, state }) => accountId === ea.accountId && state !== 'EXPIRED');
    if (own.some(({ action }) => action === 'CLOSE_ALL')) continue;
    const closing = signals.filter(({ accountId, kind }) => accountId === ea.accountId && kind === 'CLOSE');
    const asked = new Map<string, number>();
    for (const { position, volume } of [...own.filter(({ action }) => action === 'CLOSE_POSITION'), ...closing])
      asked.set(position, (asked.get(position) ?? 0) + volume);
    const closed = new Map<string, number>();
    for (const deal of ea.broker.book.deals)
      if (deal.entry === 'OUT' && deal.reason === 'EXPERT')
        closed.set(String(deal.position), (closed.get(String(deal.position)) ?? 0) + deal.volume);
    for (const [position, volume] of closed)
      assert.ok(volume <= (asked.get(position) ?? 0) + 1e-9, `${position}: ${volume} closed, ${asked.get(position)} asked`);
  }
}

/** In the order in which they were asked, the stops of a position go with the gain alone. */
function neverLoosened({ signals, commands }: Evidence): number {
  const moved = commands
    .filter(({ action, state }) => action === 'MODIFY' && state === 'EXECUTED')
    .toSorted((a, b) => a.createdAt - b.createdAt);
  const newest = new Map<string, number>();
  for (const { accountId, position, stopLoss } of moved) {
    const key = `${accountId} ${position}`;
    const row = signals.find(
      (signal) => signal.accountId === accountId && signal.position === position && signal.kind === 'OPEN',
    );
    const before = newest.get(key) ?? row?.stopLoss ?? 0;
    assert.ok(row !== undefined && (row.direction === 'BUY' ? stopLoss > before : stopLoss < before), key);
    newest.set(key, stopLoss);
  }
  return moved.length;
}

/** Of what was sent before everything was closed nothing is open, but what the broker refused to close. */
function nothingOfBefore({ world, signals, commands }: Evidence): void {
  for (const ea of world.eas) {
    const own = commands.filter(({ accountId }) => accountId === ea.accountId);
    const done = own.filter(({ action, state }) => action === 'CLOSE_ALL' && state === 'EXECUTED');
    const latest = Math.max(0, ...done.map(({ createdAt }) => createdAt));
    for (const { magic, ticket } of ea.broker.book.positions.values()) {
      const row = signals.find(({ accountId, seq }) => accountId === ea.accountId && BigInt(seq) === (magic & 0xffff_ffffn));
      const refused = own.some(({ cause, state }) => cause === `called back:${row?.id}` && state === 'REJECTED');
      assert.ok(row === undefined || refused || row.createdAt > latest, `position ${ticket} of signal ${row?.seq} is open`);
    }
  }
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) {
  test(`world ${seed}: exits end, close no more than they ask for, and loosen no stop`, async () => {
    const evidence = await history(seed, { trading: EXITS }, ({ commands }) => commands.length > 0);
    ended(evidence);
    notTwice(evidence);
    neverLoosened(evidence);
    assert.ok(evidence.commands.length > 0, 'a rule has asked');
  });

  test(`world ${seed}: an operator who closes everything again and again leaves nothing of before open`, async () => {
    const evidence = await history(seed, { closeAllEveryMs: MINUTE_MS }, ({ commands }) => commands.some(closedAll));
    ended(evidence);
    nothingOfBefore(evidence);
    assert.ok(evidence.commands.some(closedAll));
  });

  test(`world ${seed}: on netting accounts each side closes ours before it opens`, async () => {
    const { world, signals } = await history(seed, { marginMode: 'NETTING' }, (seen) => seen.signals.some(opened));
    const turned = world.eas.flatMap((ea) => ea.broker.book.deals.filter(({ entry }) => entry === 'INOUT'));
    assert.deepEqual(turned, [], 'no deal turned a position round');
    assert.ok(signals.some(opened));
  });
}
