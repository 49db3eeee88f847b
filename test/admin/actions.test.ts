/** What is done over HTTP: by whom it may be done, that it is told before, done once, and done by the engine's own ways. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseTiers } from '../../src/accounts/tiers.js';
import { SuhoError } from '../../src/errors.js';
import { verifiedAudit } from '../../src/storage/audit/verified-audit.js';
import { ActingNode } from '../support/acting-node.js';
import { until } from '../support/actors.js';
import type { TestAccount } from '../support/node.js';
import { resultMessage, ScriptedEa } from '../support/scripted-ea.js';

const OPERATOR = 'operator, shown';
const WHY = { reason: 'the test wants it' };

async function signalled(acting: ActingNode, account: TestAccount): Promise<ScriptedEa> {
  const ea = await ScriptedEa.ready(acting.node, account);
  acting.node.account(account).tell({ kind: 'decision', timed: { decision: acting.node.decision() } });
  await ea.wait('SIGNAL');
  await acting.node.rest();
  return ea;
}

/** A request to each route that acts, right but for who asks. */
function rightRequests(account: string, signal: string): ReadonlyMap<string, { path: string; body: object }> {
  const at = (path: string, body: object = {}): { path: string; body: object } => ({ path, body: { ...WHY, ...body } });
  return new Map([
    ['POST /v1/halt', at('/v1/halt', { scope: 'account', id: account })],
    ['POST /v1/resume', at('/v1/resume', { scope: 'account', id: account })],
    ['POST /v1/signals/:id/cancel', at(`/v1/signals/${signal}/cancel`)],
    ['POST /v1/accounts/:id/commands', at(`/v1/accounts/${account}/commands`, { action: 'reconnect' })],
    ['POST /v1/accounts', at('/v1/accounts', { tenant: 'blue' })],
    ['POST /v1/accounts/:id/rotate', at(`/v1/accounts/${account}/rotate`, { now: true })],
    ['POST /v1/accounts/:id/finish', at(`/v1/accounts/${account}/finish`)],
    ['POST /v1/accounts/:id/revoke', at(`/v1/accounts/${account}/revoke`)],
    ['POST /v1/accounts/:id/unbind', at(`/v1/accounts/${account}/unbind`)],
    ['PATCH /v1/accounts/:id', at(`/v1/accounts/${account}`, { mode: 'observe' })],
    ['POST /v1/node/drain', at('/v1/node/drain')],
    ['POST /v1/node/undrain', at('/v1/node/undrain')],
    ['POST /v1/node/rebalance', at('/v1/node/rebalance')],
    ['POST /v1/node/reload-limits', at('/v1/node/reload-limits')],
    ['POST /v1/actors/restart', at('/v1/actors/restart', { path: `/engine/tenants/blue/accounts/${account}` })],
    ['POST /v1/own-models', at('/v1/own-models?tenant=blue', { name: 'mine', graph: 'AAAA' })],
    ['DELETE /v1/own-models/:name', at('/v1/own-models/mine?tenant=blue')],
    ['POST /v1/api-keys', at('/v1/api-keys', { name: 'bot', role: 'tenant-reader', tenant: 'blue' })],
    ['DELETE /v1/api-keys/:name', at('/v1/api-keys/bot')],
    ['PATCH /v1/tenants/:id', at('/v1/tenants/blue', { name: 'Bluer' })],
  ]);
}

