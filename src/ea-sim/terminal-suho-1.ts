/**
 * A terminal with an EA of the field, profile suho-1: commands come over a WebSocket that the key opened, each is executed
 * once and answered once, prices and the account go out as a stream. It has no numbers, no acks and no reconciling: what
 * the broker leaves open is answered with its code, and what was executed while the line was down stays unsaid.
 */
import {
  type Command1Message,
  type Execution1Message,
  type Frame1,
  type Message1,
  type Quote1Record,
  QUOTES_1_MOST,
  SYMBOL_TABLES_1,
  type SymbolTable1,
} from '../protocol/messages.js';
import type { Cancel } from '../runtime/clock.js';
import { BARRED_MS } from './backoff.js';
import { Broker, type DealRequest, type TradeAnswer } from './broker.js';
import type { BrokerSymbol } from './broker-terms.js';
import { CodecSuho1 } from './codec.js';
import type { Connection } from './connection.js';
import { Dialer } from './dialer.js';
import { delayToEaTurn } from './instants.js';
import type { SignalSummary } from './record.js';
import { meaningOf } from './retcode.js';
import type { SimulatedTerminal, TerminalOptions } from './terminal.js';

/** Decimals that suho-1 carries: what the broker knows finer is rounded here, as such an EA does. */
const PRICE_DECIMALS = 5;
const MONEY_DECIMALS = 2;

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

const QUOTES_EVERY_MS = 1_000;
const HEARTBEAT_EVERY_MS = 5_000;
const ACCOUNT_EVERY_MS = 30_000;
const DEVIATION_POINTS = 20;

interface Taken {
  readonly command: Command1Message;
  answer: TradeAnswer | undefined;
}

export type TerminalSuho1Options = Omit<TerminalOptions, 'records' | 'faults'> & { readonly table?: SymbolTable1 };

export class TerminalSuho1 implements SimulatedTerminal {
  readonly broker: Broker;
  sessions = 0;
  repeats = 0;
  refusal: string | undefined;
  hungUpBecause: string | undefined;
  readonly #options: TerminalSuho1Options;
  readonly #dialer: Dialer<Frame1, Frame1>;
  readonly #symbols = new Map<number, BrokerSymbol>();
  readonly #taken = new Map<number, Taken>();
  readonly #told = new Map<number, string>();
  #inbox: Command1Message[] = [];
  #connection: Connection<Frame1, Frame1> | undefined;
  #openedMs = 0;
  #turn: Cancel | undefined;
  #due = { quotes: 0, heartbeat: 0, account: 0 };

