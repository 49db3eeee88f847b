/**
 * The inner loop of a search, as WebAssembly with vector instructions: for each of some vectors that are kept as 128 codes of a
 * byte, an upper bound of its cosine with a query. Plain JavaScript takes eight times as long.
 *
 * The module is one function, written down here instruction by instruction and put together when the program starts: no
 * compiler is needed to build or to read it. For each vector it computes
 *
 *     bound = codes · query × scale × queryScale + slack
 *
 * where `codes` are signed bytes, `query` 16-bit words, and the product is exact: 128 × 127 × 32,767 fits 32 bits.
 */
import { EMBEDDING } from '../embedding.js';

/** What is used of it: the types of Node lack it. */
declare namespace WebAssembly {
  class Memory {
    constructor(pages: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}

/** Types and instructions of the WebAssembly specification, by their bytes. */
const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const LOOP = 0x03;
const NO_RESULT = 0x40;
const BRANCH_IF = 0x0d;
const END = 0x0b;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const F32_LOAD = 0x2a;
const F32_STORE = 0x38;
const I32_CONST = 0x41;
const I32_ADD = 0x6a;
const F32_ADD = 0x92;
const F32_MUL = 0x94;
const F32_CONVERT_I32_S = 0xb2;
const SIMD = 0xfd;
const V128_LOAD = 0x00;
const I8X16_SHUFFLE = 0x0d;
const I32X4_SPLAT = 0x11;
const I32X4_EXTRACT_LANE = 0x1b;
const I16X8_EXTEND_LOW_I8X16_S = 0x87;
const I16X8_EXTEND_HIGH_I8X16_S = 0x88;
const I32X4_ADD = 0xae;
const I32X4_DOT_I16X8_S = 0xba;

type Code = readonly number[];

/** Numbers without sign in as many bytes as they need. */
function whole(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...whole(number >>> 7)];
}

/** The same with a sign. */
function signed(number: number): number[] {
  return number >= -64 && number < 64 ? [number & 127] : [(number & 127) | 128, ...signed(number >> 7)];
}

const get = (local: number): Code => [LOCAL_GET, local];
const set = (local: number): Code => [LOCAL_SET, local];
const tee = (local: number): Code => [LOCAL_TEE, local];
const simd = (instruction: number): Code => [SIMD, ...whole(instruction)];
/** Alignment as a power of two, then the offset. */
const load128 = (offset: number): Code => [...simd(V128_LOAD), 4, ...whole(offset)];
const loadFloat: Code = [F32_LOAD, 2, 0];
const storeFloat: Code = [F32_STORE, 2, 0];
const advance = (local: number, by: number): Code => [...get(local), I32_CONST, ...signed(by), I32_ADD, ...set(local)];
const shuffle = (...bytes: number[]): Code => [...simd(I8X16_SHUFFLE), ...bytes];

/** Parameters of the function, then its own. */
const [CODES, SCALES, SLACKS, QUERY, QUERY_SCALE, BOUNDS, COUNT, SUM, PIECE] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

/** Sixteen codes at `at`, half by half widened to words, times the query's, into the sum. */
function addProducts(at: number): Code {
  const half = (widen: number, offset: number): Code => [
    ...get(PIECE),
    ...simd(widen),
    ...get(QUERY),
    ...load128(2 * at + offset),
    ...simd(I32X4_DOT_I16X8_S),
    ...simd(I32X4_ADD),
  ];
  return [
    ...get(CODES),
    ...load128(at),
    ...set(PIECE),
    ...get(SUM),
    ...half(I16X8_EXTEND_LOW_I8X16_S, 0),
    ...half(I16X8_EXTEND_HIGH_I8X16_S, 16),
    ...set(SUM),
  ];
}

/** The sum's own lanes in another order, added to it. */
function fold(...bytes: number[]): Code {
  return [...get(SUM), ...get(SUM), ...get(SUM), ...shuffle(...bytes), ...simd(I32X4_ADD), ...set(SUM)];
}

function body(): Code {
  const pieces = Array.from({ length: EMBEDDING / 16 }, (_, piece) => addProducts(16 * piece)).flat();
  return [
    ...[LOOP, NO_RESULT],
    ...[I32_CONST, 0, ...simd(I32X4_SPLAT), ...set(SUM)],
    ...pieces,
    ...fold(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
    ...fold(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11),
    ...get(BOUNDS),
    ...[...get(SUM), ...simd(I32X4_EXTRACT_LANE), 0, F32_CONVERT_I32_S],
    ...[...get(SCALES), ...loadFloat, F32_MUL, ...get(QUERY_SCALE), F32_MUL],
    ...[...get(SLACKS), ...loadFloat, F32_ADD],
    ...storeFloat,
    ...advance(CODES, EMBEDDING),
    ...[SCALES, SLACKS, BOUNDS].flatMap((local) => advance(local, 4)),
    ...[...get(COUNT), I32_CONST, ...signed(-1), I32_ADD, ...tee(COUNT), BRANCH_IF, 0],
    ...[END, END],
  ];
}

const list = (...items: Code[]): Code => [...whole(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...whole(content.length), ...content];
const text = (name: string): Code => list(...Array.from(Buffer.from(name), (byte) => [byte]));

function moduleBytes(): Uint8Array {
  const type = [0x60, ...list([I32], [I32], [I32], [I32], [F32], [I32], [I32]), ...list()];
  const memory = [...text('own'), ...text('memory'), 2, 0, 0];
  const locals = list([...whole(2), V128]);
  const code = [...locals, ...body()];
  return Uint8Array.from([
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(1, list(type)),
    ...section(2, list(memory)),
    ...section(3, list([0])),
    ...section(7, list([...text('scan'), 0, 0])),
    ...section(10, list([...whole(code.length), ...code])),
  ]);
}

/** Places are byte offsets in the memory; `count` is at least 1, and the query is 128 words of 16 bits. */
type Scan = (
  codes: number,
  scales: number,
  slacks: number,
  query: number,
  queryScale: number,
  bounds: number,
  count: number,
) => void;

export const PAGE_BYTES = 65_536;

/** The function and the memory it works on. */
export class ScanKernel {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly scan: Scan;

  constructor() {
    const made = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { own: { memory: this.#memory } });
    this.scan = made.exports.scan as Scan;
  }

  /** Another object after each growth. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  grow(pages: number): void {
    this.#memory.grow(pages);
  }
}
