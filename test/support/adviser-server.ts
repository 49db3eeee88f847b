/** A server with the interface that advisers speak, on a free port: each request is answered as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
  } & Readonly<Record<string, unknown>>;
}

export type Answerer = (response: ServerResponse, asked: Asked) => void;

/** A whole answer of a model that says `content`. */
export function says(
  content: string,
  usage: unknown = { prompt_tokens: 300, completion_tokens: 20, total_tokens: 320 },
): Answerer {
  return (response) => {
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices, usage }));
  };
}

export class AdviserServer {
  readonly asked: Asked[] = [];
  /** Responses that nobody has ended. */
  readonly open: ServerResponse[] = [];
  answer: Answerer = says('{"buy": 0.6, "sell": 0.3, "hold": 0.1}');
  readonly #server = createServer((request, response) => void this.#heard(request, response));

  static async start(): Promise<AdviserServer> {
    const server = new AdviserServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** From now on nobody listens there. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #heard(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked: Asked = {
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked['body'],
    };
    this.asked.push(asked);
    this.answer(response, asked);
  }
}
