import type { Link } from '../../src/ea-sim/ea-session.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import {
  BODY_MOST,
  type CommandMessage,
  type Frame2,
  KINDS_2,
  type Message2,
  NIL_ID,
  type ResultMessage,
  type RiskMessage,
  type SettingsMessage,
  type SignalMessage,
} from '../../src/protocol/messages.js';
import { IncomingSequence, OutgoingSequence } from '../../src/protocol/sequences.js';

type OfKind<K extends Message2['kind']> = Extract<Message2, { kind: K }>;

export function riskMessage(change: Partial<RiskMessage> = {}): RiskMessage {
  return {
    kind: 'RISK',
    revision: 1,
    tradingEnabled: true,
    emergencyStop: false,
    volumeMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    positionsMax: 0,
    symbolIds: [],
    hours: [],
    ...change,
  };
}

export function settingsMessage(change: Partial<SettingsMessage> = {}): SettingsMessage {
  return {
    kind: 'SETTINGS',
    revision: 1,
    baseMagic: 7,
    slippagePointsMax: 10,
    spreadPointsMax: 0,
    volumeMultiplier: 1,
    stopLossMultiplier: 1,
    takeProfitMultiplier: 1,
    commentPrefix: 'suho ',
    ...change,
  };
}

export function commandMessage(id: string, change: Partial<CommandMessage>): CommandMessage {
  return {
    kind: 'COMMAND',
    id,
    validUntilMs: 4_000_000_000_000,
    action: 'SEND_SNAPSHOT',
    scope: 'NONE',
    symbolId: 0,
    position: 0n,
    order: 0n,
    signalId: NIL_ID,
    volume: 0,
    price: 0,
    stopLoss: 0,
    takeProfit: 0,
    fromMs: 0,
    toMs: 0,
    reason: '',
    ...change,
  };
}

export interface ServerWish {
  /** Acks only when told to; else with each frame it sends. */
  readonly holdAcks?: boolean;
  readonly risk?: RiskMessage | null;
  readonly settings?: SettingsMessage;
}

/**
 * The server's side of one session, by hand and over the real codec: what the EA sends is encoded, read again and kept;
 * what the test sends goes the same way back.
 */
export class ScriptedServer implements Link {
  readonly frames: Frame2[] = [];
  readonly incoming = new IncomingSequence();
  readonly outgoing = new OutgoingSequence<Message2>();
  writable = true;
  closed = false;
  readonly #reader = new FrameReader({ from: 'EA' });
  readonly #back = new FrameReader({ from: 'SERVER', maxBody: BODY_MOST });
  #peer = { timeUs: 0, atUs: 0 };

  constructor(
    readonly deliver: (frame: Frame2) => void,
    readonly nowUs: () => number,
    readonly wish: ServerWish = {},
  ) {}

  send(frame: Frame2): void {
    const fault = this.#reader.push(encodeFrame(frame), (read) => this.#take(read));
    if (fault) throw new Error(`the EA sent a bad frame: ${fault.code} ${fault.message}`);
  }

  close(): void {
    this.closed = true;
  }

  say(message: Message2, flags = 0): void {
    const seq = KINDS_2[message.kind].sequenced ? this.outgoing.next(message) : 0;
    this.raw({ profile: 2, flags, seq, ack: this.wish.holdAcks ? 0 : this.incoming.ack, timeUs: this.nowUs(), message });
  }

  raw(frame: Frame2): void {
    const fault = this.#back.push(encodeFrame(frame), this.deliver);
    if (fault) throw new Error(`the script holds a bad frame: ${fault.code} ${fault.message}`);
  }

  heartbeat(): void {
    this.say({
      kind: 'HEARTBEAT',
      ownTimeUs: this.nowUs(),
      peerTimeUs: this.#peer.timeUs,
      heldUs: this.#peer.timeUs ? this.nowUs() - this.#peer.atUs : 0,
      brokerConnected: false,
      tradeAllowed: false,
      expertAllowed: false,
      synchronised: false,
      errorCount: 0,
    });
  }

  all<K extends Message2['kind']>(kind: K): OfKind<K>[] {
    return this.frames.map(({ message }) => message).filter((message): message is OfKind<K> => message.kind === kind);
  }

  results(id: string): ResultMessage[] {
    return this.all('RESULT').filter((result) => result.id === id);
  }

  /** What the EA has acked of what was sent. */
  get ackedByEa(): number {
    return this.frames.at(-1)?.ack ?? 0;
  }

  #take(frame: Frame2): void {
    const { message } = frame;
    this.frames.push(frame);
    if (this.outgoing.acknowledge(frame.ack) !== 'ok') throw new Error(`the EA acked ${frame.ack}, which cannot be`);
    if (message.kind === 'IGNORED') return;
    if (KINDS_2[message.kind].sequenced) {
      if (this.incoming.accept(frame.seq) !== 'ok') throw new Error(`the EA's numbers have a gap at ${frame.seq}`);
      this.incoming.durable(frame.seq, 0);
    }
    if (message.kind === 'HELLO') this.#welcome();
    if (message.kind === 'HEARTBEAT') this.#peer = { timeUs: message.ownTimeUs, atUs: this.nowUs() };
    if (message.kind === 'SYMBOLS' && message.last) this.#numberSymbols(message);
  }

  #welcome(): void {
    this.#reader.maxBody = BODY_MOST;
    this.say({
      kind: 'WELCOME',
      version: 2,
      sessionId: '01890000-0000-7000-8000-000000000001',
      epoch: 1,
      heartbeatMs: 5_000,
      serverTimeUs: this.nowUs(),
    });
    if (this.wish.risk !== null) this.say(this.wish.risk ?? riskMessage());
    this.say(this.wish.settings ?? settingsMessage());
  }

  #numberSymbols(message: OfKind<'SYMBOLS'>): void {
    const symbols = message.symbols.map(({ brokerName, baseCurrency, profitCurrency }, at) => ({
      symbolId: at + 1,
      brokerName,
      symbol: baseCurrency + profitCurrency,
    }));
    this.say({ kind: 'SYMBOLS_OK', symbols });
  }
}

export function signalMessage(id: string, change: Partial<SignalMessage> & Pick<SignalMessage, 'validUntilMs'>): SignalMessage {
  return {
    kind: 'SIGNAL',
    id,
    magic: (7n << 32n) | 1n,
    symbolId: 4,
    side: 'BUY',
    entry: 1.1001,
    entryLow: 1.099,
    entryHigh: 1.101,
    stopLoss: 1.09,
    takeProfit: 1.12,
    volume: 0.5,
    riskPercent: 1,
    score: 70,
    confidence: 0.7,
    brokerName: 'EURUSD',
    model: '',
    strategy: 'test',
    comment: 'a comment',
    ...change,
  };
}