test('what acts needs a reason, and what trades needs a second factor; without either nothing is told or done', async () => {
  await using acting = await ActingNode.open();
  const account = await acting.node.addAccount();
  await signalled(acting, account);
  const signal = await acting.node.signal();
  const requests = rightRequests(account.id, signal.id);
  const withoutFactor: string[] = [];
  for (const { method, url, secondFactor } of acting.routes) {
    if (method === 'GET') continue;
    const { path, body } = requests.get(`${method} ${url}`) as { path: string; body: object };
    for (const reason of [undefined, '', '  ', 'x'.repeat(201)]) {
      const { status } = await acting.ask('owner, shown', path, { method, body: { ...body, reason } });
      assert.equal(status, 400, `${method} ${url} with the reason ${reason}`);
    }
    if (!secondFactor) withoutFactor.push(`${method} ${url}`);
    else {
      const answer = await acting.ask('owner', path, { method, body });
      assert.deepEqual([answer.status, answer.body.code], [403, 'SECOND_FACTOR'], `${method} ${url}`);
    }
  }
  assert.deepEqual(withoutFactor, ['POST /v1/halt']);
  assert.deepEqual(await acting.told(), []);
});

test('an action is told before it is done, and told again where it failed; a log that cannot be written lets nothing happen', async () => {
  let down = false;
  let halts = 0;
  await using acting = await ActingNode.open({
    methods: (methods) => ({
      ...methods,
      'tenant.halt': async (input) => {
        halts += 1;
        assert.equal((await acting.told()).length, 1, 'it was told by then');
        if (down) throw new SuhoError('CONFLICT', 'it cannot be');
        return methods['tenant.halt']?.(input);
      },
    }),
  });
  down = true;
  const wish = { body: { scope: 'tenant', id: 'blue', ...WHY } };
  assert.equal((await acting.ask('tenant-admin@blue', '/v1/halt', wish)).status, 409);
  const [first, second, ...more] = await acting.told();
  assert.deepEqual(more, []);
  assert.deepEqual(first, {
    ...{ kind: 'action.tenant.halt', subject: 'blue' },
    body: { reason: WHY.reason, role: 'tenant-admin', who: 'tenant-admin@blue' },
  });
  assert.deepEqual([second?.kind, second?.body.detail], ['action.tenant.halt-failed', { failed: 'it cannot be' }]);
  const verified = await verifiedAudit(acting.node.ledger.reads, { kind: 'all' });
  assert.equal(verified.ok, true);
  acting.node.ledger.tellAction = async () => {
    throw new Error('the ledger is down');
  };
  assert.equal((await acting.ask('tenant-admin@blue', '/v1/halt', wish)).status, 500);
  assert.equal(halts, 1);
});

test('a request that names itself is done once, however many come at once, and another wish under its name is refused', async () => {
  await using acting = await ActingNode.open();
  const wish = { body: { tenant: 'blue', count: 2, ...WHY }, key: 'first' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => acting.ask(OPERATOR, '/v1/accounts', wish)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0]?.status, 200);
  assert.equal((await acting.node.ledger.listAccounts({ tenantId: 'blue' })).rows.length, 2);
  assert.equal((await acting.told()).length, 1);
  const other = await acting.ask(OPERATOR, '/v1/accounts', { ...wish, body: { ...wish.body, count: 1 } });
  assert.equal(other.status, 422);
  assert.equal((await acting.ask('owner, shown', '/v1/accounts', wish)).status, 200, 'of somebody else it is another');
  assert.equal((await acting.node.ledger.listAccounts({ tenantId: 'blue' })).rows.length, 4);
  assert.equal((await acting.ask(OPERATOR, '/v1/accounts', { ...wish, key: 'a b' })).status, 400);
});

test('a node that is stopped opens nothing, and goes on once somebody with a second factor lifts it', async () => {
  await using acting = await ActingNode.open();
  const { node } = acting;
  const account = await node.addAccount();
  await ScriptedEa.ready(node, account);
  const decide = async (): Promise<void> => {
    node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
    await node.rest();
  };
  assert.equal((await acting.ask('tenant-admin@blue', '/v1/halt', { body: { scope: 'node', ...WHY } })).status, 403);
  assert.equal((await acting.ask('operator', '/v1/halt', { body: { scope: 'node', ...WHY } })).status, 200);
  await node.rest();
  await decide();
  assert.deepEqual(await node.signals(), []);
  assert.equal((await node.refusals()).at(-1)?.reason, 'emergency-stop');
  assert.equal((await acting.ask(OPERATOR, '/v1/resume', { body: { scope: 'node', ...WHY } })).status, 200);
  await node.rest();
  await decide();
  assert.equal((await node.signal()).state, 'SENT');
});

