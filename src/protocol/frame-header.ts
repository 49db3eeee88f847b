import { crc32, crc32OfWords } from './crc32.js';
import type { FaultCode, ProtocolFault } from './fault.js';
import {
  FIRST_IGNORED_TYPE,
  FLAG_POSSIBLE_DUPLICATE,
  KINDS_2,
  type KindRule,
  MAGIC,
  type Sender,
  VERSION_2,
} from './messages.js';

/** Where the fields of a suho-2 header stand. */
export const AT = {
  magic: 0,
  version: 4,
  type: 6,
  flags: 7,
  length: 8,
  crc32: 12,
  seq: 16,
  ack: 24,
  timeUs: 32,
  body: 40,
} as const;

/** High words above this would make a number that a double cannot hold exactly. */
export const HIGH_MOST = 0x1fffff;

/** The rule of each type number that the description knows. */
const RULES: readonly (KindRule | undefined)[] = (() => {
  const rules: (KindRule | undefined)[] = new Array<KindRule | undefined>(256).fill(undefined);
  for (const rule of Object.values(KINDS_2)) rules[rule.type] = rule;
  return rules;
})();

/** The sum over a whole frame at `start`, its own field taken as zero. */
export function frameCrc(view: DataView, start: number, end: number): number {
  const first = view.getInt32(start, true);
  const sum = crc32OfWords(first, view.getInt32(start + 4, true), view.getInt32(start + 8, true), 0);
  return crc32(view, start + AT.seq, end, sum);
}

function fault(code: FaultCode, offset: number, message: string): ProtocolFault {
  return { code, offset, message };
}

/** What the first bytes of a frame already tell, from as many as there are. */
export function prefixFault(view: DataView, start: number, available: number, maxBody: number): ProtocolFault | undefined {
  if (available >= AT.version && view.getUint32(start, true) !== MAGIC)
    return fault('bad-magic', AT.magic, 'This is not a Suho frame.');
  if (available >= AT.type) {
    const version = view.getUint16(start + AT.version, true);
    if (version !== VERSION_2) return fault('bad-version', AT.version, `Version ${version} is not spoken here.`);
  }
  if (available >= AT.crc32) {
    const length = view.getUint32(start + AT.length, true);
    if (length > maxBody) return fault('too-long', AT.length, `The body has ${length} bytes and may have ${maxBody}.`);
  }
  return undefined;
}

/** The first 64-bit field that a number cannot hold. */
function fieldBeyond(view: DataView, start: number): 'seq' | 'ack' | 'timeUs' | undefined {
  if (view.getUint32(start + AT.seq + 4, true) > HIGH_MOST) return 'seq';
  if (view.getUint32(start + AT.ack + 4, true) > HIGH_MOST) return 'ack';
  return view.getUint32(start + AT.timeUs + 4, true) > HIGH_MOST ? 'timeUs' : undefined;
}

/** Checks of a header whose sum is right. `from` is the side that sent it, where that is known. */
export function headerFault(view: DataView, start: number, from: Sender | undefined): ProtocolFault | undefined {
  const flags = view.getUint8(start + AT.flags);
  if (flags & ~FLAG_POSSIBLE_DUPLICATE)
    return fault('bad-flags', AT.flags, `Flags 0x${flags.toString(16)} have bits that mean nothing.`);
  const beyond = fieldBeyond(view, start);
  if (beyond) return fault('out-of-range', AT[beyond], `${beyond} is negative or above 2^53 - 1.`);
  const type = view.getUint8(start + AT.type);
  const rule = RULES[type];
  if (!rule) {
    return type >= FIRST_IGNORED_TYPE
      ? undefined
      : fault('unknown-type', AT.type, `There is no type 0x${type.toString(16).padStart(2, '0')}.`);
  }
  if (from && rule.from !== 'BOTH' && rule.from !== from) {
    return fault('wrong-direction', AT.type, `Type 0x${type.toString(16).padStart(2, '0')} is not sent by this side.`);
  }
  const numbered = view.getUint32(start + AT.seq, true) !== 0 || view.getUint32(start + AT.seq + 4, true) !== 0;
  if (numbered !== rule.sequenced) {
    return fault('bad-sequence', AT.seq, numbered ? 'This type carries no number.' : 'This type must carry a number.');
  }
  return undefined;
}

/** A 64-bit field that `headerFault` found to fit a number. */
export function number64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 4_294_967_296 + view.getUint32(at, true);
}
