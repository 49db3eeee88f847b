/**
 * Short ASCII texts as they repeat from frame to frame (symbols, models, strategies): the same bytes give the same string
 * without a new one being made. Direct-mapped, so it is bounded, and a peer that fills it costs only misses. Bytes are
 * hashed and compared four at a time; the last word of a text overlaps the one before where the length is no multiple.
 */
import { isUtf8 } from 'node:buffer';

const SLOTS = 4_096;
const SHORTEST = 4;
const LONGEST = 32;
const SLOT_WORDS = LONGEST / 4;

const texts: string[] = new Array<string>(SLOTS).fill('');
const words = new Int32Array(SLOTS * SLOT_WORDS);

/** Neighbours differ in one digit, often the highest byte of a word: it is folded down before it is multiplied. */
function slotOf(first: number, last: number, length: number): number {
  let hash = Math.imul(last ^ (last >>> 16), 0x9e3779b1) ^ first;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) + length;
  return (hash ^ (hash >>> 13)) & (SLOTS - 1);
}

/** Whether the slot's text has the bytes at `at`; its length is known to be the same. */
function holds(slot: number, view: DataView, at: number, length: number): boolean {
  let index = slot * SLOT_WORDS;
  let place = at;
  const last = at + length - 4;
  for (; place < last; place += 4) if (words[index++] !== view.getInt32(place, true)) return false;
  return words[index] === view.getInt32(last, true);
}

function keep(slot: number, text: string, view: DataView, at: number): void {
  let index = slot * SLOT_WORDS;
  const last = at + text.length - 4;
  for (let place = at; place < last; place += 4) words[index++] = view.getInt32(place, true);
  words[index] = view.getInt32(last, true);
  texts[slot] = text;
}

function decode(view: DataView, at: number, length: number): string | undefined {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, length);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** The text of `length` UTF-8 bytes at `at`; undefined where they are not valid UTF-8. */
export function textOf(view: DataView, at: number, length: number): string | undefined {
  if (length === 0) return '';
  if (length < SHORTEST || length > LONGEST) return decode(view, at, length);
  const slot = slotOf(view.getInt32(at, true), view.getInt32(at + length - 4, true), length);
  const known = texts[slot] as string;
  if (known.length === length && holds(slot, view, at, length)) return known;
  const text = decode(view, at, length);
  // As many characters as bytes: it is ASCII, and the slot's length tells that of its bytes.
  if (text?.length === length) keep(slot, text, view, at);
  return text;
}
