/**
 * The server's half of a suho-1 session, as the account's actor sees any session: what the EA says is translated into the
 * messages of suho-2, and of what the engine says a signal becomes a command and the rest is not sent, for there is no word
 * for it. What makes it safe:
 *
 * - A command goes at most once. `repeats` is false, so the actor sends nothing again that may have left before, and a number
 *   that went out in this session does not go out twice.
 * - An id means a symbol only by the table that the account's settings name. Without a table no quote is believed and no
 *   command leaves.
 * - Quotes count from their receipt. One that cannot be placed yet, because its symbol has no number in the ledger, is held
 *   for as long as a reference price may be old, and dropped after.
 */
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import { type EaSession, NO_INSTANCE, type OrderToCarry, type SessionPort, type Unfit } from './ea-session.js';
import type {
  Account1Message,
  BrokerSymbolRecord,
  Execution1Message,
  Frame1,
  Frame2,
  GoodbyeReason,
  Message1,
  Message2,
  Quote1Record,
  QuoteRecord,
  RefusedCode,
  SymbolsOkMessage,
} from './messages.js';
import { encodeFrame1 } from './suho-1.js';
import { commandOf, financeOf, quoteOf, resultOf, unfitFigures } from './suho-1-translation.js';

/** A command whose answer may still come. */
export interface OpenCommand {
  readonly signalId: string;
  readonly number: number;
  readonly volume: number;
}

export interface Suho1SessionOptions {
  readonly id: string;
  readonly epoch: number;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly port: SessionPort;
  /** How the EA presented its account; one session serves one account. */
  readonly account: Pick<Account1Message, 'login' | 'broker' | 'currency'>;
  /** Undefined: the account's settings name no table. */
  readonly symbols: readonly { readonly tableId: number; readonly record: BrokerSymbolRecord }[] | undefined;
  /** Sent in earlier sessions and not decided: an answer may come late. */
  readonly open: readonly OpenCommand[];
  /** Hands to the account's actor what the session itself has to say for its EA. */
  readonly tell: (frame: Frame2) => void;
}

/** The values of ticks of a quote currency do not move, but the engine believes none that is old. */
const DESCRIBED_EVERY_MS = 30_000;

function unnumbered(message: Frame2['message'], nowMs: number): Frame2 {
  return { profile: 2, flags: 0, seq: 0, ack: 0, timeUs: nowMs * 1_000, message };
}

export class Suho1Session implements EaSession {
  readonly id: string;
  readonly instance = NO_INSTANCE;
  readonly epoch: number;
  readonly startedMs: number;
  readonly pending = 0;
  readonly unacked = 0;
  readonly ackDueMs = undefined;
  readonly synchronisedSinceMs = undefined;
  readonly repeats = false;
  readonly tellsTrades = false;
  readonly #options: Suho1SessionOptions;
  readonly #tableIds: ReadonlyMap<string, number>;
  /** Table id → the ledger's number of that symbol. */
  readonly #symbolIds = new Map<number, number>();
  readonly #commands: Map<number, OpenCommand>;
  readonly #sent = new Set<number>();
  /** Newest quotes whose symbols have no number yet, by table id. */
  readonly #held = new Map<number, { readonly quote: Quote1Record; readonly heardMs: number }>();
  #open = true;
  #heardMs: number;
  #describedMs = 0;

  constructor(options: Suho1SessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.epoch = options.epoch;
    this.startedMs = options.clock.nowMs();
    this.#heardMs = this.startedMs;
    this.#tableIds = new Map((options.symbols ?? []).map(({ tableId, record }) => [record.brokerName, tableId]));
    this.#commands = new Map(options.open.map((command) => [command.number, command]));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get remoteAddress(): string {
    return this.#options.port.remoteAddress;
  }

  get dead(): boolean {
    return this.#nowMs() - this.#heardMs > LIMITS.session.silenceSuho1Ms;
  }

