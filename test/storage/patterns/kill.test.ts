import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entropyRandom, seededRandom } from '../../../src/runtime/random.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { idOf, randomVector, seeded } from '../../contracts/patterns-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { isAllAfter, TENANT, tradesAfter, tradesOf } from './numbered-writes.js';

const WRITER = fileURLToPath(new URL('./pattern-writer.js', import.meta.url));

/** Lets a writer live until it has told some numbers, kills it; answers how many writes it was answered in all its lives. */
async function liveAndDie(folder: string, from: number, lines: number, kind = ''): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder, String(from), kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  let answered = from;
  const output = createInterface(child.stdout);
  output.on('line', (line) => {
    answered = Number(line) + 1;
    if (answered === from + lines) child.kill('SIGKILL');
  });
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(output, 'close')]);
  assert.equal(signal, 'SIGKILL');
  return answered;
}

test('after kill -9 in mid-stream, again and again, there is what the first writes made, all answered ones among them', async (t) => {
  const seed = entropyRandom().int(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const kills = process.env.SUHO_PROOF ? 60 : 4;
  await using folder = await temporaryFolder();
  let done = 0;
  for (let life = 0; life < kills; life++) {
    const answered = await liveAndDie(folder.path, done, 1 + random.int(300));
    const store = await EmbeddedPatterns.open(folder.path, systemClock);
    const found = await tradesOf(store);
    // One write may have been done and not answered.
    const made = [answered, answered + 1].find((count) => same(found, tradesAfter(count)));
    assert.ok(made !== undefined, `after ${answered} answered writes there is what no first writes made`);
    done = made;
    await store.close();
  }
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  for (const id of tradesAfter(done).keys()) {
    const round = Array.from({ length: done }, (_, at) => at).find((at) => idOf(`w${at}`) === id);
    const query = randomVector(seeded(`write ${round}`));
    assert.equal((await store.nearest(TENANT, 'patterns', query, { count: 1 }))[0]?.item.id, id);
  }
  await store.close();
});

test('after kill -9 while the log is written anew there is all that was answered, and at most one write more', async (t) => {
  const seed = entropyRandom().int(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  await using folder = await temporaryFolder();
  let [done, amid] = [0, 0];
  for (let life = 0; life < (process.env.SUHO_PROOF ? 100 : 8); life++) {
    // Every thirty-fifth write or so begins it.
    const answered = await liveAndDie(folder.path, done, 34 + random.int(8), 'all');
    if (existsSync(join(folder.path, 'patterns', TENANT, 'patterns.log.tmp'))) amid += 1;
    const store = await EmbeddedPatterns.open(folder.path, systemClock);
    const found = await tradesOf(store);
    assert.ok(isAllAfter(found, answered), `after ${answered} answered writes: ${[...found.values()].join(' ')}`);
    done = answered;
    await store.close();
  }
  t.diagnostic(`${amid} of the kills left a file that was not finished`);
});

function same(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([id, trades]) => b.get(id) === trades);
}
