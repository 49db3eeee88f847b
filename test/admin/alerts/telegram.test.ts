import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BotCommands, type BotDesk } from '../../../src/admin/alerts/bot-commands.js';
import { ChannelFault } from '../../../src/admin/alerts/channel.js';
import { ChatLinks, type LinkedChat } from '../../../src/admin/alerts/chat-links.js';
import { TelegramChannel } from '../../../src/admin/alerts/telegram.js';
import { TelegramApi } from '../../../src/admin/alerts/telegram-api.js';
import { LIMITS } from '../../../src/limits.js';
import { type Clock, SteppedClock } from '../../../src/runtime/clock.js';
import { entropyIds } from '../../../src/runtime/ids.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { until } from '../../support/actors.js';
import { alertOf, messageOf, TelegramServer, TOKEN } from '../../support/alert-servers.js';

const START_MS = 1_772_409_600_000;
const ANNA = { chatId: 7, userId: 70 };

class Engine implements BotDesk {
  readonly did: string[] = [];
  standing(chat: LinkedChat) {
    return chat.tenantId === null ? [alertOf()] : [];
  }
  acknowledge(chat: LinkedChat, name: string, note: string) {
    this.did.push(`ack ${name} ${note} by ${chat.name}`);
    return name === '1' ? alertOf({ acknowledged: { by: chat.name, atMs: START_MS, note } }) : undefined;
  }
  async status(): Promise<string> {
    return 'Ready.';
  }
  async positions(chat: LinkedChat): Promise<string> {
    return `positions of ${chat.tenantId ?? 'all'}`;
  }
  async stop(chat: LinkedChat, reason: string): Promise<string> {
    this.did.push(`stop ${chat.tenantId ?? 'node'}: ${reason} by ${chat.name}`);
    return 'Stopped.';
  }
}

