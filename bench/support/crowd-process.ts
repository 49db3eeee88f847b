/**
 * A crowd of EAs in a process of its own, as thin as the protocol lets them be: they say hello, describe one symbol, quote, tell
 * their money, and note when a signal's last byte came. What they are told is read by its header alone, so that the machine's
 * cores are left to the server that is measured. With `bare` they say nothing and count bytes: the peer is a server that only writes.
 */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AT } from '../../src/protocol/frame-header.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import { KINDS_2, type Message2 } from '../../src/protocol/messages.js';
import { EURUSD_RECORD, helloMessage } from '../../test/support/ea-messages.js';
import type { CrowdOrder, CrowdPlan, CrowdReport } from './crowd.js';

const HEADER = AT.body;
const WELCOME = KINDS_2.WELCOME.type;
const SIGNAL = KINDS_2.SIGNAL.type;
const BEAT_MS = 5_000;

const plan = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as CrowdPlan;
const report = (told: CrowdReport): void => void process.send?.(told);
const nowNs = (): string => String(process.hrtime.bigint());

/** How many have been told of since the last order, and what is still waited for. */
let arrived = 0;
let awaited = 0;
let lateNs: string[] = [];

function note(): void {
  arrived += 1;
  lateNs.push(nowNs());
  if (arrived !== awaited) return;
  report({ kind: 'arrived', count: arrived, atNs: lateNs });
  arrived = 0;
  lateNs = [];
}

class Ea {
  #rest = Buffer.alloc(0);
  #seq = 0;
  #serverSeq = 0;
  #signal: Buffer | undefined;
  readonly socket: Socket;

  constructor(readonly at: number) {
    const { host, port, ca } = plan;
    // The server keeps count of each address, so the crowd comes from several.
    const localAddress = `127.0.0.${2 + (at % plan.addresses)}`;
    this.socket =
      ca === undefined
        ? connectTcp({ host, port, localAddress })
        : connectTls({ socket: connectTcp({ host, port, localAddress }), ca, checkServerIdentity: () => undefined });
    this.socket.setNoDelay(true);
    this.socket.once(ca === undefined ? 'connect' : 'secureConnect', () => {
      if (plan.bare) note();
      else this.#say(this.#hello());
    });
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.socket.on('error', (error) => report({ kind: 'failed', sentence: error.message }));
  }

  #say(message: Message2): void {
    const seq = KINDS_2[message.kind].sequenced ? ++this.#seq : 0;
    this.socket.write(encodeFrame({ profile: 2, flags: 0, seq, ack: this.#serverSeq, timeUs: Date.now() * 1_000, message }));
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    while (bytes.length - from >= HEADER) {
      const end = from + HEADER + bytes.readUInt32LE(from + AT.length);
      if (end > bytes.length) break;
      this.#frame(bytes.subarray(from, end));
      from = end;
    }
    this.#rest = Buffer.from(bytes.subarray(from));
  }

  #frame(frame: Buffer): void {
    const type = frame.readUInt8(AT.type);
    this.#serverSeq = Math.max(this.#serverSeq, frame.readUInt32LE(AT.seq));
    if (plan.bare) return note();
    if (type === WELCOME) {
      note();
      setTimeout(() => setInterval(() => this.#beat(), BEAT_MS), (BEAT_MS * (this.at % 100)) / 100);
      if (plan.talks) this.#introduce();
    } else if (type === SIGNAL) {
      this.#signal = Buffer.from(frame);
      note();
    } else if (type === KINDS_2.REFUSED.type || type === KINDS_2.GOODBYE.type)
      report({ kind: 'failed', sentence: `the server sent type ${type}` });
  }

  #hello(): Message2 {
    const { account, key } = plan.credentials[this.at] as CrowdPlan['credentials'][number];
    return helloMessage({
      accountId: account,
      instance: `${this.at.toString(16).padStart(31, '0')}1`,
      login: 1_000 + this.at,
      apiKey: key.replace('suho_', ''),
    });
  }

  #introduce(): void {
    this.#say({
      kind: 'SYMBOLS',
      query: 1,
      page: 0,
      last: true,
      symbols: [EURUSD_RECORD],
    });
    this.#say({
      kind: 'SNAPSHOT',
      query: 2,
      page: 0,
      last: true,
      completeness: 'COMPLETE',
      commandId: '00000000-0000-0000-0000-000000000000',
      brokerTimeMs: Date.now(),
      positions: [],
      orders: [],
    });
    // Each has other money, so each signal has another size.
    const equity = 5_000 + 10 * this.at;
    this.#say({ kind: 'FINANCE', balance: equity, equity, margin: 0, freeMargin: equity, floating: 0, dayProfit: 0 });
    this.quote();
    const { quotesEveryMs } = plan;
    if (quotesEveryMs > 0)
      setTimeout(() => setInterval(() => this.quote(), quotesEveryMs), (quotesEveryMs * (this.at % 1_000)) / 1_000);
  }

  #beat(): void {
    const status = { brokerConnected: true, tradeAllowed: true, expertAllowed: true, synchronised: true };
    this.#say({ kind: 'HEARTBEAT', ownTimeUs: Date.now() * 1_000, peerTimeUs: 0, heldUs: 0, ...status, errorCount: 0 });
  }

  quote(): void {
    const bid = 1.1 + (this.at % 7) * 1e-5;
    const quote = { symbolId: 1, bid, ask: bid + 1e-4, brokerTimeMs: Date.now(), tradeable: true, sessionOpen: true };
    this.#say({ kind: 'QUOTES', quotes: [quote] });
  }

  /** Ends the signal that it has, so that the next one meets the account as this one did. */
  reject(): void {
    const id = this.#signal?.subarray(HEADER, HEADER + 16).toString('hex');
    if (id === undefined) return;
    this.#signal = undefined;
    const tickets = { order: 0n, position: 0n, deals: [] };
    const times = { receivedUs: Date.now() * 1_000, sentUs: 0, doneUs: Date.now() * 1_000 };
    const figures = { attempt: 1, requestedVolume: 0, filledVolume: 0, price: 0, retcode: 0, externalRetcode: 0 };
    const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    this.#say({
      kind: 'RESULT',
      id: uuid,
      subject: 'SIGNAL',
      outcome: 'REJECTED',
      ...figures,
      ...tickets,
      ...times,
      sentence: '',
    });
  }
}

const eas: Ea[] = [];

function arrive(withinMs: number): void {
  const startedMs = performance.now();
  const more = (): void => {
    const share = withinMs === 0 ? 1 : Math.min(1, (performance.now() - startedMs) / withinMs);
    while (eas.length < plan.credentials.length * share) eas.push(new Ea(eas.length));
    if (eas.length < plan.credentials.length) setTimeout(more, 2);
  };
  more();
}

process.on('message', (order: CrowdOrder) => {
  if (order.kind === 'connect') {
    awaited = plan.credentials.length;
    report({ kind: 'began', atNs: nowNs() });
    arrive(order.withinMs);
  } else if (order.kind === 'await') awaited = order.count;
  else if (order.kind === 'quote') for (const ea of eas) ea.quote();
  else if (order.kind === 'reject') for (const ea of eas) ea.reject();
  else process.exit(0);
});
process.on('disconnect', () => process.exit(0));
report({ kind: 'ready' });