  unfit(order: OrderToCarry): Unfit | undefined {
    const { kind, symbol } = order;
    if (this.#options.symbols === undefined) return { reason: 'suho1-table-missing', figures: { symbol } };
    if (!this.#tableIds.has(symbol)) return { reason: 'suho1-symbol-missing', figures: { symbol } };
    if (kind === 'CLOSE') return { reason: 'suho1-close-without-ticket', figures: { symbol } };
    return unfitFigures(order);
  }

  /** What an EA of suho-2 would send first. */
  welcome(): void {
    this.#describe();
  }

  send(message: Message2): boolean {
    if (!this.#open) return false;
    if (message.kind === 'SYMBOLS_OK') this.#number(message);
    if (message.kind !== 'SIGNAL') return true;
    const tableId = this.#tableIds.get(message.brokerName);
    const command = tableId === undefined ? undefined : commandOf(message, tableId);
    if (command === undefined || this.#sent.has(command.id)) return false;
    this.#sent.add(command.id);
    this.#commands.set(command.id, { signalId: message.id, number: command.id, volume: message.volume });
    return this.#write(command);
  }

  /** Translates what the EA says; `heardMs` is when it came. */
  hear({ message }: Frame1, heardMs = this.#nowMs()): readonly Frame2[] {
    if (!this.#open) return [];
    this.#heardMs = Math.max(this.#heardMs, heardMs);
    switch (message.kind) {
      case 'QUOTES_1':
        return this.#quotes(message.quotes, heardMs);
      case 'ACCOUNT_1':
        return this.#account(message);
      case 'EXECUTION_1':
        return this.#execution(message);
      default:
        return [];
    }
  }

  accept(): boolean {
    return this.#open;
  }

  durable(): void {}

  beat(): void {
    this.#write({ kind: 'HEARTBEAT_1' });
    if (this.#open && this.#nowMs() - this.#describedMs >= DESCRIBED_EVERY_MS) this.#describe();
  }

  goodbye(reason: GoodbyeReason, sentence: string): void {
    this.#end(`${reason}: ${sentence}`);
  }

  refuse(code: RefusedCode, sentence: string): void {
    this.#end(`${code}: ${sentence}`);
  }

  lost(): void {
    this.#open = false;
  }

  #describe(): void {
    const { symbols } = this.#options;
    if (symbols === undefined) return;
    this.#describedMs = this.#nowMs();
    const records = symbols.map(({ record }) => record);
    this.#options.tell(unnumbered({ kind: 'SYMBOLS', query: 0, page: 0, last: true, symbols: records }, this.#describedMs));
  }

  /** The ledger has numbered symbols: what was held of them can be told. */
  #number({ symbols }: SymbolsOkMessage): void {
    for (const { brokerName, symbolId } of symbols) {
      const tableId = this.#tableIds.get(brokerName);
      if (tableId !== undefined) this.#symbolIds.set(tableId, symbolId);
    }
    const quotes: QuoteRecord[] = [];
    for (const [tableId, { quote, heardMs }] of this.#held) {
      const symbolId = this.#symbolIds.get(tableId);
      if (symbolId === undefined) continue;
      this.#held.delete(tableId);
      if (this.#nowMs() - heardMs <= LIMITS.quote.referenceMs) quotes.push(quoteOf(quote, symbolId));
    }
    if (quotes.length > 0) this.#options.tell(unnumbered({ kind: 'QUOTES', quotes }, this.#nowMs()));
  }

  #quotes(told: readonly Quote1Record[], heardMs: number): readonly Frame2[] {
    const known = new Set(this.#tableIds.values());
    const fresh = this.#nowMs() - heardMs <= LIMITS.quote.referenceMs;
    const quotes: QuoteRecord[] = [];
    for (const quote of told) {
      const symbolId = this.#symbolIds.get(quote.symbolId);
      if (symbolId !== undefined && fresh) quotes.push(quoteOf(quote, symbolId));
      else if (fresh && known.has(quote.symbolId)) this.#held.set(quote.symbolId, { quote, heardMs });
    }
    return quotes.length === 0 ? [] : [unnumbered({ kind: 'QUOTES', quotes }, heardMs)];
  }

  /** The key is bound to one account at the broker; a terminal that logs in to another starts anew. */
  #account(message: Account1Message): readonly Frame2[] {
    const { login, broker, currency } = this.#options.account;
    if (message.login !== login || message.broker !== broker || message.currency !== currency) {
      this.refuse('BOUND_ELSEWHERE', 'The terminal has changed its account; connect again.');
      return [];
    }
    return [unnumbered(financeOf(message), this.#nowMs())];
  }

  #execution(message: Execution1Message): readonly Frame2[] {
    const command = this.#commands.get(message.id);
    if (command === undefined) return [];
    const nowMs = this.#nowMs();
    return [unnumbered(resultOf(message, command.signalId, command.volume, nowMs), nowMs)];
  }

  #write(message: Message1): boolean {
    if (!this.#open) return false;
    if (this.#options.port.outboxBytes > LIMITS.session.outbox) {
      this.goodbye('SLOW_READER', 'You do not read what you are sent.');
      return false;
    }
    const bytes = encodeFrame1({ profile: 1, time: BigInt(this.#nowMs()), message });
    if (!(bytes instanceof Uint8Array)) return false;
    this.#options.port.write(bytes);
    return true;
  }

  #end(sentence: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.port.end(sentence);
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}
