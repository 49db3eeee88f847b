/** What is done to a node over HTTP, as far as its EAs, its observers and its tenants' programs feel it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTiers } from '../../src/accounts/tiers.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { systemClock } from '../../src/runtime/clock.js';
import { NewsFile } from '../../src/storage/news-file.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { newSignal } from '../contracts/ledger-world.js';
import { ActingNode } from '../support/acting-node.js';
import { until } from '../support/actors.js';
import { ScriptedEa } from '../support/scripted-ea.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { readFile } from 'node:fs/promises';

const OPERATOR = 'operator, shown';
const WHY = { reason: 'the test wants it' };

for (const here of [true, false])
  test(`a signal that has not left is cancelled at once, and observers are told, with its EA ${here ? '' : 'not '}here`, async () => {
    const moved: SignalRow[] = [];
    await using acting = await ActingNode.open({ node: { observers: () => [{ moved: (row) => moved.push(row) }] } });
    const { node } = acting;
    const account = await node.addAccount();
    if (here) await ScriptedEa.ready(node, account);
    const [{ epoch } = { epoch: 0 }] = await node.ledger.accounts([account.id]);
    const own = { accountId: account.id, tenantId: 'blue', state: 'PENDING' } as const;
    const signal = newSignal(1, 1, { ...own, createdAt: node.nowMs, validUntil: node.nowMs + 60_000 });
    await node.ledger.commit([{ kind: 'raise', accountId: account.id, epoch, signal }]);
    const asked = await acting.ask(OPERATOR, `/v1/signals/${signal.id}/cancel`, { body: WHY });
    assert.deepEqual(asked.body, { outcome: 'cancelled', command: null });
    await until(() => moved.length > 0, 'observers are told');
    const [told, ...more] = moved;
    assert.deepEqual([told?.id, told?.state, told?.reason, more.length], [signal.id, 'CANCELLED', WHY.reason, 0]);
    assert.equal((await node.signal()).state, 'CANCELLED');
  });

test('the file of news is read anew; one that is wrong changes nothing', async () => {
  await using folder = await temporaryFolder();
  const write = (...lines: string[]) => folder.write('news.csv', ['time,currency,impact,title', ...lines].join('\n'));
  const path = await write('2026-03-06T13:30:00Z,USD,high,Payrolls');
  const news = await NewsFile.open(path, systemClock, silentLogger);
  try {
    await using acting = await ActingNode.open({ news });
    const reload = () => acting.ask(OPERATOR, '/v1/node/reload-limits', { body: WHY });
    assert.equal(news.calendar.events.length, 1);
    await write('2026-03-06T13:30:00Z,USD,high,Payrolls', '2026-03-07T10:00:00Z,EUR,low,Speech');
    assert.deepEqual((await reload()).body, { read: ['tiers', 'cost-units', 'news'], newsEvents: 2 });
    assert.equal(news.calendar.events.length, 2);
    await write('tomorrow,USD,high,Payrolls');
    const wrong = await reload();
    assert.equal(wrong.status, 400);
    assert.match(String(wrong.body.detail), /nothing was changed: .*tomorrow is no time/);
    assert.equal(news.calendar.events.length, 2);
  } finally {
    news.close();
  }
});

test('predictions are as many as the tier has in an hour, by whichever program; then 429 says until when', async () => {
  const good = JSON.parse(await readFile('schema/tiers.json', 'utf8')) as Record<string, Record<string, unknown>>;
  const table = JSON.stringify({ ...good, basic: { ...good.basic, api: true, predictionsPerHour: 3 } });
  await using acting = await ActingNode.open({ read: { tiers: async () => parseTiers(table) }, prediction: () => ({ time: 1 }) });
  assert.equal((await acting.ask(OPERATOR, '/v1/node/reload-limits', { body: WHY })).status, 200);
  const ask = (who: string) => acting.ask(who, '/v1/predictions?symbol=EURUSD', { method: 'GET' });
  const statuses: number[] = [];
  for (const who of ['tenant-reader@red', 'tenant-admin@red', 'tenant-reader@red', 'tenant-reader@red'])
    statuses.push((await ask(who)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  const sent = await fetch(`http://127.0.0.1:${acting.server.port}/v1/predictions?symbol=EURUSD`, {
    headers: { 'x-as': 'tenant-admin@red' },
  });
  const seconds = Number(sent.headers.get('retry-after'));
  assert.equal(seconds, Math.ceil((3_600_000 - (acting.node.nowMs % 3_600_000)) / 1_000));
  assert.equal((await ask('tenant-reader@blue')).status, 200, 'another tenant has its own');
  assert.equal((await ask('operator')).status, 200, 'who belongs to none is not counted');
});
