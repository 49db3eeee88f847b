import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Principal, Reach } from '../../../src/access/principal.js';
import { AlertDesk, type AlertDeskOptions } from '../../../src/admin/alerts/alert-desk.js';
import { AlertFile } from '../../../src/admin/alerts/alert-file.js';
import { alertMethods } from '../../../src/admin/alerts/alert-methods.js';
import { tellAlert } from '../../../src/admin/streams/tell-alert.js';
import { alertRoutes } from '../../../src/admin/routes/alerts.js';
import type { Alert } from '../../../src/alerts/alert.js';
import type { Reading } from '../../../src/alerts/rule.js';
import { parseAlertSettings } from '../../../src/alerts/settings.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { entropyIds } from '../../../src/runtime/ids.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { OperatorAction } from '../../../src/storage/audit/audit.js';
import { until } from '../../support/actors.js';
import { PostServer, TelegramServer, TOKEN } from '../../support/alert-servers.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { HeldSocket, join as joins, ofTenant, sent, testHub } from '../streams/heard-streams.js';

const START_MS = 1_772_409_600_000;
const SECRET = 'what both sides know';
const OPERATOR: Principal = { name: 'anna', role: 'operator', reach: { kind: 'all' }, secondFactorMs: null };

interface Told {
  readonly id: string;
  readonly givenUp: number;
  readonly notices: readonly { readonly kind: string; readonly alert: { readonly rule: string; readonly subject: string } }[];
}

class World {
  readonly clock = new SteppedClock(START_MS);
  readonly audit: OperatorAction[] = [];
  readonly stops: string[] = [];
  readings: readonly Reading[] = [];
  auditAway = false;

  constructor(
    readonly folder: string,
    readonly settings: object,
  ) {}

  open(changed: AlertDeskOptions['changed'] = () => {}): Promise<AlertDesk> {
    return AlertDesk.open({
      changed,
      settings: parseAlertSettings(this.settings, 'test'),
      file: new AlertFile(this.folder),
      ...{ clock: this.clock, ids: entropyIds, random: seededRandom(1), log: silentLogger },
      look: async () => this.readings,
      tell: async (action) => {
        if (this.auditAway) throw new Error('the ledger is away');
        this.audit.push(action);
      },
      engine: {
        status: async () => 'Ready.',
        positions: async () => 'Nothing is open.',
        stop: async (tenantId, reason) => {
          this.stops.push(`${tenantId ?? 'node'}: ${reason}`);
          return 'Stopped.';
        },
      },
    });
  }

