/**
 * The stream of what happens, over one WebSocket: topics are asked for while somebody shows them, and taken up again by
 * their newest cursor after a break. While there is no stream the page asks again on its own, and says so.
 */
import { askWho } from './api.js';
import { Cell } from './cell.js';

export type LiveState = 'connecting' | 'live' | 'polling';

interface Told {
  readonly topic?: string;
  readonly cursor?: string;
  readonly data?: unknown;
  /** The node does not have all that came since the cursor. */
  readonly gap?: boolean;
  /** Where each topic begins. */
  readonly subscribed?: Readonly<Record<string, string>>;
}

/** Of undefined: something was missed, and what is shown must be asked for again. */
type Handler<T> = (data: T | undefined) => void;

/** The session is over, or what it may see has changed. */
const ASK_WHO = [4401, 4403];
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;

export class Live {
  readonly state = new Cell<LiveState>('connecting');
  readonly #handlers = new Map<string, Set<Handler<never>>>();
  /** Of topics that the node was asked for in this connection. */
  readonly #asked = new Set<string>();
  readonly #cursors = new Map<string, string>();
  #socket: WebSocket | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  #told = false;

  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = undefined;
    this.#cursors.clear();
    this.state.set('connecting');
  }

  /** Answers how to end it. */
  on<T>(topic: string, handler: Handler<T>): () => void {
    const handlers = this.#handlers.get(topic) ?? new Set();
    if (!this.#handlers.has(topic)) {
      this.#handlers.set(topic, handlers);
      this.#ask();
    }
    handlers.add(handler);
    return () => {
      handlers.delete(handler);
      if (handlers.size > 0 || this.#handlers.get(topic) !== handlers) return;
      this.#handlers.delete(topic);
      this.#ask();
    };
  }

  /** Once for all topics that change within a turn: a view that opens asks for many. */
  #ask(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      if (this.#socket?.readyState !== WebSocket.OPEN) return;
      const subscribe = [...this.#handlers.keys()].filter((topic) => !this.#asked.has(topic));
      const unsubscribe = [...this.#asked].filter((topic) => !this.#handlers.has(topic));
      if (subscribe.length + unsubscribe.length === 0) return;
      const from = Object.fromEntries([...this.#cursors].filter(([topic]) => subscribe.includes(topic)));
      for (const topic of subscribe) this.#asked.add(topic);
      for (const topic of unsubscribe) {
        this.#asked.delete(topic);
        this.#cursors.delete(topic);
      }
      this.#socket.send(JSON.stringify({ subscribe, unsubscribe, from }));
    });
  }

  #connect(): void {
    const { protocol, host } = location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/v1/stream`, 'suho.v1');
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#tries = 0;
      this.#asked.clear();
      this.state.set('live');
      this.#ask();
    });
    socket.addEventListener('message', ({ data }) => this.#message(JSON.parse(String(data)) as Told));
    socket.addEventListener('close', ({ code }) => {
      if (!this.#wanted || this.#socket !== socket) return;
      this.state.set('polling');
      const connect = (): void => {
        if (this.#wanted && this.#socket === socket)
          this.#timer = setTimeout(() => this.#connect(), RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
      };
      // Before it is asked again; whoever is nobody any more is shown the gate, which closes this.
      if (ASK_WHO.includes(code))
        void askWho()
          .catch(() => undefined)
          .then(connect);
      else connect();
    });
  }

  #message({ topic, cursor, data, gap, subscribed = {} }: Told): void {
    for (const [name, begins] of Object.entries(subscribed)) if (this.#asked.has(name)) this.#cursors.set(name, begins);
    if (topic === undefined) return;
    if (cursor !== undefined) this.#cursors.set(topic, cursor);
    if (data === undefined && !gap) return;
    for (const handler of this.#handlers.get(topic) ?? []) handler(data as never);
  }
}

export const live = new Live();
