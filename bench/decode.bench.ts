/**
 * How fast are QUOTES and SIGNAL decoded, with every field read, beside msgpackr and JSON?
 *
 * The peers hold the same content under the same names: ids as text and the magic as bigint (and, for msgpackr's sake, a
 * second form with the id as bytes and the magic as two numbers; its faster form is the one compared). msgpackr gets shared
 * record structures, its fastest mode, and unpacks from a Buffer. JSON parses from a string, which leaves out turning bytes
 * into text. Views read frames where they lie in a socket's chunk; FrameReader is pushed one frame at a time. Each figure is the time of one frame; rounds are interleaved, so that all meet the same machine.
 */
import { performance } from 'node:perf_hooks';
import { Packr } from 'msgpackr';
import { AT, frameCrc } from '../src/protocol/frame-header.js';
import { FrameReader } from '../src/protocol/frame-reader.js';
import { encodeFrame } from '../src/protocol/frame-writer.js';
import { QuotesView, SignalView } from '../src/protocol/generated/views.js';
import { BODY_MOST, type Frame2, type QuoteRecord, type SignalMessage } from '../src/protocol/messages.js';

const ROUNDS = 60;
const ROUND_MS = 12;
const FRAMES = 64;

type Sink = number;
interface Contender {
  readonly name: string;
  /** Decodes frame `index` and folds every field into a number. */
  readonly one: (index: number) => Sink;
}

/** What the sums go to, so that no read can be left out. */
let kept = 0;

function roundNs({ one }: Contender): number {
  const started = performance.now();
  let count = 0;
  let sum = 0;
  let now = started;
  while (now - started < ROUND_MS) {
    for (let index = 0; index < FRAMES; index++) sum += one(index);
    count += FRAMES;
    now = performance.now();
  }
  kept += sum;
  return ((now - started) * 1e6) / count;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function compare(title: string, contenders: readonly Contender[]): void {
  for (const contender of contenders) for (let warm = 0; warm < 8; warm++) roundNs(contender);
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, contender] of contenders.entries()) times[at]?.push(roundNs(contender));
  const rows = contenders.map(({ name }, at) => ({ name, sorted: (times[at] ?? []).sort((a, b) => a - b) }));
  const best = Math.min(...rows.filter(({ name }) => name.startsWith('msgpackr')).map(({ sorted }) => percentile(sorted, 0.5)));
  process.stdout.write(
    `\n${title}\n${'ns a frame'.padEnd(44)}${'p50'.padStart(8)}${'p90'.padStart(8)}${'p99'.padStart(8)}${'× msgpackr'.padStart(13)}\n`,
  );
  for (const { name, sorted } of rows) {
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => percentile(sorted, share)) as [number, number, number];
    process.stdout.write(
      `${name.padEnd(44)}${[p50, p90, p99].map((ns) => ns.toFixed(0).padStart(8)).join('')}${(best / p50).toFixed(2).padStart(13)}\n`,
    );
  }
}

function frame(message: Frame2['message'], seq: number): Frame2 {
  return { profile: 2, flags: 0, seq, ack: 0, timeUs: 1_700_000_000_000_000 + seq, message };
}

