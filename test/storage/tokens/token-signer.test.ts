import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { TokenSigner } from '../../../src/storage/tokens/token-signer.js';
import { until } from '../../support/actors.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const START_MS = 1_772_409_600_000;
const SUBJECT = { accountId: 'a', tenantId: 'blue', sessionId: 's', epoch: 1 };
const { lifeMs, skewMs, keyMs, keysKnownMs } = LIMITS.tokens;

async function world() {
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  const clock = new SteppedClock(START_MS);
  const ledger = new MemoryLedger();
  const open = (path = folder.path): Promise<TokenSigner> => TokenSigner.open({ folder: path, ledger, clock, log: silentLogger });
  return {
    clock,
    ledger,
    open,
    folder: folder.path,
    other: other.path,
    [Symbol.asyncDispose]: async () => {
      await folder[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

async function judged(by: TokenSigner, token: string): Promise<string> {
  const verdict = await by.verify(token);
  return verdict.kind === 'valid' ? verdict.claims.tenantId : verdict.why;
}

test('the private key is made at the first start, for its owner alone, and is the same at the next; the ledger has the public half', async () => {
  await using w = await world();
  const first = await w.open();
  const { token } = first.issue(SUBJECT);
  const path = join(w.folder, 'token-key.json');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const kept = await readFile(path, 'utf8');
  const again = await w.open();
  assert.equal(await readFile(path, 'utf8'), kept);
  assert.equal(await judged(again, token), 'blue');
  const rows = await w.ledger.tokenKeys(START_MS);
  assert.equal(rows.length, 1);
  assert.match(kept, /BEGIN PRIVATE KEY/);
  assert.ok(!kept.includes(rows[0]?.publicKey ?? 'nothing'), 'one is not the other');
});

test('a token of one node is known on another by the ledger, also where its key is newer than what that node knows', async () => {
  await using w = await world();
  const first = await w.open();
  const second = await w.open(w.other);
  assert.equal(await judged(second, first.issue(SUBJECT).token), 'blue');
  await first.rotate();
  const { token } = first.issue(SUBJECT);
  assert.equal(await judged(second, token), 'unknown-key', 'it has asked just now');
  w.clock.advanceTo(w.clock.nowMs() + keysKnownMs);
  assert.equal(await judged(second, token), 'blue');
});

test('tokens of a key that was replaced are taken until the last of them ends, and of one that has leaked no more', async () => {
  await using w = await world();
  const signer = await w.open();
  const before = signer.issue(SUBJECT);
  await signer.rotate();
  assert.equal(await judged(signer, before.token), 'blue');
  const next = signer.issue(SUBJECT);
  await signer.rotate(true);
  assert.equal(await judged(signer, next.token), 'unknown-key');
  assert.equal(await judged(signer, before.token), 'blue');
  assert.equal(await judged(signer, signer.issue(SUBJECT).token), 'blue');
  assert.equal(await judged(await w.open(), signer.issue(SUBJECT).token), 'blue', 'the newest is what the folder has');
  w.clock.advanceTo(START_MS + lifeMs + skewMs);
  assert.equal((await w.ledger.tokenKeys(w.clock.nowMs())).length, 1);
});

test('a key is replaced at its age, by the node that runs and at a start', async () => {
  await using w = await world();
  const signer = await w.open();
  const name = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  const first = name(signer.issue(SUBJECT).token);
  w.clock.advanceTo(START_MS + keyMs - 1);
  assert.equal(name(signer.issue(SUBJECT).token), first);
  w.clock.advanceTo(START_MS + keyMs);
  await until(() => name(signer.issue(SUBJECT).token) !== first, 'another signs');
  const second = name(signer.issue(SUBJECT).token);
  signer.close();
  w.clock.advanceTo(START_MS + 3 * keyMs);
  const later = await w.open();
  assert.notEqual(name(later.issue(SUBJECT).token), second);
  assert.equal(await judged(later, later.issue(SUBJECT).token), 'blue');
  later.close();
});

test('a file that is none is said in a sentence, and nothing is put in its place', async () => {
  await using w = await world();
  const path = join(w.folder, 'token-key.json');
  await writeFile(path, '{"id":"x"}');
  await assert.rejects(w.open(), { code: 'FILE_UNREADABLE', message: /token-key\.json holds no key/ });
  assert.equal(await readFile(path, 'utf8'), '{"id":"x"}');
});