test('a tenant lifts what it stopped itself, and not what an operator stopped', async () => {
  await using acting = await ActingNode.open();
  const body = { scope: 'tenant', id: 'blue', ...WHY };
  const admin = 'tenant-admin@blue, shown';
  assert.equal((await acting.ask(admin, '/v1/halt', { body })).status, 200);
  assert.equal((await acting.ask(admin, '/v1/resume', { body })).status, 200);
  assert.equal((await acting.ask('operator', '/v1/halt', { body })).status, 200);
  assert.equal((await acting.ask(admin, '/v1/resume', { body })).status, 403);
  assert.equal((await acting.ask(OPERATOR, '/v1/resume', { body })).status, 200);
  const [blue] = (await acting.node.ledger.listTenants()).filter(({ id }) => id === 'blue');
  assert.equal(blue?.stopped, null);
});

test('a signal that may have left is asked back of its EA; once it is decided it is refused with its state', async () => {
  await using acting = await ActingNode.open();
  const account = await acting.node.addAccount();
  const ea = await signalled(acting, account);
  const { id } = await acting.node.signal();
  const asked = await acting.ask(OPERATOR, `/v1/signals/${id}/cancel`, { body: WHY });
  assert.deepEqual([asked.status, asked.body.outcome], [200, 'asked']);
  const command = await ea.wait('COMMAND');
  assert.deepEqual([command.action, command.signalId], ['CANCEL_SIGNAL', id]);
  const again = await acting.ask(OPERATOR, `/v1/signals/${id}/cancel`, { body: WHY });
  assert.deepEqual(again.body, asked.body, 'it is one command, whoever asks');
  ea.result(id, { outcome: 'CANCELLED' });
  await acting.node.becomes('CANCELLED');
  const late = await acting.ask(OPERATOR, `/v1/signals/${id}/cancel`, { body: WHY });
  assert.equal(late.status, 409);
  assert.match(String(late.body.detail), /is CANCELLED/);
});

test('a signal whose result is stored while it is taken back has its position closed', async () => {
  await using acting = await ActingNode.open();
  const { node } = acting;
  const account = await node.addAccount();
  const ea = await signalled(acting, account);
  const { id } = await node.signal();
  node.grip.hold();
  ea.result(id, { outcome: 'EXECUTED', position: 77n, filledVolume: 0.1 });
  await until(() => node.grip.waiting === 1, 'the result is on its way to the ledger');
  const { handled } = node.inspect(account);
  const asking = acting.ask(OPERATOR, `/v1/signals/${id}/cancel`, { body: WHY });
  await until(() => node.inspect(account).handled > handled, 'its actor has heard of it');
  node.grip.release();
  assert.deepEqual([(await asking).status, (await node.signal()).state], [200, 'EXECUTED']);
  await until(() => ea.of('COMMAND').some(({ action }) => action === 'CLOSE_POSITION'), 'its position is closed');
});

test('an EA is asked by the same request once, also under another process; one that is not there is refused, or waits', async () => {
  await using acting = await ActingNode.open();
  const account = await acting.node.addAccount();
  const url = `/v1/accounts/${account.id}/commands`;
  const body = { action: 'close-all', ...WHY };
  assert.equal((await acting.ask(OPERATOR, url, { body })).status, 409);
  const waiting = await acting.ask(OPERATOR, url, { body: { ...body, waitMs: 60_000 }, key: 'one' });
  const { command } = waiting.body as { command: { id: string; state: string } };
  assert.equal(command.state, 'PENDING');
  const ea = await ScriptedEa.ready(acting.node, account);
  const sent = await ea.wait('COMMAND');
  assert.equal(sent.id, command.id);
  ea.say(resultMessage(command.id, { subject: 'COMMAND', sentence: 'done' }));
  const state = async (): Promise<unknown> => {
    const { body } = await acting.ask('auditor', `${url}/${command.id}`, { method: 'GET' });
    return (body.command as { state: string }).state;
  };
  await until(async () => (await state()) === 'EXECUTED', 'what became of it is told');
});

