import { isUtf8 } from 'node:buffer';

/**
 * Short ASCII texts as they repeat from frame to frame (symbols, models, strategies): the same bytes give the same string
 * without a new one being made. Direct-mapped, so it is bounded, and a peer that fills it costs only misses.
 */
const SLOTS = 1024;
const LONGEST = 32;
const slots: string[] = new Array<string>(SLOTS).fill('');

function slotOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length;
  for (let index = at; index < at + length; index++) hash = Math.imul(hash, 31) + (bytes[index] as number);
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

function holds(text: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) !== bytes[at + index]) return false;
  }
  return true;
}

function isAscii(bytes: Uint8Array, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) if ((bytes[index] as number) > 0x7f) return false;
  return true;
}

/** The text of `length` UTF-8 bytes from `at`; undefined where they are not valid UTF-8. */
export function textOf(bytes: Buffer, at: number, length: number): string | undefined {
  if (length === 0) return '';
  if (length > LONGEST) {
    return isUtf8(bytes.subarray(at, at + length)) ? bytes.toString('utf8', at, at + length) : undefined;
  }
  const slot = slotOf(bytes, at, length);
  const known = slots[slot] as string;
  if (known.length === length && holds(known, bytes, at)) return known;
  if (!isAscii(bytes, at, length)) {
    return isUtf8(bytes.subarray(at, at + length)) ? bytes.toString('utf8', at, at + length) : undefined;
  }
  const text = bytes.toString('latin1', at, at + length);
  slots[slot] = text;
  return text;
}
