/** What a world sees that neither the ledger nor the brokers keep: what left a node, and what a broker held at once. */
import type { CommandMessage, SignalMessage } from '../../src/protocol/messages.js';
import type { KeptMessage } from '../../src/ea-sim/record.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { MemoryTables } from '../../src/storage/ledger/memory/memory-tables.js';
import { keyOf } from '../../src/storage/ledger/memory/row-keys.js';
import type { Position } from '../../src/ea-sim/trading-book.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { type BookMoment, RecentBooks } from './recent-books.js';
import type { HeldMost, LeftFrame, Opening } from './evidence.js';
import type { ClusterWorld } from './cluster-world.js';
import type { NodeProcess } from './simulated-node.js';
import type { SimulatedEa } from './simulated-ea.js';

const LOOK_MS = 5_000;

type Exposed = Pick<Position, 'symbol' | 'side' | 'volume'>;

export class Witness {
  readonly frames: LeftFrame[] = [];
  readonly openings: Opening[] = [];
  /** What an EA was acked for, and was no row at that instant. */
  readonly ackedInVain: string[] = [];
  readonly #held = new Map<string, HeldMost>();
  readonly #books = new Map<SimulatedEa, RecentBooks>();

  constructor(
    readonly world: ClusterWorld,
    readonly tables: MemoryTables,
  ) {}

  get held(): readonly HeldMost[] {
    return [...this.#held.values()];
  }

  watch(ea: SimulatedEa): void {
    const books = new RecentBooks();
    this.#books.set(ea, books);
    this.world.clock.every(LOOK_MS, () => books.note(ea.broker, this.world.clock.nowMs()));
    ea.broker.onTrade((event) => {
      if (event.kind === 'deal' && event.deal.entry !== 'OUT') this.world.moments.came('fill', ea);
      books.note(ea.broker, this.world.clock.nowMs());
      const positions = ea.broker.book.positions.size;
      if (positions <= (this.#held.get(ea.accountId)?.positions ?? 0)) return;
      this.#held.set(ea.accountId, { accountId: ea.accountId, positions, atMs: this.world.clock.nowMs() });
    });
  }

  left(
    ea: SimulatedEa,
    { node, life }: NodeProcess,
    epoch: number,
    message: SignalMessage | CommandMessage,
    isNew: boolean,
  ): void {
    const { kind, id } = message;
    const { accountId } = ea;
    const atMs = this.world.clock.nowMs();
    const signal = this.tables.signals.has(id);
    // A question of the server's own (history, snapshot) is asked and not kept, and closes travel as commands under the id of their signal.
    const kept = signal || this.tables.commands.has(keyOf(accountId, id)) || (kind === 'COMMAND' && !TRACKED.has(message.action));
    this.frames.push({ kind, accountId, node: node.name, life, epoch, id, committed: kept, atMs });
    if (message.kind === 'COMMAND') return this.world.moments.came('command', ea, node);
    if (isNew) this.#opening(ea, message);
    this.world.operator.signalLeft(ea);
    this.world.moments.came('signal', ea, node);
  }

  /** An ack says "kept": what was told must be a row by then. */
  acked({ accountId }: SimulatedEa, message: KeptMessage): void {
    const { deals, executions, signals, accounts } = this.tables;
    if (message.kind === 'TRADE') {
      const isOurs = message.tradeKind === 'DEAL' && message.magic >> 32n === BigInt(accounts.get(accountId)?.magicBase ?? 0);
      if (isOurs && !deals.has(keyOf(accountId, String(message.deal))))
        this.ackedInVain.push(`deal ${message.deal} of ${accountId}`);
    } else if (message.subject === 'SIGNAL' && signals.has(message.id)) {
      const { id, attempt, outcome } = message;
      if (!executions.has(keyOf(accountId, id, attempt, outcome))) this.ackedInVain.push(`result ${outcome} of ${id}`);
    }
  }

  #opening(ea: SimulatedEa, { id, magic, brokerName, side, volume, stopLoss, entryLow, entryHigh }: SignalMessage): void {
    const { broker, accountId } = ea;
    const symbol = broker.terms.symbols.find(({ name }) => name === brokerName);
    if (symbol === undefined) return;
    const distance = side === 'BUY' ? entryHigh - stopLoss : stopLoss - entryLow;
    this.openings.push({
      accountId,
      id,
      magic,
      symbol: symbol.canonical,
      side,
      equity: broker.account().equity,
      volume,
      distance,
      contractSize: symbol.contractSize,
      rate: this.#rate(symbol.profitCurrency, broker.terms.currency),
      counted: this.#counted(ea, () => true),
      countedOfSymbol: this.#counted(ea, (name) => name === symbol.name || name === symbol.canonical),
      leverage: this.#leverage(ea, symbol.name, volume),
      exposurePercent: this.#exposurePercent(ea, { id, symbol: symbol.canonical, side, volume }),
      dayLossPercent: this.#lately(ea, ({ dayLossPercent }) => dayLossPercent),
    });
  }

  #lately(ea: SimulatedEa, figure: (moment: BookMoment) => number): number {
    this.#books.get(ea)?.note(ea.broker, this.world.clock.nowMs());
    return this.#books.get(ea)?.least(figure) ?? 0;
  }

  /** Beside what the broker holds, signals count that may still be executed or may have been, once each. */
  #exposurePercent(ea: SimulatedEa, { id, ...own }: Exposed & { readonly id: string }): number {
    const { terms } = ea.broker;
    const undecided = this.#undecided(ea);
    const coming = undecided
      .filter((row) => row.id !== id)
      .map(({ symbol, direction, volume }) => ({ symbol, side: direction, volume }));
    const magics = new Set(undecided.map((row) => this.#magicOf(row)));
    const canonical = new Map(terms.symbols.map((symbol) => [symbol.name, symbol.canonical]));
    return this.#lately(ea, ({ positions, equity }) => {
      const held = positions
        .filter(({ magic }) => !magics.has(magic))
        .map(({ symbol, side, volume }) => ({ symbol: canonical.get(symbol) ?? symbol, side, volume }));
      const percents = [own.symbol.slice(0, 3), own.symbol.slice(3)].map((currency) => {
        const before = this.#net(ea, currency, [...held, ...coming]);
        const then = Math.abs(before + this.#net(ea, currency, [own]));
        // What brings a currency nearer to nothing is never too much of it.
        return then > Math.abs(before) ? (100 * then) / equity : 0;
      });
      return Math.max(...percents);
    });
  }

  /** Bought is above 0, sold below, in the account's currency. */
  #net({ broker: { terms } }: SimulatedEa, currency: string, all: readonly Exposed[]): number {
    return all.reduce((net, { symbol, side, volume }) => {
      const of = terms.symbols.find(({ canonical }) => canonical === symbol);
      const [base, profit] = [symbol.slice(0, 3), symbol.slice(3)];
      if (of === undefined || (base !== currency && profit !== currency)) return net;
      const worth = volume * of.contractSize * this.#rate(base, terms.currency);
      return net + ((side === 'BUY') === (base === currency) ? worth : -worth);
    }, 0);
  }

