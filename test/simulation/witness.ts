/** What a world sees that neither the ledger nor the brokers keep: what left a node, and what a broker held at once. */
import type { CommandMessage, SignalMessage } from '../../src/protocol/messages.js';
import type { KeptMessage } from '../../src/ea-sim/record.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { MemoryTables } from '../../src/storage/ledger/memory/memory-tables.js';
import { keyOf } from '../../src/storage/ledger/memory/row-keys.js';
import type { HeldMost, LeftFrame, Opening } from './evidence.js';
import type { ClusterWorld } from './cluster-world.js';
import type { NodeProcess } from './simulated-node.js';
import type { SimulatedEa } from './simulated-ea.js';

export class Witness {
  readonly frames: LeftFrame[] = [];
  readonly openings: Opening[] = [];
  /** What an EA was acked for, and was no row at that instant. */
  readonly ackedInVain: string[] = [];
  readonly #held = new Map<string, HeldMost>();

  constructor(
    readonly world: ClusterWorld,
    readonly tables: MemoryTables,
  ) {}

  get held(): readonly HeldMost[] {
    return [...this.#held.values()];
  }

  watch(ea: SimulatedEa): void {
    ea.broker.onTrade((event) => {
      if (event.kind === 'deal' && event.deal.entry !== 'OUT') this.world.moments.came('fill', ea);
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
    });
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
  #counted({ accountId, broker }: SimulatedEa, isOf: (symbol: string) => boolean): number {
    const base = BigInt(this.tables.accounts.get(accountId)?.magicBase ?? 0) << 32n;
    const mine = this.tables.signals
      .values()
      .filter((row) => row.accountId === accountId && row.kind === 'OPEN' && isOf(row.symbol));
    const undecided = mine.filter(({ state }) => isUndecided(state)).map(({ seq }) => base | BigInt(seq));
    const held = [...broker.book.positions.values()].filter(({ symbol, magic }) => isOf(symbol) && !undecided.includes(magic));
    return undecided.length + held.length;
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
