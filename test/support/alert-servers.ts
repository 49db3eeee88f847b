/** What alerts go to, on free ports of loopback: an HTTP server that answers as the test says, and one that speaks the Bot API. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Outbox } from '../../src/alerts/outbox.js';
import type { Alert } from '../../src/alerts/alert.js';
import type { AlertMessage } from '../../src/alerts/outbox.js';

export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type PostAnswerer = (response: ServerResponse, posted: Posted) => void;

export class PostServer {
  readonly posted: Posted[] = [];
  answer: PostAnswerer = (response) => void response.end('ok');
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const posted = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      this.posted.push(posted);
      this.answer(response, posted);
    });
  });

  static async start(): Promise<PostServer> {
    const server = new PostServer();
    await server.listen();
    return server;
  }

  /** On the port that it had before, where it had one. */
  listen(port = 0): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

export const TOKEN = '123456:a-token-of-the-bot-api-for-tests';

interface Said {
  readonly chatId: number;
  readonly text: string;
}

/** The Bot API: updates are kept until they are confirmed by a higher offset, and waited for. */
export class TelegramServer {
  readonly said: Said[] = [];
  /** Answers a message otherwise; undefined lets it through. */
  refuse: (said: Said) => object | undefined = () => undefined;
  readonly #posts: PostServer;
  #updates: { readonly update_id: number }[] = [];
  #number = 100;
  #waiting: (() => void)[] = [];

  private constructor(posts: PostServer) {
    this.#posts = posts;
    posts.answer = (response, posted) => this.#answer(response, posted);
  }

  static async start(): Promise<TelegramServer> {
    return new TelegramServer(await PostServer.start());
  }

  get url(): string {
    return this.#posts.url;
  }

  /** What a person writes to the bot. */
  write(chatId: number, userId: number, text: string, type = 'private'): void {
    this.#number += 1;
    const update = { update_id: this.#number, message: { chat: { id: chatId, type }, from: { id: userId }, text } };
    this.#updates.push(update);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  to(chatId: number): readonly string[] {
    return this.said.filter((one) => one.chatId === chatId).map(({ text }) => text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#posts.stop();
  }

  #answer(response: ServerResponse, { path, body }: Posted): void {
    const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
    const end = (status: number, value: object): void => {
      response.statusCode = status;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (token !== TOKEN) return end(401, { ok: false, error_code: 401, description: 'Unauthorized' });
    const asked = JSON.parse(body) as { readonly offset?: number; readonly chat_id?: number; readonly text?: string };
    if (method === 'getUpdates') {
      this.#updates = this.#updates.filter(({ update_id }) => update_id >= (asked.offset ?? 0));
      const tell = (): void => end(200, { ok: true, result: this.#updates });
      if (this.#updates.length > 0) tell();
      else this.#waiting.push(tell);
      return;
    }
    const said = { chatId: asked.chat_id ?? 0, text: asked.text ?? '' };
    const refused = this.refuse(said);
    if (refused !== undefined) return end((refused as { error_code: number }).error_code, { ok: false, ...refused });
    this.said.push(said);
    end(200, { ok: true, result: { message_id: this.said.length } });
  }
}

export function alertOf(over: Partial<Alert> = {}): Alert {
  return {
    ...{ id: 'alert-1', number: 1, rule: 'signals-late', severity: 'warning', subject: 'node', tenantId: null, accountId: null },
    ...{ sentence: 'Signals are late.', advice: 'look at the load', unit: 'ms', limit: 30, value: 41.5, worst: 52 },
    ...{ sinceMs: 1_000, firedMs: 2_000, acknowledged: null, resolvedMs: null, step: 1, dueMs: null, told: ['ops'] },
    ...over,
  };
}

/** A message about these alerts, as an outbox makes it. */
export function messageOf(...alerts: readonly Alert[]): AlertMessage {
  const outbox = new Outbox({ most: 1, windowMs: 1 });
  for (const alert of alerts) outbox.push({ kind: 'fired', alert, atMs: 0, to: ['ops'] });
  return outbox.take(1e9) as AlertMessage;
}
