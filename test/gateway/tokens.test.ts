/** Tokens for HTTP over the socket: a simulated EA and one by hand, the real gateway, a clock that is stepped. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { signToken, type TokenClaims, verifyToken } from '../../src/accounts/tokens.js';
import type { IssueToken } from '../../src/actors/account-tokens.js';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { drawBrokerTerms } from '../../src/ea-sim/broker-terms.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { MemoryRecordStore } from '../../src/ea-sim/record.js';
import { Terminal } from '../../src/ea-sim/terminal.js';
import { LIMITS } from '../../src/limits.js';
import { seededRandom } from '../../src/runtime/random.js';
import { TestNode } from '../support/node.js';
import { INSTANCE, ScriptedEa } from '../support/scripted-ea.js';

const { lifeMs, againMs } = LIMITS.tokens;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PLEASE = { kind: 'TOKEN', expiresMs: 0, token: '' } as const;

async function signingNode(wire = false): Promise<TestNode> {
  let nowMs = (): number => 0;
  const issueToken: IssueToken = (subject) => {
    const issuedMs = nowMs();
    const expiresMs = issuedMs + lifeMs;
    return { token: signToken({ id: 'k', privateKey }, { ...subject, issuedMs, expiresMs }), issuedMs, expiresMs };
  };
  const node = await TestNode.open({ issueToken, wire });
  nowMs = () => node.nowMs;
  return node;
}

function claimsOf(token: string, nowMs: number): TokenClaims {
  const verdict = verifyToken(token, (id) => ({ id, publicKey, validUntil: Number.MAX_SAFE_INTEGER }), nowMs);
  if (verdict.kind === 'refused') assert.fail(verdict.why);
  return verdict.claims;
}

test('a simulated EA asks for a token and gets the next before each has ended, for as long as it stays', async () => {
  await using node = await signingNode(true);
  const { id, key } = await node.addAccount();
  const prices = new SharedPrices();
  prices.accept('EURUSD', node.nowMs, 1.1, 1.1001);
  const terminal = new Terminal({
    accountId: id,
    apiKey: key,
    endpoint: parseEndpoint(`tcp://127.0.0.1:${node.port('tcp')}`),
    terms: drawBrokerTerms(seededRandom('tokens'), { currency: 'USD', marginMode: 'HEDGING' }),
    behaviour: BEHAVIOURS.demo,
    prices,
    clock: node.clock,
    random: seededRandom('tokens'),
    records: new MemoryRecordStore(() => INSTANCE),
    wire: node.wire,
    wantsToken: true,
  });
  terminal.start();
  for (let second = 0; terminal.token === undefined; second += 1) {
    assert.ok(second < 30, 'it has its first token');
    await node.advance(1_000);
  }
  const seen = [terminal.token];
  const endMs = node.nowMs + 2 * lifeMs + 60_000;
  while (node.nowMs < endMs) {
    await node.advance(5_000);
    const newest = terminal.token;
    assert.ok(newest.expiresMs > node.nowMs, 'it is never without one that is valid');
    const claims = claimsOf(newest.token, node.nowMs);
    assert.deepEqual([claims.accountId, claims.tenantId, claims.epoch], [id, 'blue', 1]);
    if (newest.token !== seen.at(-1)?.token) seen.push(newest);
  }
  terminal.stop();
  const between = seen.slice(1).map(({ expiresMs }, at) => expiresMs - (seen[at]?.expiresMs ?? 0));
  assert.equal(between.length, 3, 'at 2/3 of each life');
  for (const ms of between) assert.ok(ms >= (2 * lifeMs) / 3 && ms <= (2 * lifeMs) / 3 + 2 * node.heartbeatMs, `${ms} ms`);
});

test('an EA that does not ask gets none, and one that asks again at once the same', async () => {
  await using node = await signingNode();
  const account = await node.addAccount();
  const quiet = await ScriptedEa.ready(node, account);
  for (let beat = 0; beat < lifeMs / node.heartbeatMs; beat += 1) {
    quiet.heartbeat();
    await quiet.settled();
    await node.advance(node.heartbeatMs);
  }
  assert.deepEqual(quiet.of('TOKEN'), []);

  quiet.say(PLEASE);
  const first = await quiet.wait('TOKEN');
  await node.advance(1_000);
  quiet.say(PLEASE);
  assert.deepEqual(await quiet.wait('TOKEN', 2), first);
  for (let passed = 0; passed < againMs; passed += node.heartbeatMs) {
    quiet.heartbeat();
    await quiet.settled();
    await node.advance(node.heartbeatMs);
  }
  quiet.say(PLEASE);
  assert.ok((await quiet.wait('TOKEN', 3)).expiresMs > first.expiresMs);
});

test('a token is of its session: the next session’s has the next epoch', async () => {
  await using node = await signingNode();
  const account = await node.addAccount();
  const epochs: number[] = [];
  for (let session = 0; session < 2; session += 1) {
    const ea = await ScriptedEa.ready(node, account);
    ea.say(PLEASE);
    epochs.push(claimsOf((await ea.wait('TOKEN')).token, node.nowMs).epoch);
  }
  assert.deepEqual(epochs, [1, 2]);
});
