/**
 * One EA of a swarm, over a real socket and the real codec, and no more of an EA than the server can tell from one: it says hello,
 * describes its symbols, quotes and beats at its intervals, acks, and rejects each signal at once, so that the next meets the
 * account as this one did. What it is to do at a moment is due at that moment, however late it comes to it.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { EndpointChoice, type HungUp } from '../../src/ea-sim/endpoint-choice.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import {
  BODY_MOST,
  type Frame2,
  type HeartbeatMessage,
  KINDS_2,
  type Message2,
  type QuoteRecord,
  type SignalMessage,
} from '../../src/protocol/messages.js';
import { seededRandom } from '../../src/runtime/random.js';
import { helloMessage } from '../../test/support/ea-messages.js';
import { nowUs } from './machine-time.js';
import type { SwarmPlan } from './orders.js';
import type { SwarmWorld } from './swarm-world.js';
import { brokerRecord, symbolAt, waveQuote } from './wave-market.js';

/** The server keeps count of each address, so a swarm comes from several. */
const ADDRESSES = 16;
/** Tick values are told again as often as an EA has to, by the engine's time. */
const SYMBOLS_EVERY_MS = 60_000;
const FLAG_REPEAT = 1;
const TERMINAL = { brokerConnected: true, tradeAllowed: true, expertAllowed: true, synchronised: true } as const;

export class SwarmEa {
  #socket: Socket | undefined;
  #reader = new FrameReader();
  #seq = 0;
  #serverSeq = 0;
  /** When this connection was to be made: kept over tries that fail. */
  #dueUs = 0;
  #welcomedUs = 0;
  #wanted = false;
  readonly #choice: EndpointChoice;
  #port = 0;
  /** What the server said of the end, if it said anything. */
  #told: Omit<HungUp, 'liveMs'> = { leastWaitMs: 0 };
  /** When the server was last heard in a session; 0 before the first. */
  #heardUs = 0;
  #longest = { fromUs: 0, us: 0 };
  #death: { readonly atUs: number; readonly kind: 'failover' | 'bystander' } | undefined;
  #beatAnsweredUs = 0;
  #symbolIds = new Map<string, number>();
  #timers = new Set<NodeJS.Timeout>();
  slow = false;

  constructor(
    readonly at: number,
    readonly credential: SwarmPlan['eas'][number],
    readonly world: SwarmWorld,
    readonly standing: () => void,
  ) {
    this.#choice = new EndpointChoice(credential.ports.length, seededRandom(at));
  }

  get connected(): boolean {
    return this.#welcomedUs > 0;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  connect(dueUs: number): void {
    this.#wanted = true;
    this.#dueUs = dueUs;
    // A line that was cut on purpose is no silence.
    this.#heardUs = 0;
    this.#open();
  }

  /** Whether it waits for its first signal since a node died. */
  get waits(): boolean {
    return this.#death !== undefined;
  }

  death(port: number, atUs: number): void {
    this.#death = { atUs, kind: this.connected && this.#port === port ? 'failover' : 'bystander' };
  }

  /** Of each EA its longest silence since it was last asked. */
  tellSilence(): void {
    const { fromUs, us } = this.#longest;
    if (us > 0) this.world.record('silence', fromUs, fromUs + us);
    this.#longest = { fromUs: 0, us: 0 };
  }

  /** Without a word, as a line that is cut. */
  cut(): void {
    this.#wanted = false;
    const socket = this.#socket;
    this.#gone();
    socket?.destroy();
  }

  stopReading(): void {
    this.slow = true;
    this.#socket?.pause();
  }

  readAgain(): void {
    this.#socket?.resume();
  }

