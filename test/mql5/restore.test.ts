/**
 * A node whose ledger goes back to a backup, while the EA and its broker do not: what was traded since, only they know. It is done
 * by the commands an operator has, to a node that was killed, twice with one backup; what is held against the ledger in the end
 * is the broker's own book and the EA's record on disk.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { books } from '../../load-tests/node-kill.js';
import { whyNoEa } from '../support/ea-build.js';
import { EaNode } from '../support/ea-node.js';
import { suho } from '../support/command.js';

const RESTORES = 2;
const NUMBERS_FROM_MS = Date.UTC(2026, 0, 1);
const NUMBERS_PER_MS = 2 / 1_000;

async function command(world: EaNode, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await suho([...words, '--data', world.data], { cwd: world.outside.path });
  assert.equal(code, 0, stderr);
}

/** Numbers that were filled at a broker before a time, and after. */
async function newFill(world: EaNode, from: number): Promise<boolean> {
  return world.until(() => world.issued.some((_, at) => [...world.opened(at).keys()].some((seq) => seq >= from)));
}

/** The EA was asked for its broker's history before it was given a signal under a number of this life of the ledger. */
function askedFirst(world: EaNode, at: number, before: number, from: number): void {
  const came = world.record(at).slice(before);
  const asked = came.findIndex((message) => message.kind === 'COMMAND' && message.action === 'SEND_HISTORY');
  const given = came.findIndex((message) => message.kind === 'SIGNAL' && Number(message.magic & 0xffff_ffffn) >= from);
  assert.ok(asked >= 0, 'the history was asked for');
  assert.ok(given === -1 || asked < given, `a signal came as ${given}, the question as ${asked}`);
}

describe('a server restored from a backup, and the EA’s own code', { skip: whyNoEa() }, () => {
  it(`one backup restored ${RESTORES} times: nothing is executed twice, no number is given again, and the ledger comes to what the broker has`, {
    timeout: 600_000,
  }, async () => {
    await using world = await EaNode.open();
    const backup = join(world.outside.path, 'backup');
    const everFilled: Set<number>[] = world.issued.map(() => new Set());
    try {
      assert.ok(await world.until(() => world.filled > 0), 'something was filled before the backup');
      await command(world, 'backup', '--output', backup);
      let from = 0;
      for (let times = 0; times < RESTORES; times++) {
        const known = world.filled;
        assert.ok(await world.until(() => world.filled > known), 'something was filled since the backup');
        await world.end('SIGKILL');
        for (const [at, filled] of everFilled.entries()) for (const seq of world.opened(at).keys()) filled.add(seq);
        const recorded = world.issued.map((_, at) => world.record(at).length);
        from = Math.floor((Date.now() - NUMBERS_FROM_MS) * NUMBERS_PER_MS);
        await command(world, 'restore', '--input', backup, '--replace', 'replace the ledger');
        const { seqs } = await books(world.data);
        for (const { account } of world.issued) assert.ok((seqs.get(account) ?? 0) >= from, `numbers go on from ${from}`);
        await world.restart();
        assert.ok(await newFill(world, from), 'a following signal is executed');
        for (const at of world.issued.keys()) askedFirst(world, at, recorded[at] ?? 0, from);
      }
      const after = await world.settled();
      for (const [at, { account }] of world.issued.entries()) {
        const orders = world.opened(at);
        for (const [seq, by] of orders) assert.equal(by.size, 1, `signal ${seq} was filled by ${by.size} orders`);
        const own = after.signals.filter(({ accountId }) => accountId === account);
        const opens = own.filter(({ kind }) => kind === 'OPEN');
        for (const { seq, state } of opens) {
          assert.equal(orders.has(seq), state === 'EXECUTED' || state === 'CLOSED', `signal ${seq} is ${state}`);
          assert.ok(seq >= from || everFilled[at]?.has(seq) || !orders.has(seq), `number ${seq} was not given twice`);
        }
        const ids = new Map<bigint, string>();
        for (const message of world.record(at)) {
          if (message.kind !== 'SIGNAL') continue;
          assert.equal(ids.get(message.magic) ?? message.id, message.id, `number ${message.magic} was given twice`);
          ids.set(message.magic, message.id);
        }
        const bySeq = new Map(own.map(({ seq, id }) => [seq, id]));
        const booked = new Map(
          after.deals.filter(({ accountId }) => accountId === account).map(({ deal, signalId }) => [deal, signalId]),
        );
        for (const { kind, ticket = '', magic = '0' } of world.book(at)) {
          if (kind !== 'deal' || magic === '0') continue;
          const seq = Number(BigInt(magic) & 0xffff_ffffn);
          assert.ok(booked.has(ticket), `deal ${ticket} of number ${seq} is in the ledger`);
          assert.equal(booked.get(ticket), bySeq.get(seq) ?? null, `deal ${ticket} is that of number ${seq}`);
        }
      }
      const lost = world.issued.flatMap((_, at) => [...(everFilled[at] ?? [])].filter((seq) => !own(after, world, at).has(seq)));
      assert.ok(lost.length >= RESTORES, `fills that the ledger has lost: ${lost}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${world.tail()}`, { cause: error });
    }
  });
});

function own({ signals }: Awaited<ReturnType<typeof books>>, world: EaNode, at: number): ReadonlySet<number> {
  return new Set(signals.filter(({ accountId }) => accountId === world.issued[at]?.account).map(({ seq }) => seq));
}
