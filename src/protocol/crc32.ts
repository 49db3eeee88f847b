/**
 * CRC-32 (IEEE, as zlib). Node's own is fastest on long input, but a call costs more than a short frame's whole sum, and
 * older Node 20 has none; so short input, and all input there, goes through slicing-by-16 tables.
 */
import * as zlib from 'node:zlib';

/** Sixteen tables of 256 one after the other: table k moves a byte over k further bytes. */
const TABLES = new Int32Array(16 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  TABLES[byte] = crc;
}
for (let at = 256; at < TABLES.length; at++) {
  const crc = TABLES[at - 256] as number;
  TABLES[at] = (crc >>> 8) ^ (TABLES[crc & 0xff] as number);
}

/** What four bytes add that are followed by `table` / 256 further bytes of the sixteen. */
function word(value: number, table: number): number {
  return (
    (TABLES[table + 0x300 + (value & 0xff)] as number) ^
    (TABLES[table + 0x200 + ((value >>> 8) & 0xff)] as number) ^
    (TABLES[table + 0x100 + ((value >>> 16) & 0xff)] as number) ^
    (TABLES[table + (value >>> 24)] as number)
  );
}

/** The sum of sixteen bytes given as little-endian words, going on from `seed`. */
export function crc32OfWords(first: number, second: number, third: number, fourth: number, seed = 0): number {
  return ~(word(first ^ ~seed, 0xc00) ^ word(second, 0x800) ^ word(third, 0x400) ^ word(fourth, 0)) >>> 0;
}

/** The sum of bytes `start` to `end`, going on from `seed`, by tables alone. */
export function crc32Sliced(view: DataView, start: number, end: number, seed = 0): number {
  let crc = ~seed;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    crc =
      word(view.getInt32(at, true) ^ crc, 0xc00) ^
      word(view.getInt32(at + 4, true), 0x800) ^
      word(view.getInt32(at + 8, true), 0x400) ^
      word(view.getInt32(at + 12, true), 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (TABLES[(crc ^ view.getUint8(at)) & 0xff] as number);
  return ~crc >>> 0;
}

const native = (zlib as unknown as { readonly crc32?: (data: Uint8Array, seed: number) => number }).crc32;

/** Above this many bytes the native call has paid for itself. */
const NATIVE_FROM = 768;

export function crc32(view: DataView, start: number, end: number, seed = 0): number {
  if (native && end - start >= NATIVE_FROM)
    return native(new Uint8Array(view.buffer, view.byteOffset + start, end - start), seed);
  return crc32Sliced(view, start, end, seed);
}
