import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { ChannelFault } from '../../../src/admin/alerts/channel.js';
import { webhookChannel } from '../../../src/admin/alerts/webhook.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { until } from '../../support/actors.js';
import { alertOf, messageOf, PostServer } from '../../support/alert-servers.js';

const SECRET = 'what both sides know';
const MESSAGE = messageOf(alertOf(), alertOf({ id: 'alert-2', number: 2, severity: 'critical', rule: 'ledger-away', unit: '' }));

async function opened() {
  const server = await PostServer.start();
  const clock = new SteppedClock(1_772_409_600_000);
  const settings = { kind: 'webhook', url: `${server.url}/hook`, secret: SECRET, least: 'info', perMinute: 6 } as const;
  const channel = webhookChannel(settings, clock);
  return {
    ...{ server, clock, channel },
    fault: async (): Promise<ChannelFault> => {
      const error = await channel.send(MESSAGE).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ChannelFault, String(error));
      return error;
    },
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      await server.stop();
    },
  };
}

describe('a webhook', () => {
  it('gets the alerts as JSON, signed with the secret and the time', async () => {
    await using world = await opened();
    await world.channel.send(MESSAGE);
    const [posted] = world.server.posted;
    assert.ok(posted !== undefined);
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(posted.headers['x-suho-signature'])) ?? [];
    assert.equal(Number(t), 1_772_409_600_000);
    assert.equal(v1, createHmac('sha256', SECRET).update(`${t}.${posted.body}`).digest('hex'));
    assert.equal(posted.headers['x-suho-delivery'], MESSAGE.id);
    const body = JSON.parse(posted.body);
    assert.deepEqual(
      body.notices.map((notice: { alert: { rule: string } }) => notice.alert.rule),
      ['signals-late', 'ledger-away'],
    );
    assert.equal(body.subject, 'Suho #2 CRITICAL ledger-away: node and 1 more');
    assert.match(body.text, /#1 WARNING signals-late: node\nSignals are late\.\n41\.5 ms \(limit 30, worst 52\)/);
    assert.ok(!posted.body.includes(SECRET));
  });

  it('that fails is told by its status, with how long it asks to be left alone, and not in its own words', async () => {
    await using world = await opened();
    world.server.answer = (response) => {
      response.statusCode = 503;
      response.setHeader('retry-after', '7');
      response.end(`no: ${SECRET}`);
    };
    const { message, retryAfterMs } = await world.fault();
    assert.deepEqual([message, retryAfterMs], ['it answers 503', 7_000]);
  });

  it('that redirects is not followed', async () => {
    await using world = await opened();
    world.server.answer = (response, { path }) => {
      if (path === '/hook') response.writeHead(307, { location: '/elsewhere' });
      response.end();
    };
    assert.match((await world.fault()).message, /it redirects \(307\), which is not followed/);
    assert.deepEqual(
      world.server.posted.map(({ path }) => path),
      ['/hook'],
    );
  });

  it('that does not answer is given up in time, and one that says too much as well', async () => {
    await using world = await opened();
    world.server.answer = () => {};
    const fault = world.fault();
    await until(() => world.server.posted.length === 1, 'the server is asked');
    world.clock.advanceTo(world.clock.nowMs() + LIMITS.alerts.sendMs);
    assert.equal((await fault).message, 'no answer within 10 s');
    world.server.answer = (response) => void response.end('x'.repeat(LIMITS.alerts.answerBytes + 1));
    assert.equal((await world.fault()).message, 'its answer is too long');
    await world.server.stop();
    assert.match((await world.fault()).message, /^(ECONNREFUSED|UND_ERR_SOCKET)$/);
  });
});
