/**
 * Runs the book of alerts: looks at figures, takes what the engine tells, hands notices to channels, and keeps it all in the
 * data folder. By the machine's clock, since people are waited for; beside the engine, which never waits for any of it.
 */
import type { Principal, Reach } from '../../access/principal.js';
import { reaches } from '../../access/principal.js';
import { AlertBook } from '../../alerts/alert-book.js';
import type { Alert } from '../../alerts/alert.js';
import { AlertChanges } from '../../alerts/alert-changes.js';
import { type AlertMessage, Outbox } from '../../alerts/outbox.js';
import type { AlertRule, Reading } from '../../alerts/rule.js';
import { type AlertSettings, rateOf } from '../../alerts/settings.js';
import { atLeast } from '../../alerts/rule.js';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import type { Ids } from '../../runtime/ids.js';
import type { Logger } from '../../runtime/logger.js';
import type { Random } from '../../runtime/random.js';
import type { OperatorAction } from '../../storage/audit/audit.js';
import type { AlertFile } from './alert-file.js';
import { BotCommands, type BotDesk } from './bot-commands.js';
import { type AlertChannel, ChannelFault } from './channel.js';
import { ChatLinks, type ChatRights, type LinkedChat } from './chat-links.js';
import { openChannels } from './open-channels.js';
import { OwedActions } from './owed-actions.js';
import { maySee } from './telegram.js';

export interface AlertDeskOptions {
  readonly settings: AlertSettings;
  readonly file: AlertFile;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Logger;
  /** Figures as they are now. */
  readonly look: () => Promise<readonly Reading[]>;
  /** Into the audit log; rejects where it cannot be written. */
  readonly tell: (action: OperatorAction) => Promise<void>;
  /** Told of each alert that fires, is told, acknowledged or over. */
  readonly changed?: (alert: Alert) => void;
  readonly engine: Pick<BotDesk, 'status' | 'positions'> & {
    /** Stops the node, or a tenant; answers what is stopped. */
    stop(tenantId: string | null, reason: string): Promise<string>;
  };
}

export interface ChannelState {
  readonly name: string;
  readonly kind: string;
  readonly waiting: number;
  /** Why it does not get through. */
  readonly fault: string | null;
}

type Who = Pick<Principal, 'name' | 'role'>;

const { lookMs, turnMs, owedActs, sendMs } = LIMITS.alerts;
const EVERYBODY: Reach = { kind: 'all' };