  /** Time passes as it does: what is begun in a second ends before the next. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.clock.advanceTo(this.clock.nowMs() + 1_000);
      for (let turns = 0; turns < 3; turns++) await new Promise((done) => setImmediate(done));
    }
  }
}

const hook = (server: PostServer): object => ({ kind: 'webhook', url: server.url, secret: SECRET, perMinute: 60 });
const SILENT: Reading = { rule: 'ea-silent', subject: 'a1', tenantId: 'blue', accountId: 'a1', value: 1 };
const toldBy = (server: PostServer): readonly Told[] => server.posted.map(({ body }) => JSON.parse(body) as Told);

describe('the desk of alerts', () => {
  it('tells a channel what fires, again after its time, and what is over', async () => {
    await using folder = await temporaryFolder();
    await using server = await PostServer.start();
    const world = new World(folder.path, { channels: { ops: hook(server) } });
    const desk = await world.open();
    desk.read(SILENT);
    await world.pass(5_000);
    await until(() => server.posted.length === 1, 'the alert is told');
    await world.pass(15 * 60_000);
    await until(() => server.posted.length === 2, 'it is told again');
    desk.read({ ...SILENT, value: 0 });
    await world.pass(5_000);
    await until(() => server.posted.length === 3, 'its end is told');
    await desk.close();
    assert.deepEqual(
      toldBy(server).map(({ notices }) => notices.map(({ kind, alert }) => `${kind} ${alert.rule}`)),
      [['fired ea-silent'], ['escalated ea-silent'], ['resolved ea-silent']],
    );
  });

  it('tells the stream what fires, what somebody is on, and what is over: to whom it concerns, and no figure by itself', async () => {
    await using folder = await temporaryFolder();
    const world = new World(folder.path, {});
    const hub = testHub();
    const sockets = [OPERATOR, ofTenant('blue'), ofTenant('red')].map((who) => {
      const socket = new HeldSocket();
      const reader = joins(hub, who, socket);
      hub.subscribe(reader, 'alerts');
      return { socket, reader };
    });
    const desk = await world.open((alert) => tellAlert(hub, alert));
    desk.read(SILENT);
    desk.read({ rule: 'disk-filling', subject: 'data', value: 100 });
    await world.pass(61_000);
    desk.read({ ...SILENT, value: 2 });
    await world.pass(3_000);
    const [alert] = desk.list({ kind: 'tenant', tenantId: 'blue' });
    assert.ok(alert);
    desk.acknowledge(alert.id, { name: 'ada', role: 'operator' }, 'on it');
    desk.read({ ...SILENT, value: 0 });
    await world.pass(3_000);
    await desk.close();
    for (const { reader } of sockets) await sent(reader);
    const told = sockets.map(({ socket }) =>
      socket.taken.flatMap(({ data }) => {
        const shown = data as Partial<Alert> | undefined;
        if (shown?.rule === undefined) return [];
        assert.ok(!('told' in shown) && !('dueMs' in shown), 'not by which ways others are told');
        return [`${shown.rule} ${shown.resolvedMs !== null ? 'over' : shown.acknowledged !== null ? 'acknowledged' : 'fired'}`];
      }),
    );
    const blue = ['ea-silent fired', 'ea-silent acknowledged', 'ea-silent over'];
    assert.deepEqual([told[1], told[2]], [blue, []]);
    assert.deepEqual(
      told[0]?.filter((one) => one.startsWith('ea-silent')),
      blue,
    );
    assert.ok(told[0]?.includes('disk-filling fired'));
  });

  it('loses no alert while a channel is away, also over a restart; and another channel tells that it is away', async () => {
    await using folder = await temporaryFolder();
    await using server = await PostServer.start();
    await using other = await PostServer.start();
    const { port } = server;
    await server.stop();
    const world = new World(folder.path, {
      channels: { ops: { ...hook(other), url: `http://127.0.0.1:${port}` }, spare: hook(other) },
    });
    const before = await world.open();
    before.read(SILENT);
    await world.pass(60_000);
    await until(() => before.channels[0]?.fault !== null, 'the channel counts as away');
    await world.pass(LIMITS.alerts.lookMs + 5_000);
    await until(
      () => toldBy(other).some(({ notices }) => notices.some(({ alert }) => alert.rule === 'channel-down')),
      'the other channel tells of it',
    );
    before.read({ ...SILENT, subject: 'a2', accountId: 'a2' });
    await world.pass(5_000);
    await before.close();
    await server.listen(port);
    const after = await world.open();
    const againMs = world.clock.nowMs();
    const reached = (): ReadonlySet<string> =>
      new Set(toldBy(server).flatMap(({ notices }) => notices.map(({ alert }) => alert.subject)));
    await until(async () => {
      await world.pass(1_000);
      return reached().has('a1') && reached().has('a2');
    }, 'both alerts are told');
    assert.ok(world.clock.nowMs() - againMs < 14 * 60_000, 'without waiting until they are told once more');
    assert.ok(toldBy(server).every(({ givenUp }) => givenUp === 0));
    await after.close();
    assert.ok(!(await readFile(join(folder.path, 'alerts.json'), 'utf8')).includes(SECRET));
  });

  it('keeps who acknowledged over a restart, and tells the audit log, also when that was away', async () => {
    await using folder = await temporaryFolder();
    const world = new World(folder.path, {});
    world.auditAway = true;
    const before = await world.open();
    before.read(SILENT);
    await world.pass(1_000);
    assert.equal(before.acknowledge('1', { name: 'anna', role: 'operator' }, 'on it')?.acknowledged?.by, 'anna');
    before.acknowledge('1', { name: 'boris', role: 'operator' }, '');
    await before.close();
    world.auditAway = false;
    const after = await world.open();
    assert.equal(after.list()[0]?.acknowledged?.note, 'on it');
    await until(() => world.audit.length > 0, 'the log is told');
    const [{ tenantId, who, action, reason } = {} as OperatorAction, ...more] = world.audit;
    assert.deepEqual([tenantId, who, action, reason, more], ['blue', 'anna', 'alert.acknowledge', 'on it', []]);
    await after.close();
  });

  it('moves a file aside that cannot be read', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'alerts.json'), '{"version":1,');
    const desk = await new World(folder.path, {}).open();
    assert.deepEqual(desk.list(), []);
    await desk.close();
    assert.equal(await readFile(join(folder.path, 'alerts.json.unreadable'), 'utf8'), '{"version":1,');
  });

  it('links, stops and unlinks from a chat, each with who and why in the audit log', async () => {
    await using folder = await temporaryFolder();
    await using telegram = await TelegramServer.start();
    const world = new World(folder.path, { channels: { bot: { kind: 'telegram', token: TOKEN, base: telegram.url } } });
    const desk = await world.open();
    const methods = alertMethods(desk);
    const call = (name: string, input: unknown): Promise<unknown> => methods[name]?.(input) ?? Promise.reject(new Error(name));
    await assert.rejects(call('alerts.link', { channel: 'ops', name: 'anna' }), /no channel ops of kind telegram/);
    await assert.rejects(call('alerts.link', { channel: 'bot', name: 'Anna' }), /a name in lower case/);
    const { code } = (await call('alerts.link', { channel: 'bot', name: 'anna', acts: true, by: 'root' })) as { code: string };
    const asks = async (text: string): Promise<string> => {
      const before = telegram.said.length;
      telegram.write(7, 70, text);
      await until(() => telegram.said.length > before, text);
      return telegram.said.at(-1)?.text ?? '';
    };
    await asks(`/link ${code}`);
    const number = /\d{6}/.exec(await asks('/stop broker is wild'))?.[0];
    assert.equal(await asks(`/confirm ${number}`), 'Stopped.');
    await call('alerts.unlink', { name: 'anna' });
    await assert.rejects(call('alerts.unlink', { name: 'anna' }), /nobody is linked as anna/);
    await until(() => world.audit.length === 4, 'the log is told');
    await desk.close();
    assert.deepEqual(world.stops, ['node: broker is wild (anna by bot)']);
    assert.deepEqual(
      world.audit.map(({ who, action, reason }) => [who, action, reason]),
      [
        ['root', 'chat.invite', 'a code was made'],
        ['anna by bot', 'chat.link', 'the chat was linked'],
        ['anna by bot', 'node.halt', 'broker is wild'],
        ['operator', 'chat.unlink', 'the chat was unlinked'],
      ],
    );
    assert.ok(!JSON.stringify(world.audit).includes(code));
  });

  it('tries a channel on demand, and says why it does not get through', async () => {
    await using folder = await temporaryFolder();
    await using server = await PostServer.start();
    const desk = await new World(folder.path, { channels: { ops: hook(server) } }).open();
    await desk.test('ops');
    assert.equal(server.posted.length, 1);
    server.answer = (response) => void response.writeHead(500).end();
    await assert.rejects(desk.test('ops'), /the channel ops does not get through: it answers 500/);
    await assert.rejects(desk.test('mail'), /there is no channel mail; there are ops/);
    await desk.close();
  });
});

describe('the routes of alerts', () => {
  it('show and take acknowledgements within reach alone', async () => {
    await using folder = await temporaryFolder();
    const world = new World(folder.path, {});
    const desk = await world.open();
    desk.read(SILENT);
    desk.read({ ...SILENT, subject: 'r1', tenantId: 'red', accountId: 'r1' });
    desk.read({ rule: 'commits-full', subject: 'commits', value: 1 });
    await world.pass(1_000);
    const [list, acknowledge, rules] = alertRoutes(desk);
    const asked = (route: typeof list, reach: Reach, role: Principal['role'], params: object, query: object, body: object) =>
      route?.handle({ principal: { ...OPERATOR, role, reach }, reach, params, query, body } as never) as Promise<never>;
    const BLUE: Reach = { kind: 'tenant', tenantId: 'blue' };
    const ALL: Reach = { kind: 'all' };
    const every = { state: 'all', most: 100 };
    const seen = async (reach: Reach, query: object = every) => {
      const page = (await asked(list, reach, 'operator', {}, query, {})) as { rows: { number: number }[]; next: string | null };
      return [page.rows.map(({ number }) => number), page.next];
    };
    assert.deepEqual(await seen(ALL), [[3, 2, 1], null]);
    assert.deepEqual(await seen(ALL, { state: 'standing', most: 2 }), [[3, 2], '2']);
    assert.deepEqual(await seen(ALL, { state: 'standing', most: 2, after: '2' }), [[1], null]);
    assert.deepEqual(await seen(BLUE), [[1], null]);
    assert.deepEqual(await seen({ kind: 'account', tenantId: 'blue', accountId: 'a2' }), [[], null]);
    const take = (reach: Reach, role: Principal['role'], id: string) =>
      asked(acknowledge, reach, role, { id }, {}, { note: 'mine' });
    await assert.rejects(take(BLUE, 'tenant-admin', '2'), { status: 404 });
    await assert.rejects(take(BLUE, 'tenant-admin', '3'), { status: 404 });
    await assert.rejects(take(ALL, 'tenant-admin', '3'), { status: 403 });
    const taken = (await take(BLUE, 'tenant-admin', '1')) as { acknowledged: { by: string; note: string } };
    assert.deepEqual([taken.acknowledged.by, taken.acknowledged.note], ['anna', 'mine']);
    const known = (await asked(rules, BLUE, 'tenant-reader', {}, {}, {})) as { rows: readonly object[] };
    assert.equal(known.rows.length, desk.rules.length);
    await desk.close();
  });
});
