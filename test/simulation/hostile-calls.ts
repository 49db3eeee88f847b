/** Somebody who connects to a node and is no EA, or not the one he says he is. None of it may reach an actor. */
import { Connection } from '../../src/gateway/connection.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import {
  type Frame2,
  type HelloMessage,
  type Message2,
  NIL_ID,
  type SnapshotMessage,
  VERSION_2,
} from '../../src/protocol/messages.js';
import type { ClusterWorld } from './cluster-world.js';
import type { SimulatedEa } from './simulated-ea.js';
import type { SimulatedNode } from './simulated-node.js';

const UNOBSERVED = { opened: () => {}, closed: () => {}, malformed: () => {}, frame: () => {} };
/** Where the length of a body stands in the header. */
const LENGTH_AT = 8;

const EMPTY_SNAPSHOT: SnapshotMessage = {
  kind: 'SNAPSHOT',
  query: 1,
  page: 0,
  last: true,
  completeness: 'COMPLETE',
  commandId: NIL_ID,
  brokerTimeMs: 0,
  positions: [],
  orders: [],
};

function framed(message: Message2, seq = 0): Uint8Array {
  const frame: Frame2 = { profile: 2, flags: 0, seq, ack: 0, timeUs: 0, message };
  return encodeFrame(frame).slice();
}

function hello(ea: SimulatedEa, accountId: string, apiKey: string): HelloMessage {
  const { terms } = ea.broker;
  return {
    kind: 'HELLO',
    versionMin: VERSION_2,
    versionMax: VERSION_2,
    accountId,
    instance: 'f'.repeat(32),
    login: terms.login,
    leverage: terms.leverage,
    marginMode: terms.marginMode,
    tradeMode: 'DEMO',
    currencyDigits: 2,
    hedging: true,
    fifo: false,
    stopOutMode: 'PERCENT',
    stopOutCall: 100,
    stopOutLevel: 50,
    brokerOffsetSeconds: 0,
    eaBuild: 1,
    terminalBuild: 1,
    riskPercentMax: 0,
    volumeMax: 0,
    positionsMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    apiKey,
    server: terms.server,
    company: terms.company,
    currency: terms.currency,
    endpoints: [],
  };
}

/** What he says, by its name. */
export const HOSTILE: Readonly<Record<string, (ea: SimulatedEa, other: SimulatedEa, noise: Uint8Array) => Uint8Array>> = {
  noise: (_ea, _other, noise) => noise,
  'too long': (ea) => {
    const bytes = framed(hello(ea, ea.accountId, ea.made.apiKey));
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(LENGTH_AT, 1 << 30, true);
    return bytes;
  },
  'GOODBYE before HELLO': (ea) => framed({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: ea.accountId }),
  'a report before HELLO': () => framed({ ...EMPTY_SNAPSHOT }),
  'a forged key': (ea) => framed(hello(ea, ea.accountId, `suho_${'a'.repeat(64)}`)),
  'the key of another account': (ea, other) => framed(hello(ea, other.accountId, ea.made.apiKey)),
  'an account that is not there': (ea) => framed(hello(ea, '018f0000-0000-7000-8000-000000000000', ea.made.apiKey)),
};

/** Calls a node once; what it answers is thrown away, and he goes when he is told to. */
export function hostileCall(world: ClusterWorld, node: SimulatedNode, ea: SimulatedEa, share: number): void {
  const { process } = node;
  if (process === undefined || node.clock.isFrozen) return;
  const kinds = Object.keys(HOSTILE);
  const kind = kinds[Math.floor(share * kinds.length)] as string;
  const other = world.eas[(world.eas.indexOf(ea) + 1) % world.eas.length] as SimulatedEa;
  const random = world.random.fork(`noise ${share}`);
  const noise = Uint8Array.from({ length: 1 + random.int(3_000) }, () => random.int(256));
  let open = true;
  const gone = (): void => {
    if (!open) return;
    open = false;
    if (node.process === process) connection.closed();
  };
  const connection: Connection = new Connection(
    {
      remoteAddress: '203.0.113.7',
      remotePort: 0,
      outboxBytes: 0,
      write: () => {},
      pause: () => {},
      resume: () => {},
      end: () => void world.clock.after(1, gone),
      destroy: () => void world.clock.after(1, gone),
    },
    {
      door: process.door,
      addresses: process.addresses,
      drain: process.drain,
      clock: node.clock,
      helloMs: 5_000,
      observer: UNOBSERVED,
      wholeFrames: false,
    },
  );
  connection.data(HOSTILE[kind]?.(ea, other, noise) ?? noise);
}