  #open(): void {
    const { plan } = this.world;
    const port = this.credential.ports[this.#choice.endpoint] as number;
    this.#port = port;
    this.#told = { leastWaitMs: 0 };
    const localAddress = `127.0.0.${2 + (this.at % ADDRESSES)}`;
    const plain = connectTcp({ host: plan.host, port, localAddress });
    const socket = plan.tls ? connectTls({ socket: plain, ca: plan.ca, checkServerIdentity: () => undefined }) : plain;
    this.#socket = socket;
    this.#reader = new FrameReader({ from: 'SERVER', maxBody: BODY_MOST });
    this.#seq = 0;
    this.#serverSeq = 0;
    socket.setNoDelay(true);
    socket.once(plan.tls ? 'secureConnect' : 'connect', () => this.#say(this.#hello()));
    socket.on('data', (bytes: Buffer) => this.#read(socket, bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lost(socket, error.code ?? 'error'));
    socket.on('close', () => this.#lost(socket, 'closed'));
  }

  #lost(socket: Socket, why: string): void {
    if (socket !== this.#socket) return;
    this.world.fault(why);
    const liveMs = this.connected ? Math.max(1, (nowUs() - this.#welcomedUs) / 1_000) : 0;
    this.#gone();
    socket.destroy();
    if (!this.#wanted) return;
    // One that stood begins a new wait; one that is still waiting has waited all along.
    if (liveMs > 0) this.#dueUs = nowUs();
    this.#after(this.#choice.ended({ liveMs, ...this.#told }), () => this.#open());
  }

  #gone(): void {
    if (this.connected) this.world.connected -= 1;
    this.#welcomedUs = 0;
    this.#beatAnsweredUs = 0;
    this.#socket = undefined;
    this.#symbolIds.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #after(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      call();
    }, ms);
    this.#timers.add(timer);
  }

  /** Calls at even times, whenever it gets to; each call is told when it was due. */
  #every(periodMs: number, firstUs: number, call: (dueUs: number) => void): void {
    let dueUs = firstUs;
    const turn = (): void => {
      call(dueUs);
      dueUs += periodMs * 1_000;
      this.#after(Math.max(0, (dueUs - nowUs()) / 1_000), turn);
    };
    this.#after(Math.max(0, (firstUs - nowUs()) / 1_000), turn);
  }

  #say(message: Message2): void {
    const socket = this.#socket;
    if (socket === undefined || !socket.writable) return;
    const seq = KINDS_2[message.kind].sequenced ? ++this.#seq : 0;
    this.world.framesOut += 1;
    socket.write(encodeFrame({ profile: 2, flags: 0, seq, ack: this.#serverSeq, timeUs: nowUs(), message }));
  }

  #read(socket: Socket, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    const fault = this.#reader.push(bytes, (frame) => this.#frame(frame));
    if (fault === undefined) return;
    this.world.fault(`malformed ${fault.code}`);
    socket.destroy();
  }

  #frame({ seq, flags, message }: Frame2): void {
    this.world.framesIn += 1;
    if (this.connected) this.#heardUs = nowUs();
    if (seq > 0) this.#serverSeq = seq;
    switch (message.kind) {
      case 'WELCOME':
        return this.#welcome(message.heartbeatMs);
      case 'SYMBOLS_OK':
        for (const { symbolId, brokerName } of message.symbols) if (symbolId > 0) this.#symbolIds.set(brokerName, symbolId);
        return this.#quote();
      case 'HEARTBEAT':
        return this.#answered(message);
      case 'SIGNAL':
        return this.#signal(message, (flags & FLAG_REPEAT) !== 0);
      case 'REFUSED':
        this.#told = { leastWaitMs: message.retryAfterMs, busy: message.code === 'BUSY' || message.code === 'LIMIT' };
        return this.world.fault(`refused ${message.code}`);
      case 'REDIRECT':
        this.#told = { leastWaitMs: 0, redirectedTo: message.endpoint };
        return this.#socket && this.#lost(this.#socket, 'redirected');
      case 'GOODBYE':
        return this.world.fault(`goodbye ${message.reason}`);
      default:
    }
  }

  #welcome(heartbeatMs: number): void {
    const atUs = nowUs();
    this.world.record('welcome', this.#dueUs, atUs);
    const silenceUs = this.#heardUs > 0 ? atUs - this.#heardUs : 0;
    if (silenceUs > this.#longest.us) this.#longest = { fromUs: this.#heardUs, us: silenceUs };
    this.#heardUs = atUs;
    this.world.connected += 1;
    this.#welcomedUs = atUs;
    this.#introduce();
    const { quotesEveryMs, time } = this.world.plan;
    // Spread over the interval, so that they are not all due at once.
    const first = (periodMs: number): number => atUs + periodMs * 1_000 * ((this.at % 997) / 997);
    const beatMs = heartbeatMs / time.speed;
    this.#every(beatMs, first(beatMs), (dueUs) => this.#beat(dueUs));
    this.#every(quotesEveryMs, first(quotesEveryMs), () => this.#quote());
    const symbolsMs = SYMBOLS_EVERY_MS / time.speed;
    this.#every(symbolsMs, first(symbolsMs) + symbolsMs * 500, () => this.#describe());
    this.standing();
  }

  #hello(): Message2 {
    const { account, key, ports } = this.credential;
    const transport = this.world.plan.tls ? 'TLS' : 'TCP';
    return helloMessage({
      endpoints: ports.map((port) => ({ transport, host: this.world.plan.host, port })),
      accountId: account,
      instance: `${this.at.toString(16).padStart(31, '0')}1`,
      login: 1_000 + this.at,
      leverage: 500,
      apiKey: key.replace('suho_', ''),
    });
  }

  #introduce(): void {
    this.#describe();
    this.#say({
      kind: 'SNAPSHOT',
      query: 2,
      page: 0,
      last: true,
      completeness: 'COMPLETE',
      commandId: '00000000-0000-0000-0000-000000000000',
      brokerTimeMs: Math.floor(this.world.engineMs(nowUs())),
      positions: [],
      orders: [],
    });
    // Each has other money, so each signal has another size.
    const equity = 5_000 + 10 * (this.at % 1_000);
    this.#say({ kind: 'FINANCE', balance: equity, equity, margin: 0, freeMargin: equity, floating: 0, dayProfit: 0 });
  }

  #describe(): void {
    const symbols = this.world.plan.symbols.map(brokerRecord);
    this.#say({ kind: 'SYMBOLS', query: 1, page: 0, last: true, symbols });
  }

  #quote(): void {
    const atMs = this.world.engineMs(nowUs());
    const quotes: QuoteRecord[] = [];
    for (const [name, symbolId] of this.#symbolIds)
      quotes.push({
        symbolId,
        ...waveQuote(symbolAt(name), atMs),
        brokerTimeMs: Math.floor(atMs),
        tradeable: true,
        sessionOpen: true,
      });
    if (quotes.length > 0) this.#say({ kind: 'QUOTES', quotes });
  }

  /** Its own time is when it was due: so the answer tells what it waited here as well. */
  #beat(dueUs: number): void {
    this.#say({ kind: 'HEARTBEAT', ownTimeUs: Math.round(dueUs), peerTimeUs: 0, heldUs: 0, ...TERMINAL, errorCount: 0 });
  }

  /** The server counts what it holds by the engine's clock. */
  #answered({ peerTimeUs, heldUs }: HeartbeatMessage): void {
    if (peerTimeUs === 0 || peerTimeUs === this.#beatAnsweredUs || this.slow) return;
    this.#beatAnsweredUs = peerTimeUs;
    this.world.record('heartbeat', peerTimeUs, nowUs() - heldUs / this.world.time.speed);
  }

  #signal({ id, brokerName, strategy, validUntilMs }: SignalMessage, flagged: boolean): void {
    const atUs = nowUs();
    const had = this.world.note(id, this.at, flagged);
    this.#reject(id);
    const due = this.world.dueUs(brokerName, strategy, validUntilMs);
    const death = this.#death;
    if (death !== undefined && due !== undefined && due.dueUs >= death.atUs) {
      this.world.record(death.kind, death.atUs, atUs);
      this.#death = undefined;
    }
    if (had || flagged) return;
    if (due === undefined) this.world.unknown += 1;
    // What was decided before it came was offered to it, and waited for nobody.
    else if (due.dueUs >= this.#welcomedUs) this.world.record(this.slow ? 'slow' : due.kind, due.dueUs, atUs);
  }

  #reject(id: string): void {
    const doneUs = Math.floor(this.world.engineMs(nowUs())) * 1_000;
    this.#say({
      kind: 'RESULT',
      id,
      subject: 'SIGNAL',
      outcome: 'REJECTED',
      attempt: 1,
      requestedVolume: 0,
      filledVolume: 0,
      price: 0,
      retcode: 0,
      externalRetcode: 0,
      order: 0n,
      position: 0n,
      deals: [],
      receivedUs: doneUs,
      sentUs: 0,
      doneUs,
      sentence: '',
    });
  }
}
