/**
 * A node as an operator runs it, a process with its database on disk and its own certificate, and the EA's own code in terminals
 * that trade with it over TLS; each terminal has a broker of its own, at the prices of the node's market.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { books, end, type RunningNode, startNode } from '../../load-tests/node-kill.js';
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import { callNode } from '../../src/admin/control.js';
import { newDemoMarket } from '../../src/demo/demo-market.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { BodyReader } from '../../src/protocol/body-reader.js';
import { readBody2 } from '../../src/protocol/generated/bodies.js';
import type { CommandMessage, SignalMessage } from '../../src/protocol/messages.js';
import { ScaledClock, systemClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { isUndecided } from '../../src/signals/signal.js';
import { builtEa } from './ea-build.js';
import { type BookRow, EaTerminal, readBook } from './ea-terminal.js';
import { freePort } from './free-port.js';
import { emptyFolder, ledgerFolder, type TestFolder } from './ledger-folder.js';

const SPEED = 30;
const PUMP_MS = 10;
const HEADER_BYTES = 40;
const TYPES_READ = new Set([0x30, 0x33]);

/** What a symbol is at this broker. */
function symbolWords({ symbol, base, quote, digits, contractSize }: (typeof INSTRUMENTS)[number]) {
  const metal = base === 'XAU';
  const words = { base, profit: quote, margin: metal ? quote : base, digits, ticksize: 10 ** -digits, contract: contractSize };
  return { name: `${symbol}.m`, ...words, calc: metal ? 4 : 0 };
}

export class EaNode implements AsyncDisposable {
  issued: readonly IssuedAccount[] = [];
  terminals: readonly EaTerminal[] = [];
  #node!: RunningNode;
  #clock!: ScaledClock;
  #market;
  /** The node's clock stands while it is dead: its market is behind by as much, and the broker's prices with it. */
  #offsetMs = 0;
  #stopPump = (): void => {};

  private constructor(
    readonly folder: TestFolder,
    /** Of terminals, brokers and backups. */
    readonly outside: TestFolder,
    readonly port: number,
    readonly seed: number,
  ) {
    this.#market = newDemoMarket(seed);
  }

  /** One account on a hedging and one on a netting broker, both connected. */
  static async open(): Promise<EaNode> {
    const world = new EaNode(await ledgerFolder(), await emptyFolder(), await freePort(), seededRandom('node').int(1e6));
    try {
      await world.#begin();
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  async #begin(): Promise<void> {
    const { data, port, outside } = this;
    const program = await builtEa();
    this.#node = startNode(data, port, this.seed, SPEED);
    const engineMs = (await this.#node.ready) ?? Number.NaN;
    assert.ok(engineMs > 0, 'it starts');
    const clock = new ScaledClock(engineMs, SPEED);
    this.#clock = clock;
    const answer = await callNode<readonly IssuedAccount[]>(data, 'account.add', { tenant: 'northwind', count: 2, mode: 'demo' });
    this.issued = answer?.result ?? [];
    this.terminals = this.issued.map(
      ({ account, key }, at) =>
        new EaTerminal({
          program,
          folder: join(outside.path, `terminal-${at}`),
          books: join(outside.path, `books-${at}`),
          epochMs: () => clock.nowMs(),
          setup: [
            ['terminal', { ca: join(data, 'development-cert.pem'), chart: 'EURUSD.m', speed: SPEED }],
            ['account', { 'margin-mode': at === 0 ? 2 : 0, login: 9_000 + at, balance: 100_000 }],
            ...INSTRUMENTS.map((instrument) => ['symbol', symbolWords(instrument)] as const),
          ],
          inputs: { Host: '127.0.0.1', Port: port, Tls: true, Account: account, Key: key, QuotesEveryMs: 200, MaxPositions: 0 },
        }),
    );
    this.#stopPump = systemClock.every(PUMP_MS, () => this.#pump());
    for (const terminal of this.terminals) await terminal.start();
  }

  get data(): string {
    return this.folder.path;
  }

  #pump(): void {
    const market = this.#market;
    market.advanceTo(this.#clock.nowMs() + this.#offsetMs, (symbol) => {
      const truth = market.truth(symbol);
      if (truth !== undefined) for (const terminal of this.terminals) terminal.say('quote', { symbol: `${symbol}.m`, ...truth });
    });
  }