/** Frames one after the other, as a socket hands over what has gathered. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly frames: readonly Uint8Array[];
}

function chunkOf(messages: readonly Frame2['message'][], numbered: boolean): Chunk {
  const frames = messages.map((message, at) => encodeFrame(frame(message, numbered ? at + 1 : 0)));
  const bytes = Uint8Array.from(Buffer.concat(frames));
  const ends: number[] = [];
  for (const { length } of frames) ends.push((ends.at(-1) ?? 0) + length);
  const starts = ends.map((end, at) => end - (frames[at] as Uint8Array).length);
  return { bytes, view: new DataView(bytes.buffer), starts, ends, frames };
}

function crcOf({ view, starts, ends }: Chunk, index: number): number {
  return frameCrc(view, starts[index] as number, ends[index] as number);
}

function textSum(text: string): number {
  return text.length + text.charCodeAt(0);
}

function quotesContenders(count: number): readonly Contender[] {
  const messages = Array.from({ length: FRAMES }, (_, at) => ({
    kind: 'QUOTES' as const,
    quotes: Array.from(
      { length: count },
      (_one, index): QuoteRecord => ({
        symbolId: index + 1,
        bid: 1.08 + at * 1e-5 + index * 0.1,
        ask: 1.0802 + at * 1e-5 + index * 0.1,
        brokerTimeMs: 1_700_000_000_000 + at,
        tradeable: true,
        sessionOpen: at % 2 === 0,
      }),
    ),
  }));
  const chunk = chunkOf(messages, false);
  const packr = new Packr({ structures: [], useRecords: true });
  for (const message of messages) packr.pack(message);
  const packed = messages.map((message) => packr.pack(message));
  const json = messages.map((message) => JSON.stringify(message));
  const view = new QuotesView();
  const reader = new FrameReader({ maxBody: BODY_MOST });
  const sumOf = (quotes: readonly QuoteRecord[]): number => {
    let sum = 0;
    for (const quote of quotes)
      sum +=
        quote.symbolId + quote.bid + quote.ask + quote.brokerTimeMs + (quote.tradeable ? 1 : 0) + (quote.sessionOpen ? 2 : 0);
    return sum;
  };
  const byView = (index: number): number => {
    const body = (chunk.starts[index] as number) + AT.body;
    let sum = 0;
    view.wrap(chunk.bytes, body, (chunk.ends[index] as number) - body);
    while (view.next())
      sum += view.symbolId + view.bid + view.ask + view.brokerTimeMs + (view.tradeable ? 1 : 0) + (view.sessionOpen ? 2 : 0);
    return sum;
  };
  return [
    { name: 'view, no checksum', one: byView },
    {
      name: 'view, with checksum',
      one: (index) => crcOf(chunk, index) + byView(index),
    },
    {
      name: 'FrameReader: checksum, header, objects',
      one: (index) => {
        let sum = 0;
        reader.push(chunk.frames[index] as Uint8Array, ({ message }) => {
          if (message.kind === 'QUOTES') sum = sumOf(message.quotes);
        });
        return sum;
      },
    },
    {
      name: 'msgpackr, shared records',
      one: (index) => sumOf((packr.unpack(packed[index] as Buffer) as { quotes: QuoteRecord[] }).quotes),
    },
    { name: 'JSON.parse', one: (index) => sumOf((JSON.parse(json[index] as string) as { quotes: QuoteRecord[] }).quotes) },
  ];
}

type Prices = Omit<SignalMessage, 'kind' | 'id' | 'magic'>;

function priceSum(signal: Prices): number {
  const { symbolId, side, entry, entryLow, entryHigh, stopLoss, takeProfit, volume, riskPercent, score, confidence } = signal;
  const numbers =
    symbolId +
    entry +
    entryLow +
    entryHigh +
    stopLoss +
    takeProfit +
    volume +
    riskPercent +
    score +
    confidence +
    signal.validUntilMs;
  const texts = textSum(signal.brokerName) + textSum(signal.model) + textSum(signal.strategy) + textSum(signal.comment);
  return numbers + texts + (side === 'BUY' ? 1 : 2);
}

function signalContenders(): readonly Contender[] {
  const names = ['EURUSD.m', 'GBPUSD.m', 'USDJPY.m', 'XAUUSD.m'];
  const messages = Array.from(
    { length: FRAMES },
    (_, at): SignalMessage => ({
      kind: 'SIGNAL',
      id: `0190a1b2-c3d4-7e5f-8a6b-${(0x1234_5678_9000 + at * 7919).toString(16)}`,
      magic: (77n << 32n) | BigInt(at),
      symbolId: (at % 4) + 1,
      side: at % 2 ? 'BUY' : 'SELL',
      entry: 1.08345 + at * 1e-5,
      entryLow: 1.08325 + at * 1e-5,
      entryHigh: 1.08365 + at * 1e-5,
      stopLoss: 1.08105 + at * 1e-5,
      takeProfit: 1.08705 + at * 1e-5,
      volume: 0.37,
      riskPercent: 1.25,
      score: 71.5 + at / 64,
      confidence: 0.715,
      validUntilMs: 1_700_000_900_000 + at,
      brokerName: names[at % 4] as string,
      model: 'ensemble-2024-11',
      strategy: 'trend@3',
      comment: `suho ${at}`,
    }),
  );
  const chunk = chunkOf(messages, true);
  const texts = new Packr({ structures: [], useRecords: true, int64AsType: 'bigint' });
  const bytes = new Packr({ structures: [], useRecords: true });
  const asBytes = messages.map(({ id, magic, ...rest }) => ({
    ...rest,
    id: Buffer.from(id.replaceAll('-', ''), 'hex'),
    magicHigh: Number(magic >> 32n),
    magicLow: Number(magic & 0xffffffffn),
  }));
  for (const [at, message] of messages.entries()) [texts.pack(message), bytes.pack(asBytes[at])];
  const packedTexts = messages.map((message) => texts.pack(message));
  const packedBytes = asBytes.map((message) => bytes.pack(message));
  const json = messages.map((message) => JSON.stringify({ ...message, magic: String(message.magic) }));
  const view = new SignalView();
  const reader = new FrameReader({ maxBody: BODY_MOST });
  const textForm = (signal: Prices & { id: string; magic: bigint }): number =>
    priceSum(signal) + textSum(signal.id) + Number(signal.magic);
  const inPlace = (index: number): number => {
    const body = (chunk.starts[index] as number) + AT.body;
    view.wrap(chunk.bytes, body, (chunk.ends[index] as number) - body);
    return priceSum(view) + (chunk.bytes[body] as number) + (chunk.bytes[body + 15] as number) + view.magicHigh + view.magicLow;
  };
  const inText = (index: number): number => {
    const body = (chunk.starts[index] as number) + AT.body;
    view.wrap(chunk.bytes, body, (chunk.ends[index] as number) - body);
    return textForm(view);
  };
  return [
    { name: 'view, no checksum', one: inPlace },
    { name: 'view, no checksum, id as text, magic as bigint', one: inText },
    { name: 'view, with checksum', one: (index) => crcOf(chunk, index) + inPlace(index) },
    { name: 'view, with checksum, id as text, magic bigint', one: (index) => crcOf(chunk, index) + inText(index) },
    {
      name: 'FrameReader: checksum, header, objects',
      one: (index) => {
        let sum = 0;
        reader.push(chunk.frames[index] as Uint8Array, ({ message }) => {
          if (message.kind === 'SIGNAL') sum = textForm(message);
        });
        return sum;
      },
    },
    {
      name: 'msgpackr, id as text, magic as bigint',
      one: (index) => textForm(texts.unpack(packedTexts[index] as Buffer) as SignalMessage),
    },
    {
      name: 'msgpackr, id as bytes, magic as two numbers',
      one: (index) => {
        const signal = bytes.unpack(packedBytes[index] as Buffer) as Prices & { id: Buffer; magicHigh: number; magicLow: number };
        return priceSum(signal) + (signal.id[0] as number) + (signal.id[15] as number) + signal.magicHigh + signal.magicLow;
      },
    },
    {
      name: 'JSON.parse',
      one: (index) => {
        const signal = JSON.parse(json[index] as string) as Prices & { id: string; magic: string };
        return priceSum(signal) + textSum(signal.id) + Number(BigInt(signal.magic));
      },
    },
  ];
}

process.stdout.write(
  `Load: ${FRAMES} different frames in turn, ${ROUNDS} interleaved rounds of ${ROUND_MS} ms, one thread, Node ${process.version}.\n`,
);
compare('QUOTES with 8 quotes', quotesContenders(8));
compare('QUOTES with 28 quotes', quotesContenders(28));
compare('SIGNAL', signalContenders());
process.stdout.write(`\n(sum of what was read: ${kept.toExponential(3)})\n`);
