import type { Cancel, Clock } from '../runtime/clock.js';
import { assert } from '../runtime/assert.js';
import type { Random } from '../runtime/random.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import { Connection, type Endpoint, type FrameCodec, type ServerTrust } from './connection.js';
import { EndpointChoice, type HungUp } from './endpoint-choice.js';
import { delayToEaTurn } from './instants.js';

export interface DialerOptions<Out, In> {
  /** Servers in order of preference. */
  readonly endpoints: readonly Endpoint[];
  readonly trust?: ServerTrust;
  readonly bearer?: string;
  readonly wire?: WireActivity;
  readonly clock: Clock;
  readonly random: Random;
  readonly newCodec: () => FrameCodec<Out, In>;
  readonly onOpen: (connection: Connection<Out, In>) => void;
  readonly onFrame: (frame: In) => void;
  /** The connection is gone: what it came to. */
  readonly onClose: (why: string, httpStatus: number) => HungUp;
}

/** A server that is stopped takes connections all the same, and its TLS never comes. */
const DIAL_MOST_MS = 20_000;

/** Keeps one connection up: dials, and dials again after the back-off, at the EA's instants. */
export class Dialer<Out, In> {
  readonly #options: DialerOptions<Out, In>;
  readonly #choice: EndpointChoice;
  #connection: Connection<Out, In> | undefined;
  #paused: Connection<Out, In> | undefined;
  #redial: Cancel | undefined;
  #opening: Cancel | undefined;
  #resume: Cancel | undefined;
  #stopped = true;

  constructor(options: DialerOptions<Out, In>) {
    this.#options = options;
    this.#choice = new EndpointChoice(options.endpoints.length, options.random);
  }

  start(): void {
    this.#stopped = false;
    this.#dial();
  }

  /** Closes once what was sent has left, and stays away. */
  stop(): void {
    this.#stopped = true;
    this.#redial?.();
    this.#resume?.();
    this.#connection?.resume();
    this.#connection?.close();
  }

  /** Cuts the connection as a network does; the next one follows after the back-off. */
  cut(): void {
    this.#connection?.destroy('the network failed');
  }

  /** Reads nothing for a while; one that does not read already is left alone. */
  pauseFor(ms: number): void {
    const connection = this.#connection;
    if (!connection || this.#paused === connection) return;
    this.#paused = connection;
    connection.pause();
    this.#resume?.();
    this.#resume = this.#after(ms, () => {
      this.#paused = undefined;
      connection.resume();
    });
  }

  #dial(): void {
    const { onOpen, onFrame, newCodec, endpoints, ...rest } = this.#options;
    const endpoint = endpoints[this.#choice.endpoint];
    assert(endpoint !== undefined, 'what is chosen is of the list');
    this.#opening = this.#after(DIAL_MOST_MS, () => connection.destroy('nobody answered'));
    const connection: Connection<Out, In> = new Connection<Out, In>({
      ...rest,
      endpoint,
      codec: newCodec(),
      onOpen: () => {
        this.#opening?.();
        onOpen(connection);
      },
      onFrame,
      onClose: (why, httpStatus) => this.#hungUp(why, httpStatus),
    });
    this.#connection = connection;
  }

  #hungUp(why: string, httpStatus: number): void {
    this.#opening?.();
    this.#connection = undefined;
    const waitMs = this.#choice.ended(this.#options.onClose(why, httpStatus));
    if (this.#stopped) return;
    this.#redial = this.#after(waitMs, () => this.#dial());
  }

  #after(delayMs: number, act: () => void): Cancel {
    const { clock } = this.#options;
    return clock.after(delayToEaTurn(clock.nowMs(), delayMs), act);
  }
}
