/** An EA whose every word is the test's, over a real socket and the real codec; it numbers and acks as a good one does. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import {
  type BrokerSymbolRecord,
  BODY_MOST,
  type DealRecord,
  type FinanceMessage,
  type Frame2,
  type HelloMessage,
  type HistoryMessage,
  KINDS_2,
  type Message2,
  NIL_ID,
  type PositionRecord,
  type ResultMessage,
  type TradeMessage,
} from '../../src/protocol/messages.js';
import { EURUSD_RECORD, helloMessage, POSITION_RECORD } from './ea-messages.js';
import { IncomingSequence, OutgoingSequence } from '../../src/protocol/sequences.js';
import { until } from './actors.js';
import { type TestAccount, type TestNode, testCertificate } from './node.js';

type OfKind<K extends Message2['kind']> = Extract<Message2, { kind: K }>;

export const INSTANCE = '00112233445566778899aabbccddeeff';

const EURUSD: BrokerSymbolRecord = { ...EURUSD_RECORD, volumeMax: 50 };

/** Bytes to and from one server, by whatever transport. */
export interface Wire {
  write(bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

function streamWire(socket: Socket): Wire {
  return {
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}

export class ScriptedEa {
  readonly frames: Frame2[] = [];
  readonly incoming = new IncomingSequence();
  readonly outgoing = new OutgoingSequence<Message2>();
  closed = false;
  closeCode = 0;
  /** SHA-256 of the certificate that the server showed. */
  fingerprint: string | undefined;
  wire!: Wire;
  #symbolId = 0;
  #query = 100;
  #snapped = false;
  readonly #reader = new FrameReader({ from: 'SERVER', maxBody: BODY_MOST });

  private constructor(
    readonly node: TestNode,
    readonly account: TestAccount,
  ) {}

  static async connect(node: TestNode, account: TestAccount, scheme: 'tcp' | 'tls' | 'ws' = 'tcp'): Promise<ScriptedEa> {
    const ea = new ScriptedEa(node, account);
    if (scheme === 'ws') await ea.#webSocket();
    else await ea.#stream(scheme);
    return ea;
  }

  /** Connected, welcomed, and priced: ready for a signal. */
  static async ready(node: TestNode, account: TestAccount, hello: Partial<HelloMessage> = {}): Promise<ScriptedEa> {
    const ea = await ScriptedEa.connect(node, account);
    ea.hello(hello);
    await ea.wait('WELCOME');
    ea.symbols();
    await until(() => ea.of('SYMBOLS_OK').some(({ symbols }) => symbols.length > 0), 'the symbols are numbered');
    await node.rest();
    ea.state();
    await ea.settled();
    return ea;
  }

  async #stream(scheme: 'tcp' | 'tls'): Promise<void> {
    const port = this.node.port(scheme);
    const host = '127.0.0.1';
    if (scheme === 'tcp') this.#listen(connect({ host, port }));
    else {
      const { cert } = await testCertificate();
      const socket = connectTls({ host, port, ca: cert });
      this.#listen(socket);
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      this.fingerprint = socket.getPeerCertificate().fingerprint256;
    }
    await until(() => this.node.connections > 0, 'the server has the connection');
  }

  #listen(socket: Socket): void {
    this.wire = streamWire(socket);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  async #webSocket(): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.node.port('ws')}`, { perMessageDeflate: false });
    this.wire = {
      write: (bytes) => socket.send(bytes, { binary: true }),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      destroy: () => socket.terminate(),
    };
    socket.on('message', (data) => this.#read(data as Buffer));
    socket.on('error', () => {});
    socket.on('close', (code) => {
      this.closed = true;
      this.closeCode = code;
    });
    await new Promise((resolve) => socket.once('open', resolve));
    this.text = (text) => socket.send(text);
  }

  /** A text message, over WebSocket. */
  text: (text: string) => void = () => {
    throw new Error('only a WebSocket has text messages');
  };

  #read(bytes: Buffer): void {
    const fault = this.#reader.push(bytes, (frame) => {
      this.frames.push(frame);
      if (frame.seq > 0 && this.incoming.accept(frame.seq) === 'ok') this.incoming.durable(frame.seq, 0);
    });
    if (fault) throw new Error(`the server sent a bad frame: ${fault.code} ${fault.message}`);
  }

  of<K extends Message2['kind']>(kind: K): OfKind<K>[] {
    return this.frames.map(({ message }) => message).filter((message): message is OfKind<K> => message.kind === kind);
  }

  async wait<K extends Message2['kind']>(kind: K, count = 1): Promise<OfKind<K>> {
    await until(() => this.of(kind).length >= count, `${count} ${kind} come, after ${this.kinds()}`);
    return this.of(kind)[count - 1] as OfKind<K>;
  }

  kinds(): string {
    return this.frames.map(({ message }) => message.kind).join(' ');
  }

  /** The code or reason with which the server ended the session. */
  async ending(): Promise<string> {
    await until(() => this.closed, `the server closes, after ${this.kinds()}`);
    this.node.said = this.node.heard;
    const last = this.frames.at(-1)?.message;
    return last?.kind === 'REFUSED' ? last.code : last?.kind === 'GOODBYE' ? last.reason : 'silently';
  }

  /** The highest number of ours that the server says it keeps. */
  get acked(): number {
    return Math.max(0, ...this.frames.map(({ ack }) => ack));
  }

  frame(message: Message2, change: Partial<Frame2> = {}): Uint8Array {
    const seq = KINDS_2[message.kind].sequenced ? this.outgoing.next(message) : 0;
    return encodeFrame({
      profile: 2,
      flags: 0,
      seq,
      ack: this.incoming.ack,
      timeUs: this.node.nowMs * 1_000,
      message,
      ...change,
    });
  }

  say(message: Message2, change: Partial<Frame2> = {}): void {
    this.node.said += 1;
    this.wire.write(this.frame(message, change));
  }

  hello(change: Partial<HelloMessage> = {}): void {
    const apiKey = this.account.key.replace('suho_', '');
    this.say(helloMessage({ accountId: this.account.id, instance: INSTANCE, apiKey, ...change }));
  }

  /** Its broker's symbols: EURUSD.m, or EURUSD with these changes. */
  symbols(...changes: readonly Partial<BrokerSymbolRecord>[]): void {
    const symbols = changes.length === 0 ? [EURUSD] : changes.map((change) => ({ ...EURUSD, ...change }));
    this.say({ kind: 'SYMBOLS', query: 1, page: 0, last: true, symbols });
  }

  /** What the server calls a broker's symbol, by what it said last; undefined where it has said nothing of it. */
  calls(brokerName: string): string | undefined {
    const told = this.of('SYMBOLS_OK').flatMap(({ symbols }) => symbols);
    return told.findLast((symbol) => symbol.brokerName === brokerName)?.symbol;
  }

  symbolIdOf(name: string): number {
    const told = this.of('SYMBOLS_OK').flatMap(({ symbols }) => symbols);
    return told.findLast(({ brokerName }) => brokerName === name)?.symbolId ?? 0;
  }

  /** Money and a price, with a reference price to compare it with. */
  state(bid = 1.1, ask = 1.1001, money: Partial<FinanceMessage> = {}): void {
    this.#symbolId =
      this.of('SYMBOLS_OK')
        .at(-1)
        ?.symbols.find(({ brokerName }) => brokerName === 'EURUSD.m')?.symbolId ?? 0;
    this.node.post('EURUSD', bid, ask);
    this.say({
      kind: 'FINANCE',
      balance: 10_000,
      equity: 10_000,
      margin: 0,
      freeMargin: 10_000,
      floating: 0,
      dayProfit: 0,
      ...money,
    });
    if (!this.#snapped) this.snapshot();
    this.quote(bid, ask);
  }

  /** A price alone. */
  quote(bid: number, ask: number, symbolId = this.#symbolId): void {
    const at = { brokerTimeMs: this.node.nowMs, tradeable: true, sessionOpen: true };
    this.say({ kind: 'QUOTES', quotes: [{ symbolId, bid, ask, ...at }] });
  }

  /** What is open at the broker: all of it. */
  snapshot(positions: readonly Partial<PositionRecord>[] = [], brokerTimeMs = 1): void {
    this.#snapped = true;
    this.#query += 1;
    this.say({
      kind: 'SNAPSHOT',
      query: this.#query,
      page: 0,
      last: true,
      completeness: 'COMPLETE',
      commandId: NIL_ID,
      brokerTimeMs,
      positions: positions.map((position) => ({ ...POSITION_RECORD, symbolId: this.#symbolId, ...position })),
      orders: [],
    });
  }

  heartbeat(synchronised = false): void {
    const timeUs = this.node.nowMs * 1_000;
    const status = { brokerConnected: true, tradeAllowed: true, expertAllowed: true, synchronised };
    this.say({ kind: 'HEARTBEAT', ownTimeUs: timeUs, peerTimeUs: 0, heldUs: 0, ...status, errorCount: 0 });
  }

  result(id: string, change: Partial<ResultMessage> = {}): void {
    this.say(resultMessage(id, change));
  }

  trade(change: Partial<TradeMessage>): void {
    this.say({
      kind: 'TRADE',
      tradeKind: 'DEAL',
      signalId: NIL_ID,
      remaining: 0,
      ...dealFacts(),
      symbolId: this.#symbolId,
      symbol: 'EURUSD.m',
      ...change,
    });
  }

  /** A whole snapshot of what is open: buys of ours unless they bear another magic. */
  async holding(positions: readonly Partial<PositionRecord>[]): Promise<void> {
    const [account] = await this.node.ledger.accounts([this.account.id]);
    const usual: PositionRecord = {
      position: 75n,
      symbolId: this.#symbolId,
      symbol: 'EURUSD.m',
      magic: (BigInt(account?.magicBase ?? 0) << 32n) | 1n,
      side: 'BUY',
      volume: 0.3,
      openPrice: 1.1,
      stopLoss: 1.09,
      takeProfit: 1.12,
      profit: 0,
      swap: 0,
      openTimeMs: this.node.nowMs,
      comment: '',
    };
    this.say({
      kind: 'SNAPSHOT',
      query: this.node.said,
      page: 0,
      last: true,
      completeness: 'COMPLETE',
      brokerTimeMs: this.node.nowMs,
      commandId: NIL_ID,
      positions: positions.map((change) => ({ ...usual, ...change })),
      orders: [],
    });
    await this.settled();
  }

  /** The answer to the newest question for history. */
  history(deals: readonly Partial<DealRecord>[], change: Partial<HistoryMessage> = {}): void {
    const asked = this.of('COMMAND')
      .filter(({ action }) => action === 'SEND_HISTORY')
      .at(-1);
    this.say({
      kind: 'HISTORY',
      query: 1,
      page: 0,
      last: true,
      completeness: 'COMPLETE',
      commandId: asked?.id ?? NIL_ID,
      fromMs: asked?.fromMs ?? 0,
      toMs: asked?.toMs ?? 0,
      orders: [],
      deals: deals.map((deal) => ({
        tradeKind: 'DEAL' as const,
        ...dealFacts(),
        symbolId: this.#symbolId,
        symbol: 'EURUSD.m',
        comment: '',
        ...deal,
      })),
      ...change,
    });
  }

  /** Until what was said has reached the account and all that it led to is done. */
  async settled(): Promise<void> {
    await until(() => this.closed || this.node.heard >= this.node.said, 'the gateway has heard all that was said');
    // What a session did not live to hear is on no way any more.
    if (this.closed) this.node.said = this.node.heard;
    await this.node.rest();
  }
}

function dealFacts() {
  return {
    deal: 77n,
    order: 76n,
    position: 75n,
    magic: 0n,
    entry: 'IN',
    side: 'BUY',
    reason: 'EXPERT',
    volume: 0.1,
    price: 1.1001,
    stopLoss: 0,
    takeProfit: 0,
    profit: 0,
    commission: 0,
    swap: 0,
    brokerTimeMs: 1_772_409_600_000,
  } as const;
}

export function resultMessage(id: string, change: Partial<ResultMessage> = {}): ResultMessage {
  return {
    kind: 'RESULT',
    id,
    subject: 'SIGNAL',
    outcome: 'EXECUTED',
    attempt: 1,
    requestedVolume: 0.1,
    filledVolume: 0.1,
    price: 1.1001,
    retcode: 10_009,
    externalRetcode: 0,
    order: 76n,
    position: 75n,
    receivedUs: 0,
    sentUs: 0,
    doneUs: 0,
    deals: [77n],
    sentence: '',
    ...change,
  };
}