async function opened(token = TOKEN) {
  const server = await TelegramServer.start();
  const stepped = new SteppedClock(START_MS);
  const clock: Clock = stepped;
  const links = new ChatLinks(entropyIds);
  const engine = new Engine();
  const told: string[] = [];
  const changed = (chat: LinkedChat, what: string): void => void told.push(`${chat.name} ${what}`);
  const channel = new TelegramChannel({
    ...{ name: 'bot', links, clock, log: silentLogger, changed },
    api: new TelegramApi({ base: server.url, token, timers: clock }),
    commands: new BotCommands(engine, seededRandom(1)),
  });
  channel.start();
  const asks = async (text: string, who = ANNA): Promise<string> => {
    const before = server.to(who.chatId).length;
    server.write(who.chatId, who.userId, text);
    await until(() => {
      // A poll that was overtaken by the clock is made anew after its pause.
      stepped.advanceTo(stepped.nowMs() + 10);
      return server.to(who.chatId).length > before;
    }, `an answer to ${text}`);
    return server.to(who.chatId).at(-1) ?? '';
  };
  const link = async (name: string, who = ANNA, rights: { tenantId?: string; acts?: boolean } = {}): Promise<void> => {
    const { code } = links.invite('bot', { name, tenantId: rights.tenantId ?? null, acts: rights.acts ?? true }, clock.nowMs());
    assert.match(await asks(`/link ${code}`, who), new RegExp(`linked as ${name}`));
  };
  return {
    ...{ server, clock: stepped, links, engine, told, channel, asks, link },
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** All that was written before it has been heard. */
async function heard(world: Awaited<ReturnType<typeof opened>>): Promise<void> {
  await world.link('last', { chatId: 99, userId: 99 });
}

describe('the bot', () => {
  it('answers nobody who is not linked, whatever is asked, and nobody in a group', async () => {
    await using world = await opened();
    await world.link('anna');
    for (const text of ['/start', '/status', '/link 0000', 'hello', '/stop now']) world.server.write(8, 80, text);
    world.server.write(ANNA.chatId, 80, '/status');
    world.server.write(-5, ANNA.userId, '/status', 'group');
    await heard(world);
    assert.deepEqual([world.server.to(8), world.server.to(-5), world.server.to(ANNA.chatId).length], [[], [], 1]);
  });

  it('links by a code once, within its time, and hears no chat that brings many wrong ones', async () => {
    await using world = await opened();
    const invite = (name: string): string =>
      world.links.invite('bot', { name, tenantId: null, acts: false }, world.clock.nowMs()).code;
    const who = { chatId: 8, userId: 80 };
    const late = invite('late');
    assert.equal(world.links.link('bot', late, who, START_MS + LIMITS.alerts.linkMs), undefined);
    world.server.write(-5, 80, `/link ${late}`, 'group');
    const used = invite('anna');
    await world.asks(`/start ${used}`);
    world.server.write(8, 80, `/link ${used}`);
    const replaced = invite('boris');
    const newest = invite('boris');
    world.server.write(8, 80, `/link ${replaced}`);
    await heard(world);
    assert.deepEqual(
      world.links.chats.map(({ name }) => name),
      ['anna', 'last'],
    );
    for (let wrong = 0; wrong < LIMITS.alerts.wrongCodes; wrong++) world.server.write(8, 80, `/link ${wrong}0`);
    world.server.write(8, 80, `/link ${newest}`);
    await heard(world);
    assert.deepEqual(world.server.to(8), []);
    assert.match(await world.asks(`/link ${newest}`, { chatId: 9, userId: 90 }), /linked as boris/);
    assert.ok(world.told.includes('boris linked'));
  });

  it('tells status, positions and alerts, and takes an acknowledgement', async () => {
    await using world = await opened();
    await world.link('anna');
    assert.equal(await world.asks('/status'), 'Ready.');
    assert.equal(await world.asks('/positions@suho_bot'), 'positions of all');
    assert.match(await world.asks('/alerts'), /^#1 WARNING signals-late: node/);
    assert.match(await world.asks('/ack 1 on it'), /acknowledged by anna: on it/);
    assert.equal(await world.asks('/ack 9'), 'There is no alert 9.');
    assert.match(await world.asks('/ack'), /^Which alert\?/);
    assert.match(await world.asks('/nonsense'), /\/help this$/);
    assert.deepEqual(world.engine.did, ['ack 1 on it by anna', 'ack 9  by anna']);
  });

  it('stops only once the number that it named is confirmed, by the same chat and soon', async () => {
    await using world = await opened();
    await world.link('anna');
    await world.link('boris', { chatId: 9, userId: 90 }, { tenantId: 'blue' });
    const numberIn = (text: string): string => /\/confirm (\d+)/.exec(text)?.[1] ?? '';
    assert.match(await world.asks('/stop'), /^Why\?/);
    const asked = await world.asks('/stop broker is wild');
    assert.match(asked, /^This stops the node, for all tenants/);
    assert.match(await world.asks(`/confirm ${numberIn(asked)}`, { chatId: 9, userId: 90 }), /nothing to confirm/);
    assert.deepEqual(world.engine.did, []);
    assert.equal(await world.asks(`/confirm ${numberIn(asked)}`), 'Stopped.');
    assert.match(await world.asks(`/confirm ${numberIn(asked)}`), /nothing to confirm/, 'once');
    const again = await world.asks('/stop again');
    assert.match(await world.asks('/confirm 1'), /nothing to confirm/);
    assert.match(await world.asks(`/confirm ${numberIn(again)}`), /nothing to confirm/, 'a wrong number ends it');
    const late = await world.asks('/stop late');
    world.clock.advanceTo(world.clock.nowMs() + LIMITS.alerts.confirmMs);
    assert.match(await world.asks(`/confirm ${numberIn(late)}`), /nothing to confirm/);
    const tenants = await world.asks('/stop ours', { chatId: 9, userId: 90 });
    assert.match(tenants, /^This stops tenant blue/);
    await world.asks(`/confirm ${numberIn(tenants)}`, { chatId: 9, userId: 90 });
    assert.deepEqual(world.engine.did, ['stop node: broker is wild by anna', 'stop blue: ours by boris']);
  });

  it('lets somebody who only looks neither stop nor acknowledge', async () => {
    await using world = await opened();
    await world.link('eve', ANNA, { acts: false });
    assert.match(await world.asks('/stop now'), /not stop/);
    assert.match(await world.asks('/ack 1'), /not acknowledge/);
    assert.deepEqual(world.engine.did, []);
  });
});

describe('a message by the bot', () => {
  it('goes to each linked chat once, each hearing of its own tenant alone', async () => {
    await using world = await opened();
    await world.link('anna');
    await world.link('boris', { chatId: 9, userId: 90 }, { tenantId: 'blue' });
    await world.link('cora', { chatId: 10, userId: 100 }, { tenantId: 'red' });
    const blue = alertOf({ id: 'alert-2', number: 2, rule: 'ea-silent', tenantId: 'blue', subject: 'account of blue', unit: '' });
    const message = messageOf(alertOf(), blue);
    world.server.refuse = ({ chatId }) => (chatId === 9 ? { error_code: 429, parameters: { retry_after: 3 } } : undefined);
    const fault = await world.channel.send(message).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(fault instanceof ChannelFault);
    assert.equal(fault.retryAfterMs, 3_000);
    world.server.refuse = () => undefined;
    await world.channel.send(message);
    const [first, second, ...more] = world.server.to(7).slice(1);
    assert.match(first ?? '', /#1 WARNING[\s\S]*#2 WARNING ea-silent/);
    assert.deepEqual([second, more], [undefined, []], 'who has it already does not get it twice');
    assert.match(world.server.to(9).at(-1) ?? '', /^#2 WARNING ea-silent/);
    assert.equal(world.server.to(10).length, 1, 'nothing but its link');
  });

  it('unlinks a chat that has blocked the bot, and is not held up by one that cannot be told', async () => {
    await using world = await opened();
    await world.link('anna');
    await world.link('boris', { chatId: 9, userId: 90 });
    world.server.refuse = ({ chatId }) => (chatId === 7 ? { error_code: 403 } : { error_code: 400 });
    await world.channel.send(messageOf(alertOf()));
    assert.deepEqual(
      world.links.chats.map(({ name }) => name),
      ['boris'],
    );
    assert.ok(world.told.includes('anna unlinked'));
  });

  it('says why it does not get through, without the token', async () => {
    await using world = await opened('999999:a-token-that-nobody-has-made-yet');
    await assert.rejects(world.channel.send(messageOf(alertOf())), /no chat is linked/);
    world.links.restore([{ name: 'anna', tenantId: null, acts: true, channel: 'bot', ...ANNA, linkedMs: 0 }]);
    await assert.rejects(
      world.channel.send(messageOf(alertOf())),
      (error: Error) => error.message === 'it answers 401' && !String(error.stack).includes('999999'),
    );
  });
});
