import { type Description, type FieldDescription, fieldType, type RecordDescription } from './description.js';
import { type Plain, type PlainFrame, referenceBody, referenceEncode, referenceFrame } from './reference-encoder.js';

/** A value as the reference encoder takes it, and as `suho frame` writes it. */
interface Sample {
  readonly value: unknown;
  readonly text: unknown;
}

const TIME_US = 1_736_150_400_123_456n;
const ID = '01943b4c-7e00-7a3b-9c4d-5e6f70818293';

/** Values that differ from field to field, so that two fields in each other's place cannot go unseen. */
class Samples {
  #count = 0;

  scalar(base: string): Sample {
    this.#count += 1;
    const count = this.#count;
    const tail = count.toString(16).padStart(2, '0');
    switch (base) {
      case 'u64':
        return { value: 0x8000_0000_0000_0000n + BigInt(count), text: String(0x8000_0000_0000_0000n + BigInt(count)) };
      case 'n64':
        return { value: 2 ** 52 + count, text: String(2 ** 52 + count) };
      case 'timeMs':
        return { value: 1_736_150_400_000 + count, text: String(1_736_150_400_000 + count) };
      case 'timeUs':
        return { value: 1_736_150_400_000_000 + count, text: String(1_736_150_400_000_000 + count) };
      case 'f64':
        return same(count % 5 === 0 ? -count - 0.1 : 1 + count / 100_000);
      case 'bool':
        return same(count % 2 === 0);
      case 'uuid':
        return same(ID.slice(0, -2) + tail);
      case 'hex16':
        return same(ID.replaceAll('-', '').slice(0, -2) + tail);
      case 'i32':
        return same(-10_000 - count);
      case 'u32':
        return same(70_000 + count);
      case 'u16':
        return same(300 + count);
      case 'u8':
        return same(count);
      default:
        return same(`Текст ${count} €`);
    }
  }

  field(field: FieldDescription, description: Description): Sample {
    const { base, of } = fieldType(field);
    this.#count += 1;
    if (field.scale !== undefined) return same((123_400 + this.#count) / field.scale);
    if (field.max !== undefined) return same(this.#count % (field.max + 1));
    if (base === 'enum') {
      const names = Object.keys(description.enums[of]?.values ?? {});
      return same(names[this.#count % names.length]);
    }
    if (base === 'char') return same(`Zoë ${this.#count}`.slice(0, Number(of)));
    if (base === 'list' || base === 'array') {
      const record = description.records[of];
      const items = [0, 1].map(() => (record ? this.holder(record, description) : this.scalar(of)));
      return { value: items.map(({ value }) => value), text: items.map(({ text }) => text) };
    }
    return this.scalar(base);
  }

  holder(holder: RecordDescription, description: Description): { readonly value: Plain; readonly text: Plain } {
    const value: Record<string, unknown> = {};
    const text: Record<string, unknown> = {};
    for (const field of holder.fields) {
      if (field.bits) for (const name of Object.keys(field.bits)) value[name] = text[name] = this.scalar('bool').value;
      else if (field.name !== undefined) ({ value: value[field.name], text: text[field.name] } = this.field(field, description));
    }
    return { value, text };
  }
}

function same(value: unknown): Sample {
  return { value, text: value };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** `test/golden/suho-N.json`: a frame of every message, as hex and as `suho frame` writes it. */
export function goldenText(description: Description): string {
  const { profile } = description;
  const frames = description.messages.map((message, index) => {
    const { value, text } = new Samples().holder(message, description);
    const head = {
      flags: profile === 2 ? index % 2 : 0,
      seq: message.sequenced ? 41 + index : 0,
      ack: profile === 2 ? index : 0,
      time: TIME_US,
    };
    const bytes = referenceEncode({ ...head, message: { kind: message.kind, ...value } }, description);
    const frame = {
      profile,
      type: message.kind,
      flags: head.flags,
      seq: String(head.seq),
      ack: String(head.ack),
      time: String(TIME_US),
      body: text,
    };
    return { hex: hex(bytes), frame };
  });
  return JSON.stringify(frames);
}

const HEAD = { flags: 0, seq: 0, ack: 0, time: TIME_US };

/** A small frame for the reference page and the refusals: one quote. */
export function exampleFrame(description: Description): { readonly bytes: Uint8Array; readonly plain: PlainFrame } {
  const quote = { symbolId: 7, bid: 1.08345, ask: 1.08357, brokerTimeMs: 1_736_157_600_000, tradeable: true, sessionOpen: true };
  const plain = { ...HEAD, message: { kind: 'QUOTES', quotes: [quote] } };
  return { bytes: referenceEncode(plain, description), plain };
}

/** `test/golden/refused.json`: frames that must be refused, with the code and the offset. */
export function refusedText(one: Description, two: Description): string {
  const quotes = exampleFrame(two).bytes;
  const body = referenceBody(exampleFrame(two).plain.message, two);
  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array =>
    bytes.map((byte, index) => (index === at ? value : byte));
  const frame = (type: number, bytes: readonly number[], head: Partial<PlainFrame> = {}): Uint8Array =>
    referenceFrame(type, { ...HEAD, ...head }, bytes);
  const heartbeat = referenceEncode({ ...HEAD, message: { kind: 'HEARTBEAT_1' } }, one);
  const cases: readonly (readonly [string, Uint8Array, string, number])[] = [
    ['another magic', changed(quotes, 0, 0x47), 'bad-magic', 0],
    ['version 3', changed(quotes, 4, 3), 'bad-version', 4],
    ['a body of 65,537 bytes', changed(changed(changed(quotes, 8, 1), 9, 0), 10, 1), 'too-long', 8],
    ['a damaged body', changed(quotes, 50, (quotes[50] as number) ^ 1), 'bad-crc', 12],
    ['cut short', quotes.subarray(0, 50), 'incomplete', 50],
    ['a flag that means nothing', frame(0x11, body, { flags: 2 }), 'bad-flags', 7],
    ['a type that is not known', frame(0x7f, []), 'unknown-type', 6],
    ['a number on QUOTES', frame(0x11, body, { seq: 1 }), 'bad-sequence', 16],
    ['a time before 1970', frame(0x11, body, { time: -1n }), 'out-of-range', 32],
    [
      'a bid that is not a number',
      frame(0x11, [...body.slice(0, 8), 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, ...body.slice(16)]),
      'not-finite',
      48,
    ],
    ['fewer quotes than the count', frame(0x11, [2, ...body.slice(1)]), 'truncated-body', 73],
    ['a quote too short', frame(0x11, [...body.slice(0, 2), 28, ...body.slice(3, 32)]), 'truncated-body', 72],
    ['a reason that there is not', frame(0x05, [0, 0, 0]), 'out-of-range-enum', 40],
    ['text that is not UTF-8', frame(0x05, [1, 2, 0, 0xc3, 0x28]), 'bad-utf8', 43],
    ['suho-1, too short', heartbeat.subarray(0, 15), 'bad-length', 15],
    ['suho-1, a type that is not known', changed(heartbeat, 6, 6), 'unknown-type', 6],
    ['suho-1, a price stream without quotes', changed(heartbeat, 6, 1), 'bad-count', 7],
  ];
  return JSON.stringify(cases.map(([about, bytes, code, offset]) => ({ about, hex: hex(bytes), error: { code, offset } })));
}