  end(signal: NodeJS.Signals): Promise<void> {
    return end(this.#node, signal);
  }

  /** The node again, over what its folder holds now; the brokers' prices follow its market, back too. */
  async restart(): Promise<void> {
    this.#node = startNode(this.data, this.port, this.seed, SPEED);
    const at = await this.#node.ready;
    assert.ok(at !== undefined, 'it starts again');
    const offsetMs = at - this.#clock.nowMs();
    if (offsetMs < this.#offsetMs) {
      const market = newDemoMarket(this.seed);
      market.advanceTo(at, () => {});
      this.#market = market;
    }
    this.#offsetMs = offsetMs;
  }

  /** Until something holds of all that happens, or so long has passed. */
  async until(condition: () => boolean, withinMs = 90_000): Promise<boolean> {
    for (const endMs = Date.now() + withinMs; !condition() && Date.now() < endMs; ) await wait(20);
    return condition();
  }

  book(at: number): readonly BookRow[] {
    return readBook(join(this.outside.path, `books-${at}`));
  }

  /** By the account's signal number: the orders that opened something at this broker. */
  opened(at: number): ReadonlyMap<number, ReadonlySet<string>> {
    const orders = new Map<number, Set<string>>();
    for (const { kind, magic = '0', entry, order = '' } of this.book(at)) {
      if (kind !== 'deal' || magic === '0' || entry !== '0') continue;
      const seq = Number(BigInt(magic) & 0xffff_ffffn);
      orders.set(seq, (orders.get(seq) ?? new Set()).add(order));
    }
    return orders;
  }

  get filled(): number {
    return this.issued.reduce((sum, _, at) => sum + this.opened(at).size, 0);
  }

  /** What came to this EA, in that order, as its record on disk has it. */
  record(at: number): readonly (SignalMessage | CommandMessage)[] {
    const folder = this.terminals[at]?.files ?? '';
    const name = readdirSync(folder).find((file) => file.endsWith('.record'));
    const bytes = name === undefined ? Buffer.alloc(0) : readFileSync(join(folder, name));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const came: (SignalMessage | CommandMessage)[] = [];
    for (let start = 0; start + HEADER_BYTES <= bytes.length; ) {
      const next = start + HEADER_BYTES + view.getUint32(start + 8, true);
      const type = view.getUint8(start + 6);
      if (TYPES_READ.has(type) && next <= bytes.length) {
        const reader = new BodyReader();
        reader.open(view, start, start + HEADER_BYTES, next);
        came.push(readBody2(type, reader) as SignalMessage | CommandMessage);
      }
      start = next;
    }
    return came;
  }

  /**
   * No new signals, and prices stand still, so that no stop fills while the node is away; what is under way comes to its end. The
   * node is stopped then, and its ledger told.
   */
  async settled(): ReturnType<typeof books> {
    this.#stopPump();
    for (const { account } of this.issued) await callNode(this.data, 'account.mode', { id: account, mode: 'observe' });
    const own = new Set(this.issued.map(({ account }) => account));
    for (let round = 0; ; round++) {
      await wait(8_000);
      await this.end('SIGTERM');
      const after = await books(this.data);
      if (round === 5 || !after.signals.some(({ accountId, state }) => own.has(accountId) && isUndecided(state))) return after;
      await this.restart();
    }
  }

  tail(): string {
    return this.terminals.map((terminal) => terminal.tail()).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopPump();
    for (const terminal of this.terminals) await terminal.kill();
    if (this.#node !== undefined && this.#node.child.exitCode === null && this.#node.child.signalCode === null)
      await this.end('SIGTERM');
    for (const folder of [this.folder, this.outside]) await folder[Symbol.asyncDispose]();
  }
}
