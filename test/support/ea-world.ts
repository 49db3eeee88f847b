/**
 * The EA's own code in its terminal, and a node with the real door, gateway, actors and ledger, with a line between them that
 * the test can cut. Both clocks run at the machine's pace; `pass` moves both on together, in steps that sessions live through.
 */
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { AccountWish, Asked, CommandAnswer } from '../../src/accounts/commands.js';
import { type Cancel, systemClock } from '../../src/runtime/clock.js';
import type { Decision } from '../../src/signals/signal.js';
import type { CommandRow, CommandState } from '../../src/storage/ledger/commands.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { builtEa } from './ea-build.js';
import { EaTerminal, readBook, type BookRow, type Words } from './ea-terminal.js';
import { emptyFolder, type TestFolder } from './ledger-folder.js';
import { type TestAccount, TestNode, testCertificate } from './node.js';

const PUMP_MS = 5;
const STEP_MS = 500;
/** The EA trusts what its terminal says of history only once it has been connected for a while. */
const SETTLING_MS = 3_500;

export const TYPES = {
  HELLO: 0x01,
  WELCOME: 0x02,
  HEARTBEAT: 0x04,
  FINANCE: 0x10,
  QUOTES: 0x11,
  TRADE: 0x12,
  RESULT: 0x13,
  SNAPSHOT: 0x14,
  HISTORY: 0x15,
  SYMBOLS: 0x16,
  SIGNAL: 0x30,
  RISK: 0x31,
  SETTINGS: 0x32,
  COMMAND: 0x33,
  SYMBOLS_OK: 0x34,
} as const;

/** `Omit` of each member of a union. */
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface WorldWish {
  readonly netting?: boolean;
  readonly tls?: boolean;
  readonly mode?: 'observe' | 'demo';
  readonly symbol?: Words;
  readonly account?: Words;
  readonly terminal?: Words;
  readonly inputs?: Words;
  /** Not started: the test does. */
  readonly idle?: boolean;
}

/** The line: its port stays, whichever node answers behind it. */
class Line {
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server: Server;
  #port = 0;
  #target = 0;
  #up = true;
  opened = 0;

