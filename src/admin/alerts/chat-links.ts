/**
 * Who may talk to the engine from a chat: whoever brought a code that an operator made. A code is good once and for ten
 * minutes, and a chat that brings wrong ones is not heard for as long. A link is of one person in one private chat.
 */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Ids } from '../../runtime/ids.js';

export interface ChatRights {
  /** Whose chat it is, for the audit log. */
  readonly name: string;
  /** Null where all tenants may be seen, and the node itself. */
  readonly tenantId: string | null;
  /** May stop and acknowledge, and not only look. */
  readonly acts: boolean;
}

export interface LinkedChat extends ChatRights {
  readonly channel: string;
  readonly chatId: number;
  readonly userId: number;
  readonly linkedMs: number;
}

interface Code extends ChatRights {
  readonly channel: string;
  readonly untilMs: number;
}

const { linkMs, wrongCodes, chats: CHATS_MOST } = LIMITS.alerts;

export class ChatLinks {
  readonly #ids: Pick<Ids, 'secretFor'>;
  readonly #codes = new Map<string, Code>();
  readonly #wrong = new Map<number, { count: number; untilMs: number }>();
  #chats: readonly LinkedChat[] = [];

  constructor(ids: Pick<Ids, 'secretFor'>) {
    this.#ids = ids;
  }

  get chats(): readonly LinkedChat[] {
    return this.#chats;
  }

  of(channel: string): readonly LinkedChat[] {
    return this.#chats.filter((chat) => chat.channel === channel);
  }

  restore(chats: readonly LinkedChat[]): void {
    this.#chats = chats;
  }

  /** A code for that person; one that was made for the name before is worth nothing any more. */
  invite(channel: string, rights: ChatRights, nowMs: number): { readonly code: string; readonly untilMs: number } {
    for (const [code, { name, untilMs }] of this.#codes) if (name === rights.name || untilMs <= nowMs) this.#codes.delete(code);
    if (this.#chats.length + this.#codes.size >= CHATS_MOST)
      throw new SuhoError('CONFLICT', `${CHATS_MOST} chats and codes are as many as there may be: unlink one`);
    const code = this.#ids.secretFor('chat code').slice(0, 16);
    const untilMs = nowMs + linkMs;
    this.#codes.set(code, { ...rights, channel, untilMs });
    return { code, untilMs };
  }

  /** Undefined where the code is wrong, too old, of another channel, or the chat has brought too many. */
  link(channel: string, code: string, who: Pick<LinkedChat, 'chatId' | 'userId'>, nowMs: number): LinkedChat | undefined {
    const wrong = this.#wrong.get(who.chatId);
    if (wrong !== undefined && wrong.untilMs > nowMs && wrong.count >= wrongCodes) return undefined;
    const found = this.#codes.get(code);
    if (found === undefined || found.untilMs <= nowMs || found.channel !== channel) {
      this.#mistaken(who.chatId, nowMs);
      return undefined;
    }
    this.#codes.delete(code);
    this.#wrong.delete(who.chatId);
    const { name, tenantId, acts } = found;
    const chat = { name, tenantId, acts, channel, ...who, linkedMs: nowMs };
    this.#chats = [...this.#chats.filter((one) => one.name !== name && !isSame(one, chat)), chat];
    return chat;
  }

  find(channel: string, chatId: number, userId: number): LinkedChat | undefined {
    return this.#chats.find((chat) => isSame(chat, { channel, chatId, userId }));
  }

  /** Undefined where nobody of that name is linked. */
  unlink(name: string): LinkedChat | undefined {
    const found = this.#chats.find((chat) => chat.name === name);
    this.#chats = this.#chats.filter((chat) => chat !== found);
    return found;
  }

  #mistaken(chatId: number, nowMs: number): void {
    for (const [id, { untilMs }] of this.#wrong) if (untilMs <= nowMs) this.#wrong.delete(id);
    const { count = 0 } = this.#wrong.get(chatId) ?? {};
    this.#wrong.delete(chatId);
    this.#wrong.set(chatId, { count: count + 1, untilMs: nowMs + linkMs });
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size > CHATS_MOST) this.#wrong.delete(oldest as number);
  }
}

function isSame(a: Pick<LinkedChat, 'channel' | 'chatId' | 'userId'>, b: Pick<LinkedChat, 'channel' | 'chatId' | 'userId'>) {
  return a.channel === b.channel && a.chatId === b.chatId && a.userId === b.userId;
}