test('a node that is emptied sends its EAs away with a pause, takes none, and takes them again when told', async () => {
  await using acting = await ActingNode.open();
  const account = await acting.node.addAccount();
  const ea = await ScriptedEa.ready(acting.node, account);
  const drained = await acting.ask(OPERATOR, '/v1/node/drain', { body: { ...WHY, pauseMs: 9_000 } });
  assert.deepEqual(drained.body, { connected: 1 });
  const refused = await ea.wait('REFUSED');
  assert.deepEqual([refused.code, refused.retryAfterMs], ['BUSY', 9_000]);
  await until(() => ea.closed, 'its socket is closed');
  const { epoch } = (await acting.node.ledger.accounts([account.id]))[0] as { epoch: number };
  const late = await ScriptedEa.connect(acting.node, account);
  late.hello();
  assert.equal((await late.wait('REFUSED')).retryAfterMs, 9_000);
  assert.equal((await acting.ask(OPERATOR, '/v1/node/undrain', { body: WHY })).status, 200);
  await ScriptedEa.ready(acting.node, account);
  const [after] = await acting.node.ledger.accounts([account.id]);
  assert.equal(after?.epoch, epoch + 1, 'the one that was refused took nothing');
});

test('an account’s actor made anew loses no signal under way, and is no crash; what holds nothing is not restarted', async () => {
  await using acting = await ActingNode.open();
  const { node } = acting;
  const account = await node.addAccount();
  const ea = await signalled(acting, account);
  const { id } = await node.signal();
  const path = acting.path(account);
  assert.equal((await acting.ask(OPERATOR, '/v1/actors/restart', { body: { ...WHY, path } })).status, 200);
  assert.equal((await ea.wait('GOODBYE')).reason, 'RESTART');
  const seen = node.inspect(account);
  assert.deepEqual([seen.renewals, seen.restarts, seen.lastError, seen.state], [1, 0, null, 'running']);
  const next = await ScriptedEa.ready(node, account);
  const again = await next.wait('SIGNAL');
  assert.equal(again.id, id);
  next.result(id, { outcome: 'EXECUTED', position: 5n, filledVolume: 0.1 });
  assert.equal((await node.becomes('EXECUTED')).id, id);
  const refusals = [
    ['/engine', 409],
    ['/engine/nobody', 404],
  ] as const;
  for (const [other, status] of refusals)
    assert.equal((await acting.ask(OPERATOR, '/v1/actors/restart', { body: { ...WHY, path: other } })).status, status);
});

test('limits read anew count from then on, and a wrong table changes nothing and says why', async () => {
  let table = '';
  await using acting = await ActingNode.open({ read: { tiers: async () => parseTiers(table) } });
  const reload = () => acting.ask(OPERATOR, '/v1/node/reload-limits', { body: WHY });
  table = '{ "free": 1 }';
  const wrong = await reload();
  assert.equal(wrong.status, 400);
  assert.match(String(wrong.body.detail), /nothing was changed: The tier table is wrong at free/);
  assert.equal(acting.tiers.allows('basic', 'api'), false);
  const good = JSON.parse(await readFile('schema/tiers.json', 'utf8')) as Record<string, Record<string, unknown>>;
  table = JSON.stringify({ ...good, basic: { ...good.basic, api: true } });
  assert.equal((await acting.ask('tenant-reader@red', '/v1/predictions?symbol=EURUSD', { method: 'GET' })).status, 403);
  assert.equal((await reload()).status, 200);
  assert.equal((await acting.ask('tenant-reader@red', '/v1/predictions?symbol=EURUSD', { method: 'GET' })).status, 200);
});
