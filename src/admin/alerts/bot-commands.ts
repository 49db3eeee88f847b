/**
 * What a linked person may ask from a chat, and what is answered. A stop is asked for twice: by the command, and by the number
 * that the answer to it names, from the same chat and soon.
 */
import { figuresOf, headOf, stateOf } from '../../alerts/message-text.js';
import type { Alert } from '../../alerts/alert.js';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Random } from '../../runtime/random.js';
import type { LinkedChat } from './chat-links.js';

/** What the engine does for a chat. */
export interface BotDesk {
  /** Alerts that the person may see and that are not over, newest first. */
  standing(chat: LinkedChat): readonly Alert[];
  /** Undefined where there is none that the person may see. */
  acknowledge(chat: LinkedChat, name: string, note: string): Alert | undefined;
  status(chat: LinkedChat): Promise<string>;
  positions(chat: LinkedChat): Promise<string>;
  /** Stops the node, or the person's tenant; answers what is stopped. */
  stop(chat: LinkedChat, reason: string): Promise<string>;
}

interface Asked {
  readonly number: string;
  readonly reason: string;
  readonly untilMs: number;
}

const HELP = [
  '/status how the node is',
  '/positions what is open, by account',
  '/alerts what stands',
  '/ack NUMBER NOTE somebody is on it',
  '/stop REASON open nothing more; asks once more',
  '/help this',
].join('\n');
const LISTED = 20;

export class BotCommands {
  readonly #desk: BotDesk;
  readonly #random: Pick<Random, 'int'>;
  readonly #stops = new Map<number, Asked>();

  constructor(desk: BotDesk, random: Pick<Random, 'int'>) {
    this.#desk = desk;
    this.#random = random;
  }

  async answer(chat: LinkedChat, text: string, nowMs: number): Promise<string> {
    const [, command = '', rest = ''] = /^\/([a-z]+)(?:@\w+)?(?:\s+([\s\S]*))?$/i.exec(text.trim()) ?? [];
    try {
      switch (command.toLowerCase()) {
        case 'status':
          return await this.#desk.status(chat);
        case 'positions':
          return await this.#desk.positions(chat);
        case 'alerts':
          return this.#alerts(chat);
        case 'ack':
          return this.#acknowledge(chat, rest);
        case 'stop':
          return this.#ask(chat, rest.trim(), nowMs);
        case 'confirm':
          return await this.#confirm(chat, rest.trim(), nowMs);
        default:
          return HELP;
      }
    } catch (error) {
      return `That did not work: ${sentence(error)}`;
    }
  }

  #alerts(chat: LinkedChat): string {
    const standing = this.#desk.standing(chat);
    if (standing.length === 0) return 'No alert stands.';
    const lines = standing
      .slice(0, LISTED)
      .map((alert) => [headOf(alert), figuresOf(alert), stateOf(alert)].filter(Boolean).join('\n'));
    return [...lines, ...(standing.length > LISTED ? [`and ${standing.length - LISTED} more`] : [])].join('\n\n');
  }

  #acknowledge(chat: LinkedChat, rest: string): string {
    if (!chat.acts) return 'You may look, and not acknowledge.';
    const [, name = '', note = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest.trim()) ?? [];
    if (name === '') return 'Which alert? /ack NUMBER, and /alerts for the numbers.';
    const alert = this.#desk.acknowledge(chat, name, note);
    return alert === undefined ? `There is no alert ${name}.` : `${headOf(alert)}\n${stateOf(alert)}`;
  }

  #ask(chat: LinkedChat, reason: string, nowMs: number): string {
    if (!chat.acts) return 'You may look, and not stop.';
    if (reason === '') return 'Why? /stop REASON';
    const number = String(100_000 + this.#random.int(900_000));
    this.#stops.set(chat.chatId, { number, reason: reason.slice(0, 200), untilMs: nowMs + LIMITS.alerts.confirmMs });
    const what = chat.tenantId === null ? 'the node, for all tenants' : `tenant ${chat.tenantId}`;
    return `This stops ${what}: nothing more is opened; what is open stays open. To do it, within a minute: /confirm ${number}`;
  }

  async #confirm(chat: LinkedChat, number: string, nowMs: number): Promise<string> {
    const asked = this.#stops.get(chat.chatId);
    this.#stops.delete(chat.chatId);
    if (asked === undefined || asked.untilMs <= nowMs || asked.number !== number || !chat.acts)
      return 'There is nothing to confirm; begin again with /stop REASON.';
    return this.#desk.stop(chat, asked.reason);
  }
}