  constructor() {
    this.#server = createServer((near) => {
      near.on('error', () => {});
      if (!this.#up) return void near.resetAndDestroy();
      this.opened += 1;
      const far = connect({ host: '127.0.0.1', port: this.#target });
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      far.on('error', () => near.destroy());
      near.on('close', () => {
        far.destroy();
        this.#pairs.delete(pair);
      });
      far.on('close', () => near.destroy());
      near.setNoDelay(true);
      far.setNoDelay(true);
      near.pipe(far);
      far.pipe(near);
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  get port(): number {
    return this.#port;
  }

  leadTo(port: number): void {
    this.#target = port;
  }

  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  set up(up: boolean) {
    this.#up = up;
    if (!up) this.cut();
  }

  close(): void {
    this.#up = false;
    this.cut();
    this.#server.close();
  }
}

export class EaWorld implements AsyncDisposable {
  node!: TestNode;
  account!: TestAccount;
  readonly terminals: EaTerminal[] = [];
  readonly line = new Line();
  bid = 1.1;
  ask = 1.1001;
  #stopPump: Cancel = () => {};
  #skippedMs = 0;
  #startedMs = 0;
  #nodeOriginMs = 0;
  #closes = 0;

  private constructor(
    readonly wish: WorldWish,
    readonly folder: TestFolder,
    readonly program: string,
  ) {}

  static async open(wish: WorldWish = {}): Promise<EaWorld> {
    const world = new EaWorld(wish, await emptyFolder(), await builtEa());
    await world.line.open();
    world.node = await TestNode.open(wish.tls ? { tls: true } : {});
    world.account = await world.node.addAccount({ mode: wish.mode ?? 'demo' });
    if (wish.tls) writeFileSync(world.caFile, (await testCertificate()).cert);
    world.#run();
    world.line.leadTo(world.node.port(wish.tls ? 'tls' : 'tcp'));
    await world.addTerminal();
    if (!wish.idle) {
      await world.live().catch(async (error: Error) => {
        await world[Symbol.asyncDispose]();
        throw error;
      });
    }
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopPump();
    for (const terminal of this.terminals) await terminal.kill();
    this.line.close();
    await this.node[Symbol.asyncDispose]();
    await rm(this.folder.path, { recursive: true, force: true });
  }

  get ea(): EaTerminal {
    return this.terminals[0] as EaTerminal;
  }

  get caFile(): string {
    return join(this.folder.path, 'ca.pem');
  }

  get books(): string {
    return join(this.folder.path, 'books');
  }

  /** One more terminal with the same key, on the same account of the same broker. */
  async addTerminal(): Promise<EaTerminal> {
    const { wish } = this;
    const terminal = new EaTerminal({
      program: this.program,
      folder: join(this.folder.path, `terminal-${this.terminals.length + 1}`),
      books: this.books,
      epochMs: () => this.node.nowMs,
      setup: [
        ['terminal', { ca: this.caFile, chart: 'EURUSD.m', ...wish.terminal }],
        ...(this.terminals.length === 0
          ? ([
              ['account', { 'margin-mode': wish.netting ? 0 : 2, ...wish.account }],
              ['symbol', { name: 'EURUSD.m', ...wish.symbol }],
            ] as const)
          : []),
      ],
      inputs: {
        Host: '127.0.0.1',
        Port: this.line.port,
        Tls: wish.tls ?? false,
        Account: this.account.id,
        Key: this.account.key,
        QuotesEveryMs: 100,
        ...wish.inputs,
      },
    });
    this.terminals.push(terminal);
    return terminal;
  }

  #run(): void {
    this.#startedMs = Date.now();
    this.#nodeOriginMs = this.node.nowMs;
    this.#skippedMs = 0;
    this.#stopPump = systemClock.every(PUMP_MS, () => this.#tick());
  }

  #tick(): void {
    this.node.clock.advanceTo(this.#nodeOriginMs + (Date.now() - this.#startedMs) + this.#skippedMs);
  }

  /** Time passes, for the node and its EAs alike. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      this.#skippedMs += step;
      this.#tick();
      for (const terminal of this.terminals) terminal.say('skip', { ms: step });
      await Promise.all(this.terminals.filter(({ running }) => running).map((terminal) => terminal.pong()));
      await wait(4);
    }
  }

  /** A price at the broker, and the reference beside it. */
  price(bid = this.bid, ask = this.ask): void {
    this.bid = bid;
    this.ask = ask;
    this.node.post('EURUSD', bid, ask);
    for (const terminal of this.terminals) terminal.say('quote', { symbol: 'EURUSD.m', bid, ask });
  }

  /** Welcomed, numbered, priced, and in step with its broker for long enough. */
  async live(terminal: EaTerminal = this.ea, then?: () => void): Promise<void> {
    const [welcomes, quotes] = [terminal.frames('received', TYPES.WELCOME), terminal.frames('sent', TYPES.QUOTES)];
    if (!terminal.running) await terminal.start(then);
    this.price();
    await terminal.until(() => terminal.frames('received', TYPES.WELCOME) > welcomes, 'the EA is welcomed');
    await terminal.until(() => terminal.frames('received', TYPES.SYMBOLS_OK) > 0, 'its symbols are numbered');
    await this.pass(SETTLING_MS);
    this.price();
    await terminal.until(() => terminal.frames('sent', TYPES.QUOTES) > quotes, 'it tells prices');
    await this.quiet();
  }

  /** Until what is under way between both has come to its end. */
  async quiet(): Promise<void> {
    for (let calm = 0, heard = -1; calm < 3; ) {
      await wait(15);
      await this.node.rest();
      calm = this.node.heard === heard ? calm + 1 : 0;
      heard = this.node.heard;
    }
  }

  /** A decision of the tenant for this account. */
  async decide(change: Partial<Decision> = {}): Promise<void> {
    this.price();
    await this.pass(300);
    await this.quiet();
    this.price();
    const decision = this.node.decision({ closeTime: this.node.nowMs + this.#closes++, ...change });
    // A node at which the account has had no session yet knows nobody to tell.
    if (this.node.hasAccount(this.account)) this.node.account(this.account).tell({ kind: 'decision', timed: { decision } });
    await this.node.rest();
  }

  /** A wish of the operator's, as the engine makes a command of it. */
  async command(wish: DistributedOmit<AccountWish, keyof Asked>): Promise<CommandRow> {
    const asked = { reason: 'the test wants it', askedBy: 'operator', cause: `test ${this.#closes++}` } as const;
    const answer = await new Promise<CommandAnswer>((answered) => {
      this.node.account(this.account).tell({ kind: 'command', wish: { ...asked, ...wish } as AccountWish, answered });
    });
    if (answer.kind !== 'asked') throw new Error(`it is refused: ${answer.sentence}`);
    return answer.command;
  }

  /** Once the command has come to that state. */
  async commanded({ id }: CommandRow, state: CommandState): Promise<void> {
    const rows = async (): Promise<readonly CommandRow[]> => (await this.node.ledger.listCommands()).rows;
    await this.ea.until(
      async () => (await rows()).some((row) => row.id === id && row.state === state),
      `the command becomes ${state}`,
    );
  }

  async signals(): Promise<readonly SignalRow[]> {
    return this.node.signals();
  }

  /** The newest signal, once it is in that state. */
  async becomes(state: SignalRow['state'], withinMs = 10_000): Promise<SignalRow> {
    const newest = async (): Promise<SignalRow | undefined> => [...(await this.signals())].sort((a, b) => b.seq - a.seq)[0];
    await this.ea
      .until(async () => (await newest())?.state === state, `the signal becomes ${state}`, withinMs)
      .catch(async (error: Error) => {
        const { state: is, reason } = ((await newest()) ?? {}) as { state?: string; reason?: string };
        throw new Error(`${error.message}\nit is ${is} ${reason ?? ''}; refused: ${JSON.stringify(await this.node.refusals())}`);
      });
    return (await newest()) as SignalRow;
  }

  /** The node is gone without a word, and another starts over its ledger. */
  async killNode(): Promise<void> {
    this.line.up = false;
    this.#stopPump();
    const old = this.node;
    await old[Symbol.asyncDispose]();
    this.node = await TestNode.open({ after: old, ...(this.wish.tls ? { tls: true } : {}) });
    this.#run();
    this.line.leadTo(this.node.port(this.wish.tls ? 'tls' : 'tcp'));
    this.line.up = true;
  }

  book(kind: string): readonly BookRow[] {
    return readBook(this.books).filter((row) => row.kind === kind);
  }

  /** By magic: the orders that opened something at the broker. The oracle of "at most once". */
  opened(): ReadonlyMap<string, ReadonlySet<string>> {
    const orders = new Map<string, Set<string>>();
    for (const deal of this.book('deal')) {
      const { magic = '0', order = '', entry } = deal;
      if (magic === '0' || entry !== '0') continue;
      orders.set(magic, (orders.get(magic) ?? new Set()).add(order));
    }
    return orders;
  }
}
