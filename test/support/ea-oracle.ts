/** What must hold between the broker's own book and the ledger once all is said, whatever happened on the way. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isUndecided } from '../../src/signals/signal.js';
import type { EaTerminal } from './ea-terminal.js';
import type { EaWorld } from './ea-world.js';

const MINUTE_MS = 60_000;

/** The ledger and the broker's book say the same, and nothing is open between them. */
export async function agree(world: EaWorld): Promise<void> {
  const opened = world.opened();
  const traded = new Set<string>();
  for (const { id, seq, state, kind, magic } of await signalsWithMagic(world)) {
    assert.equal(isUndecided(state), false, `signal ${seq} is still ${state}`);
    if (kind !== 'OPEN') continue;
    const orders = opened.get(magic)?.size ?? 0;
    assert.ok(orders <= 1, `signal ${seq} (${id}) was filled by ${orders} orders`);
    assert.equal(
      orders === 1,
      state === 'EXECUTED' || state === 'CLOSED',
      `signal ${seq} is ${state} and has ${orders} orders at the broker`,
    );
    if (orders === 1) traded.add(magic);
  }
  assert.deepEqual([...opened.keys()].sort(), [...traded].sort(), 'every fill is a signal of the ledger');
}

async function signalsWithMagic(world: EaWorld) {
  const [account] = await world.node.ledger.accounts([world.account.id]);
  return (await world.signals()).map((row) => ({
    ...row,
    magic: String((BigInt(account?.magicBase ?? 0) << 32n) | BigInt(row.seq)),
  }));
}

/** Time passes until every signal has come to its end. */
export async function decided(world: EaWorld, ofSignals = 1): Promise<void> {
  await world.ea
    .until(async () => {
      await world.pass(MINUTE_MS / 6);
      const rows = await world.signals();
      return rows.length >= ofSignals && !rows.some(({ state }) => isUndecided(state));
    }, 'every signal is decided')
    .catch(async (error: Error) => {
      throw new Error(
        `${error.message}\n${JSON.stringify((await world.signals()).map(({ seq, state, reason }) => [seq, state, reason]))} refused ${JSON.stringify(await world.node.refusals())}`,
      );
    });
  await world.quiet();
}

/** As a disk that was lost: nothing of the EA's own is left. */
export function eraseRecord(terminal: EaTerminal): void {
  for (const name of readdirSync(terminal.files)) rmSync(join(terminal.files, name), { recursive: true });
}