  /** Worth of what the broker holds and of the volume of this symbol, as a multiple of equity. */
  #leverage({ broker }: SimulatedEa, brokerName: string, volume: number): number {
    const { terms, book } = broker;
    const all = [...book.positions.values(), { symbol: brokerName, volume }];
    const worth = all.reduce((sum, held) => {
      const symbol = terms.symbols.find(({ name }) => name === held.symbol);
      return symbol === undefined
        ? sum
        : sum + held.volume * symbol.contractSize * this.#rate(symbol.canonical.slice(0, 3), terms.currency);
    }, 0);
    return worth / broker.account().equity;
  }

  /** What counts against the limit of positions: what the broker holds, and what may still be executed or may have been. */
  #counted(ea: SimulatedEa, isOf: (symbol: string) => boolean): number {
    const undecided = this.#undecided(ea)
      .filter(({ symbol }) => isOf(symbol))
      .map((row) => this.#magicOf(row));
    const positions = [...ea.broker.book.positions.values()];
    return undecided.length + positions.filter(({ symbol, magic }) => isOf(symbol) && !undecided.includes(magic)).length;
  }

  #undecided({ accountId }: SimulatedEa): readonly SignalRow[] {
    const rows = this.tables.signals.values();
    return [...rows.filter((row) => row.accountId === accountId && row.kind === 'OPEN' && isUndecided(row.state))];
  }

  #magicOf({ accountId, seq }: SignalRow): bigint {
    return (BigInt(this.tables.accounts.get(accountId)?.magicBase ?? 0) << 32n) | BigInt(seq);
  }

  /** What one unit of a currency is worth in another, over the dollar where no pair has both. */
  #rate(from: string, to: string): number {
    if (from === to) return 1;
    const mid = (pair: string): number | undefined => {
      const quote = this.world.prices.quote(pair);
      return quote && (quote.bid + quote.ask) / 2;
    };
    const direct = mid(`${from}${to}`);
    if (direct !== undefined) return direct;
    const inverse = mid(`${to}${from}`);
    if (inverse !== undefined) return 1 / inverse;
    return from === 'USD' || to === 'USD' ? Number.NaN : this.#rate(from, 'USD') * this.#rate('USD', to);
  }
}

const TRACKED: ReadonlySet<string> = new Set(['CLOSE_POSITION', 'CLOSE_ALL', 'MODIFY', 'CANCEL_SIGNAL', 'RECONNECT']);