  constructor(options: TerminalSuho1Options) {
    this.#options = options;
    this.broker = new Broker({ ...options, random: options.random.fork('broker') });
    for (const [id, canonical] of Object.entries(SYMBOL_TABLES_1[options.table ?? 'current'])) {
      const symbol = options.terms.symbols.find((offered) => offered.canonical === canonical);
      if (symbol) this.#symbols.set(Number(id), symbol);
    }
    this.#dialer = new Dialer<Frame1, Frame1>({
      endpoints: [options.endpoint],
      bearer: options.apiKey,
      clock: options.clock,
      random: options.random.fork('backoff'),
      newCodec: () => new CodecSuho1(),
      onOpen: (connection) => this.#opened(connection),
      onFrame: (frame) => this.#frame(frame),
      onClose: (why, httpStatus) => this.#hungUp(why, httpStatus),
      ...(options.trust ? { trust: options.trust } : {}),
      ...(options.wire ? { wire: options.wire } : {}),
    });
  }

  get accountId(): string {
    return this.#options.accountId;
  }

  get live(): boolean {
    return this.#connection !== undefined;
  }

  signals(): SignalSummary[] {
    return [...this.#taken].map(([id, { command, answer }]) => {
      const deals = answer ? this.broker.book.deals.filter((deal) => deal.order !== 0n && deal.order === answer.order) : [];
      return {
        id: String(id),
        magic: BigInt(command.magic),
        received: true,
        attempts: 1,
        outcome: answer && outcomeOf(answer),
        deals: deals.length,
        executions: new Set(deals.map((deal) => deal.order)).size,
      };
    });
  }

  start(): void {
    this.#dialer.start();
  }

  stop(): void {
    this.#turn?.();
    this.#turn = undefined;
    this.#dialer.stop();
  }

  disconnect(): void {
    this.#dialer.cut();
  }

  calm(): void {}

  #opened(connection: Connection<Frame1, Frame1>): void {
    this.#connection = connection;
    this.sessions += 1;
    this.refusal = undefined;
    this.#openedMs = this.#options.clock.nowMs();
    this.#told.clear();
    this.#due = { quotes: 0, heartbeat: 0, account: 0 };
    this.#wake(0);
  }

  #hungUp(why: string, httpStatus: number): { liveMs: number; leastWaitMs: number } {
    this.hungUpBecause = why;
    const liveMs = this.#connection ? this.#options.clock.nowMs() - this.#openedMs : 0;
    if (httpStatus > 0) this.refusal = why;
    this.#connection = undefined;
    this.#turn?.();
    this.#turn = undefined;
    return { liveMs, leastWaitMs: httpStatus === 401 || httpStatus === 403 ? BARRED_MS : 0 };
  }

  #frame({ message }: Frame1): void {
    if (message.kind !== 'COMMAND_1') return;
    this.#inbox.push(message);
    this.#turn?.();
    this.#wake(0);
  }

  #wake(delayMs: number): void {
    const { clock } = this.#options;
    this.#turn = clock.after(delayToEaTurn(clock.nowMs(), delayMs), () => this.#takeTurn());
  }

  #takeTurn(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const command of this.#inbox.splice(0)) this.#command(command);
    if (nowMs >= this.#due.heartbeat) {
      this.#due.heartbeat = nowMs + HEARTBEAT_EVERY_MS;
      this.#say({ kind: 'HEARTBEAT_1' });
    }
    if (nowMs >= this.#due.account) {
      this.#due.account = nowMs + ACCOUNT_EVERY_MS;
      this.#account();
    }
    if (nowMs >= this.#due.quotes) {
      this.#due.quotes = nowMs + (this.#options.quotesEveryMs ?? QUOTES_EVERY_MS);
      this.#quotes();
    }
    const nextMs = Math.min(this.#due.heartbeat, this.#due.account, this.#due.quotes);
    this.#wake(nextMs - nowMs);
  }

  #command(command: Command1Message): void {
    const taken = this.#taken.get(command.id);
    if (taken) {
      this.repeats += 1;
      return;
    }
    const fresh: Taken = { command, answer: undefined };
    this.#taken.set(command.id, fresh);
    const request = this.#request(command);
    if (!request) {
      this.#say(execution(command, 1, 0, 4_301));
      return;
    }
    this.broker.send(request, (answer) => {
      fresh.answer = answer;
      const { clock } = this.#options;
      clock.after(delayToEaTurn(clock.nowMs()), () => this.#say(answered(command, answer)));
    });
  }

  #request(command: Command1Message): DealRequest | undefined {
    const symbol = this.#symbols.get(command.symbolId);
    const quote = symbol && this.broker.quotes.quote(symbol);
    if (!symbol || !quote) return undefined;
    const held = command.action === 'CLOSE' ? this.broker.book.positionOn(symbol.name) : undefined;
    if (command.action === 'CLOSE' && !held) return undefined;
    const side = command.action === 'CLOSE' ? (held?.side === 'BUY' ? 'SELL' : 'BUY') : command.action;
    const asked = command.volume;
    return {
      action: 'deal',
      symbol: symbol.name,
      side,
      volume: held ? Math.min(asked || held.volume, held.volume) : asked,
      price: side === 'BUY' ? quote.ask : quote.bid,
      deviationPoints: DEVIATION_POINTS,
      stopLoss: held ? 0 : command.stopLoss,
      takeProfit: held ? 0 : command.takeProfit,
      magic: BigInt(command.magic),
      comment: 'suho',
      position: held?.ticket ?? 0n,
      filling: 'IOC',
      reason: 'EXPERT',
    };
  }

  #account(): void {
    const { terms } = this.broker;
    const { balance, equity, margin, freeMargin } = this.broker.account();
    const money = (amount: number): number => rounded(amount, MONEY_DECIMALS);
    this.#say({
      kind: 'ACCOUNT_1',
      user: `user ${terms.login}`.slice(0, 16),
      broker: terms.company.slice(0, 16),
      login: terms.login,
      balance: money(balance),
      equity: money(equity),
      margin: money(margin),
      freeMargin: money(freeMargin),
      leverage: terms.leverage,
      currency: terms.currency,
      time: BigInt(this.#options.clock.nowMs()),
    });
  }

  #quotes(): void {
    const changed: Quote1Record[] = [];
    for (const [symbolId, symbol] of this.#symbols) {
      const quote = this.broker.quotes.quote(symbol);
      const key = quote && `${quote.bid} ${quote.ask}`;
      if (!quote || key === undefined || this.#told.get(symbolId) === key) continue;
      this.#told.set(symbolId, key);
      changed.push({
        symbolId,
        bid: rounded(quote.bid, PRICE_DECIMALS),
        ask: rounded(quote.ask, PRICE_DECIMALS),
        spreadPoints: Math.min(65_535, Math.round((quote.ask - quote.bid) / symbol.point)),
        serverId: 1,
      });
    }
    for (let at = 0; at < changed.length; at += QUOTES_1_MOST) {
      this.#say({ kind: 'QUOTES_1', quotes: changed.slice(at, at + QUOTES_1_MOST) });
    }
  }

  #say(message: Message1): void {
    this.#connection?.send({ profile: 1, time: BigInt(this.#options.clock.nowMs()), message });
  }
}

function outcomeOf(answer: TradeAnswer): SignalSummary['outcome'] {
  switch (meaningOf(answer.retcode)) {
    case 'done':
      return 'EXECUTED';
    case 'ambiguous':
      return 'UNKNOWN';
    default:
      return 'REJECTED';
  }
}

/** A ticket there is 32 bits wide; its low bits are what an EA of the field tells. */
function answered(command: Command1Message, answer: TradeAnswer): Execution1Message {
  const done = meaningOf(answer.retcode) === 'done';
  return {
    ...execution(command, done ? 0 : 1, Number(answer.order & 0xffff_ffffn), done ? 0 : answer.retcode),
    price: rounded(answer.price, PRICE_DECIMALS),
    volume: rounded(answer.volume, MONEY_DECIMALS),
  };
}

function execution(command: Command1Message, result: number, ticket: number, error: number): Execution1Message {
  return { kind: 'EXECUTION_1', ticket, id: command.id, result, price: 0, volume: 0, error, time: 0n };
}
