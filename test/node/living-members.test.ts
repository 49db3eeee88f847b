import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livingMember } from '../../src/node/living-members.js';
import type { Member } from '../../src/cluster/member.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';

const TTL_MS = 3_000;

function world() {
  const clock = new SteppedClock(0);
  const { registry } = new MemoryBroker({ clock, random: seededRandom(1) }).connect();
  const look = (): Promise<Member | undefined> =>
    livingMember(registry, { about: ({ protocol }) => protocol < 2, ttlMs: TTL_MS, timers: clock });
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await undefined;
  };
  return { clock, registry, look, turns };
}

const entry = (node: string, protocol: number) => ({ node, session: `life of ${node}`, version: '1', protocol, fit: true });

test('where nobody is asked about the answer is at once', async () => {
  const { registry, look } = world();
  assert.equal(await look(), undefined);
  await registry.create('member/new', entry('new', 2));
  assert.equal(await look(), undefined);
});

test('an entry that is renewed is of one who lives; one that is not was left by a node that was killed', async () => {
  const { clock, registry, look, turns } = world();
  const revision = await registry.create('member/old', entry('old', 1));
  const dead = look();
  await turns();
  clock.advanceTo(TTL_MS);
  assert.equal(await dead, undefined);
  const alive = look();
  await turns();
  assert.ok(await registry.replace('member/old', entry('old', 1), revision ?? 0));
  assert.equal((await alive)?.node, 'old');
});
