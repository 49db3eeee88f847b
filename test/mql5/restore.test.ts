/**
 * A node whose ledger goes back to a backup, while the EA and its broker do not: what was traded since, only they know. It is done
 * by the commands an operator has, to a node that was killed, twice with one backup; what is held against the ledger in the end
 * is the broker's own book and the EA's record on disk.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { books } from '../../load-tests/node-kill.js';
import { suho } from '../support/command.js';
import { whyNoEa } from '../support/ea-build.js';
import { EaNode } from '../support/ea-node.js';

const RESTORES = 2;
/** Where numbers go on after a restore, as decision 0039 tells it. */
const NUMBERS_FROM_MS = Date.UTC(2026, 0, 1);
const NUMBERS_PER_MS = 2 / 1_000;

type Books = Awaited<ReturnType<typeof books>>;

const numberOf = (magic: bigint | string): number => Number(BigInt(magic) & 0xffff_ffffn);

async function command(world: EaNode, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await suho([...words, '--data', world.data], { cwd: world.outside.path });
  assert.equal(code, 0, stderr);
}

/** Until a number of this life of the ledger is filled, so that what follows the restore is seen to be executed. */
function filledFrom(world: EaNode, from: number): Promise<boolean> {
  return world.until(() => world.issued.some((_, at) => [...world.opened(at).keys()].some((seq) => seq >= from)));
}

/** The EA is asked for its broker's history, before it is given a signal under a number of this life of the ledger. */
async function askedFirst(world: EaNode, at: number, before: number, from: number): Promise<void> {
  const came = () => world.record(at).slice(before);
  const asked = () => came().findIndex((message) => message.kind === 'COMMAND' && message.action === 'SEND_HISTORY');
  assert.ok(await world.until(() => asked() >= 0), 'the history is asked for');
  const given = came().findIndex((message) => message.kind === 'SIGNAL' && numberOf(message.magic) >= from);
  assert.ok(given === -1 || asked() < given, `a signal came as ${given}, the question as ${asked()}`);
}

/** The node is killed, its ledger put back, and it starts again; answers from which number on it may give. */
async function restored(world: EaNode, backup: string): Promise<number> {
  await world.end('SIGKILL');
  const recorded = world.issued.map((_, at) => world.record(at).length);
  const from = Math.floor((Date.now() - NUMBERS_FROM_MS) * NUMBERS_PER_MS);
  await command(world, 'restore', '--input', backup, '--replace', 'replace the ledger');
  const { seqs } = await books(world.data);
  for (const { account } of world.issued) assert.ok((seqs.get(account) ?? 0) >= from, `numbers go on from ${from}`);
  await world.restart();
  assert.ok(await filledFrom(world, from), 'a following signal is executed');
  for (const at of world.issued.keys()) await askedFirst(world, at, recorded[at] ?? 0, from);
  return from;
}

/** What the ledger says of this account is what its broker did; answers the numbers that only the broker knows. */
function agree(world: EaNode, at: number, { signals, deals }: Books): readonly number[] {
  const account = world.issued[at]?.account;
  const opened = world.opened(at);
  for (const [seq, orders] of opened) assert.equal(orders.size, 1, `signal ${seq} was filled by ${orders.size} orders`);
  const own = signals.filter(({ accountId }) => accountId === account);
  for (const { seq, state, kind } of own)
    if (kind === 'OPEN') assert.equal(opened.has(seq), state === 'EXECUTED' || state === 'CLOSED', `signal ${seq} is ${state}`);
  const bySeq = new Map(own.map(({ seq, id }) => [seq, id]));
  const booked = new Map(deals.filter(({ accountId }) => accountId === account).map(({ deal, signalId }) => [deal, signalId]));
  for (const { kind, ticket = '', magic = '0' } of world.book(at)) {
    if (kind !== 'deal' || magic === '0') continue;
    assert.ok(booked.has(ticket), `deal ${ticket} of number ${numberOf(magic)} is in the ledger`);
    assert.equal(booked.get(ticket), bySeq.get(numberOf(magic)) ?? null, `deal ${ticket} is that of number ${numberOf(magic)}`);
  }
  return [...opened.keys()].filter((seq) => !bySeq.has(seq));
}

/** No number came to the EA for two signals, by its record. */
function numbersOnce(world: EaNode, at: number): void {
  const ids = new Map<bigint, string>();
  for (const message of world.record(at)) {
    if (message.kind !== 'SIGNAL') continue;
    assert.equal(ids.get(message.magic) ?? message.id, message.id, `number ${numberOf(message.magic)} was given twice`);
    ids.set(message.magic, message.id);
  }
}

describe('a server restored from a backup, and the EA’s own code', { skip: whyNoEa() }, () => {
  it(`one backup restored ${RESTORES} times: nothing is executed twice, no number is given again, and the ledger comes to what the broker has`, {
    timeout: 600_000,
  }, async () => {
    await using world = await EaNode.open();
    const backup = join(world.outside.path, 'backup');
    try {
      assert.ok(await world.until(() => world.filled > 0), 'something was filled before the backup');
      await command(world, 'backup', '--output', backup);
      const starts: number[] = [];
      for (let times = 0; times < RESTORES; times++) {
        const known = world.filled;
        assert.ok(await world.until(() => world.filled > known), 'something was filled since the backup');
        starts.push(await restored(world, backup));
      }
      const after = await world.settled();
      const lost = world.issued.flatMap((_, at) => agree(world, at, after));
      for (const at of world.issued.keys()) numbersOnce(world, at);
      const [first = 0, last = 0] = [starts[0], starts.at(-1)];
      assert.ok(
        lost.some((seq) => seq < first) && lost.some((seq) => seq >= first && seq < last),
        `each restore has lost what was filled: ${lost}`,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${world.tail()}`, { cause: error });
    }
  });
});
