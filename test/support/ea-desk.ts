/** The EA's own code in its terminal, before a server whose every word is the test's. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommandMessage, ResultMessage, SignalMessage } from '../../src/protocol/messages.js';
import { LoopbackServer, type RawPeer } from '../ea-sim/loopback-server.js';
import { commandMessage, type ScriptedServer, type ServerWish, signalMessage } from '../ea-sim/scripted-server.js';
import { builtEa } from './ea-build.js';
import { EaTerminal, type Words } from './ea-terminal.js';
import { emptyFolder, type TestFolder } from './ledger-folder.js';

const START_MS = Date.UTC(2026, 2, 3, 8);
const STEP_MS = 500;
const SETTLING_MS = 3_500;
const MINUTE_MS = 60_000;

export interface EaDeskWish {
  readonly server?: ServerWish;
  readonly symbols?: readonly Words[];
  readonly account?: Words;
  readonly terminal?: Words;
  readonly inputs?: Words;
  readonly onSession?: (session: ScriptedServer, raw: RawPeer) => void;
  readonly idle?: boolean;
}

export function idOf(number: number): string {
  return `01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export class EaDesk implements AsyncDisposable {
  terminal!: EaTerminal;
  server!: LoopbackServer;
  #skippedMs = 0;
  #number = 0;
  readonly #originMs = Date.now();

  private constructor(
    readonly wish: EaDeskWish,
    readonly folder: TestFolder,
  ) {}

  static async open(wish: EaDeskWish = {}): Promise<EaDesk> {
    const program = await builtEa();
    const desk = new EaDesk(wish, await emptyFolder());
    desk.server = await LoopbackServer.open({
      scheme: 'tcp',
      nowUs: () => desk.nowMs * 1_000,
      ...(wish.server ? { server: wish.server } : {}),
      ...(wish.onSession ? { onSession: wish.onSession } : {}),
    });
    desk.terminal = new EaTerminal({
      program,
      folder: join(desk.folder.path, 'terminal'),
      books: join(desk.folder.path, 'books'),
      epochMs: () => desk.nowMs,
      setup: [
        ['terminal', { chart: 'EURUSD', ...wish.terminal }],
        ['account', { 'margin-mode': 2, ...wish.account }],
        ...(wish.symbols ?? [{ name: 'EURUSD' }]).map((symbol) => ['symbol', symbol] as const),
      ],
      inputs: {
        Host: '127.0.0.1',
        Port: desk.server.endpoint.port,
        Tls: false,
        Account: idOf(0xacc),
        Key: 'ab'.repeat(32),
        QuotesEveryMs: 100,
        ...wish.inputs,
      },
    });
    if (!wish.idle) {
      await desk.live().catch(async (error: Error) => {
        await desk[Symbol.asyncDispose]();
        throw error;
      });
    }
    return desk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal.kill();
    await this.server[Symbol.asyncDispose]();
    await rm(this.folder.path, { recursive: true, force: true });
  }

  get nowMs(): number {
    return START_MS + (Date.now() - this.#originMs) + this.#skippedMs;
  }

  /** The newest session. */
  get session(): ScriptedServer {
    const session = this.server.sessions.at(-1);
    if (session === undefined) throw new Error('there was no session');
    return session;
  }

  price(bid = 1.1, ask = 1.1001, symbol = 'EURUSD'): void {
    this.terminal.say('quote', { symbol, bid, ask });
  }

  /** Time passes; the server's heartbeats come each second of it, where it is not to be silent. */
  async pass(ms: number, { silent = false } = {}): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      this.#skippedMs += step;
      this.terminal.say('skip', { ms: step });
      await this.terminal.pong();
      const session = this.server.sessions.at(-1);
      if (!silent && session && !session.closed && session.all('HELLO').length > 0) session.heartbeat();
      await wait(6);
    }
  }

  async live(): Promise<void> {
    const before = this.server.sessions.length;
    if (!this.terminal.running) await this.terminal.start();
    this.price();
    await this.until(() => this.server.sessions.length > before && this.session.all('SYMBOLS').length > 0, 'the EA is welcomed');
    await this.pass(SETTLING_MS);
    this.price();
    await this.until(() => this.session.all('QUOTES').length > 0, 'it tells prices');
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return this.terminal.until(condition, what);
  }

  /** Sends a signal that is valid for ten minutes; gives its id. */
  signal(change: Partial<SignalMessage> = {}, flags = 0): string {
    const number = ++this.#number;
    const id = change.id ?? idOf(number);
    this.price();
    this.session.say(
      signalMessage(id, {
        symbolId: 1,
        magic: (7n << 32n) | BigInt(number),
        volume: 0.1,
        validUntilMs: this.nowMs + 10 * MINUTE_MS,
        ...change,
      }),
      flags,
    );
    return id;
  }

  command(number: number, change: Partial<CommandMessage>): string {
    const id = idOf(number);
    this.session.say(commandMessage(id, change));
    return id;
  }

  /** The newest answer to a signal or command, once there are so many. */
  async result(id: string, count = 1): Promise<ResultMessage> {
    const all = (): readonly ResultMessage[] => this.server.sessions.flatMap((session) => session.results(id));
    await this.until(() => all().length >= count, `${count} answers to ${id}`);
    return all().at(-1) as ResultMessage;
  }

  async outcome(id: string): Promise<string> {
    return (await this.result(id)).outcome;
  }

  /** A position of ours of that volume. */
  async opened(change: Partial<SignalMessage> = {}): Promise<bigint> {
    const { position, outcome, sentence } = await this.result(this.signal(change));
    if (outcome !== 'EXECUTED') throw new Error(`it was ${outcome}: ${sentence}`);
    return position;
  }

  positions(): readonly (readonly [id: string, volume: number])[] {
    return this.terminal.book('position').map(({ ticket = '', volume }) => [ticket, Number(volume)]);
  }
}