export class AlertDesk {
  readonly #options: AlertDeskOptions;
  readonly #book: AlertBook;
  readonly #outboxes: ReadonlyMap<string, Outbox>;
  readonly #links: ChatLinks;
  readonly #cancels: Cancel[] = [];
  readonly #sending = new Set<Promise<void>>();
  #channels: ReadonlyMap<string, AlertChannel> = new Map();
  readonly #owed: OwedActions;
  readonly #changes = new AlertChanges();
  #changed = false;
  #revision = 0;
  #looking: Promise<void> = Promise.resolve();
  #looks = false;
  #saving: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: AlertDeskOptions) {
    const { settings, ids } = options;
    this.#options = options;
    this.#links = new ChatLinks(ids);
    this.#owed = new OwedActions(
      options.tell,
      () => {
        this.#changed = true;
      },
      options.log,
    );
    this.#outboxes = new Map(Object.entries(settings.channels).map(([name, one]) => [name, new Outbox(rateOf(one))]));
    this.#book = new AlertBook({
      ...settings,
      quiet: (severity, atMs) => settings.quiet.holds(severity, atMs),
      idFor: (number, atMs) => ids.idFor(`alert:${number}`, atMs),
    });
  }

  static async open(options: AlertDeskOptions): Promise<AlertDesk> {
    const desk = new AlertDesk(options);
    await desk.#begin();
    return desk;
  }

  get rules(): readonly AlertRule[] {
    return this.#options.settings.rules;
  }

  get chats(): readonly LinkedChat[] {
    return this.#links.chats;
  }

  get channels(): readonly ChannelState[] {
    return [...this.#outboxes].map(([name, outbox]) => ({
      ...{ name, kind: this.#options.settings.channels[name]?.kind ?? '' },
      ...{ waiting: outbox.length, fault: outbox.fault ?? null },
    }));
  }

  /** Those within reach, newest first. */
  list(reach: Reach = EVERYBODY): readonly Alert[] {
    return this.#book.list().filter((alert) => isWithin(reach, alert));
  }

  /** What the engine tells as it happens. */
  read(reading: Reading): void {
    if (!this.#closed) this.#book.read(reading, this.#options.clock.nowMs());
  }

  /** Undefined where there is none within reach; who was first stays. */
  acknowledge(name: string, who: Who, note: string, reach: Reach = EVERYBODY): Alert | undefined {
    const before = this.#book.find(name);
    if (before === undefined || !isWithin(reach, before)) return undefined;
    const atMs = this.#options.clock.nowMs();
    const alert = this.#book.acknowledge(before.id, who.name, note, atMs);
    if (alert !== undefined && before.acknowledged === null && alert.acknowledged !== null) {
      const { id: subject, tenantId, rule, subject: of } = alert;
      this.#owed.add({
        ...{ tenantId, who: who.name, role: who.role, action: 'alert.acknowledge', subject, atMs },
        ...{ reason: note === '' ? 'acknowledged' : note, detail: { rule, subject: of } },
      });
    }
    this.#save();
    return alert;
  }

  /** Sends a message by the channel now; rejects with why it does not get through. */
  async test(name: string): Promise<void> {
    const { settings, clock, ids } = this.#options;
    const channel = this.#channels.get(name);
    if (channel === undefined)
      throw new SuhoError(
        'NOT_FOUND',
        `there is no channel ${name}; there are ${Object.keys(settings.channels).join(', ') || 'none'}`,
      );
    const atMs = clock.nowMs();
    const id = ids.idFor('alert test', atMs);
    const alert: Alert = {
      ...{ id, number: 0, rule: 'test', severity: 'info', subject: 'node', tenantId: null, accountId: null },
      ...{ sentence: 'This is a test: nothing is wrong.', advice: 'nothing', unit: '', limit: 0, value: 0, worst: 0 },
      ...{ sinceMs: atMs, firedMs: atMs, acknowledged: null, resolvedMs: atMs, step: 1, dueMs: null, told: [name] },
    };
    const message: AlertMessage = { id: `${id}-test`, notices: [{ kind: 'fired', alert, atMs }], givenUp: 0 };
    try {
      await channel.send(message);
    } catch (error) {
      throw new SuhoError('UNREACHABLE', `the channel ${name} does not get through: ${sentence(error)}`, { cause: error });
    }
  }

  /** A code by which a chat of that channel is linked. */
  invite(channel: string, rights: ChatRights, by: Who): { readonly code: string; readonly untilMs: number } {
    if (this.#options.settings.channels[channel]?.kind !== 'telegram')
      throw new SuhoError('NOT_FOUND', `there is no channel ${channel} of kind telegram`);
    const atMs = this.#options.clock.nowMs();
    const invited = this.#links.invite(channel, rights, atMs);
    const { name, tenantId, acts } = rights;
    const detail = { channel, acts };
    this.#owed.add({
      tenantId,
      who: by.name,
      role: by.role,
      action: 'chat.invite',
      subject: name,
      reason: 'a code was made',
      detail,
      atMs,
    });
    return invited;
  }

  unlink(name: string, by: Who): LinkedChat | undefined {
    const chat = this.#links.unlink(name);
    if (chat !== undefined) this.#chatChanged(chat, 'unlinked', by);
    return chat;
  }

  /** What is under way ends; what waits is kept for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    await Promise.all([...this.#channels.values()].map((channel) => channel.close()));
    await Promise.all([this.#looking, ...this.#sending]);
    this.#save();
    await this.#saving;
  }

  async #begin(): Promise<void> {
    const { settings, file, clock, log, random } = this.#options;
    const state = await file.load();
    if (state !== undefined) {
      this.#book.restore(state.book, clock.nowMs());
      for (const [name, outbox] of this.#outboxes) {
        const kept = state.outboxes[name];
        if (kept !== undefined) outbox.restore(kept);
      }
      this.#links.restore(state.chats);
      this.#owed.restore(state.owed);
    }
    const commands = new BotCommands(this.#botDesk(), random.fork('bot'));
    const changed = (chat: LinkedChat, what: 'linked' | 'unlinked'): void => this.#chatChanged(chat, what, whoOf(chat));
    this.#channels = openChannels(settings.channels, { clock, log, links: this.#links, commands, changed });
    this.#cancels.push(
      clock.every(turnMs, () => this.#turn()),
      clock.every(lookMs, () => this.#look()),
    );
    this.#look();
  }

  #botDesk(): BotDesk {
    const { engine, clock } = this.#options;
    return {
      ...{ status: (chat) => engine.status(chat), positions: (chat) => engine.positions(chat) },
      standing: (chat) => this.#book.list().filter((alert) => alert.resolvedMs === null && maySee(chat, alert)),
      acknowledge: (chat, name, note) => this.acknowledge(name, whoOf(chat), note, reachOf(chat)),
      stop: async (chat, reason) => {
        if (this.#owed.list.length >= owedActs)
          throw new SuhoError('LEDGER_FAILED', 'the audit log has not been told of too much already');
        const { name: who, role } = whoOf(chat);
        const { tenantId } = chat;
        const what = await engine.stop(tenantId, `${reason} (${who})`);
        // Done first: an engine that runs wild is not left running because its log is away.
        const subject = tenantId ?? 'node';
        this.#owed.add({
          tenantId,
          who,
          role,
          action: tenantId === null ? 'node.halt' : 'tenant.halt',
          subject,
          reason,
          atMs: clock.nowMs(),
        });
        return what;
      },
    };
  }

  #chatChanged(chat: LinkedChat, what: 'linked' | 'unlinked', { name: who, role }: Who): void {
    const { name, tenantId, channel, acts } = chat;
    const action = what === 'linked' ? 'chat.link' : 'chat.unlink';
    const reason = `the chat was ${what}`;
    this.#owed.add({
      tenantId,
      who,
      role,
      action,
      subject: name,
      reason,
      detail: { channel, acts },
      atMs: this.#options.clock.nowMs(),
    });
    this.#save();
  }

  #look(): void {
    if (this.#looks) return;
    this.#looks = true;
    this.#looking = this.#options
      .look()
      .then(
        (readings) => {
          for (const reading of readings) this.read(reading);
          for (const [name, { fault }] of this.#outboxes)
            this.read({
              ...{ rule: 'channel-down', subject: name, value: fault === undefined ? 0 : 1 },
              ...(fault === undefined ? {} : { sentence: `Alerts do not get through by ${name}: ${fault}.` }),
            });
        },
        (error: unknown) => this.#options.log.error({ err: sentence(error) }, 'figures cannot be looked at'),
      )
      .finally(() => {
        this.#looks = false;
      });
    void this.#owed.retry();
  }

  #turn(): void {
    const { settings, clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const notice of this.#book.turn(nowMs))
      for (const name of notice.to) {
        const { least, tenant } = settings.channels[name] ?? {};
        const { severity, tenantId } = notice.alert;
        if (least === undefined || !atLeast(severity, least) || (tenant !== undefined && tenant !== tenantId)) continue;
        this.#outboxes.get(name)?.push(notice);
      }
    for (const [name, outbox] of this.#outboxes) {
      const message = outbox.take(nowMs);
      const channel = this.#channels.get(name);
      if (message !== undefined && channel !== undefined) this.#send(name, channel, outbox, message);
    }
    this.#save();
  }

  #send(name: string, channel: AlertChannel, outbox: Outbox, message: AlertMessage): void {
    const { clock, log } = this.#options;
    const sending = channel.send(message).then(
      () => outbox.sent(),
      (error: unknown) => {
        const why = error instanceof ChannelFault ? error.message : 'it cannot be sent';
        outbox.failed(clock.nowMs(), why, error instanceof ChannelFault ? error.retryAfterMs : sendMs);
        log.warn(
          { channel: name, err: sentence(error), notices: message.notices.length },
          'a message does not get through; it is tried again',
        );
      },
    );
    this.#changed = true;
    this.#sending.add(sending);
    void sending.finally(() => {
      this.#changed = true;
      this.#sending.delete(sending);
    });
  }

  /** Where more has changed than a figure. */
  #save(): void {
    const { revision } = this.#book;
    if (!this.#changed && revision === this.#revision) return;
    this.#changed = false;
    this.#revision = revision;
    for (const alert of this.#changes.of(this.#book.list())) this.#options.changed?.(alert);
    const outboxes = Object.fromEntries([...this.#outboxes].map(([name, outbox]) => [name, outbox.snapshot()]));
    const state = { book: this.#book.snapshot(), outboxes, chats: this.#links.chats, owed: this.#owed.list };
    this.#saving = this.#options.file.save({ version: 1, ...state }).catch((error: unknown) => {
      this.#changed = true;
      this.#options.log.error({ err: sentence(error) }, 'alerts cannot be kept in the data folder');
    });
  }
}

function isWithin(reach: Reach, { tenantId, accountId }: Alert): boolean {
  return tenantId === null ? reach.kind === 'all' : reaches(reach, tenantId, accountId ?? undefined);
}

function reachOf({ tenantId }: LinkedChat): Reach {
  return tenantId === null ? EVERYBODY : { kind: 'tenant', tenantId };
}

/** A person in a chat, as the audit log names them. */
function whoOf({ name, channel, tenantId }: LinkedChat): Who {
  return { name: `${name} by ${channel}`, role: tenantId === null ? 'operator' : 'tenant-admin' };
}
