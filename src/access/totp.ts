/** One-time codes by time (RFC 6238, over RFC 4226): six digits, thirty seconds, SHA-1, which is what authenticator apps know. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../limits.js';
import { sha256Hex } from '../runtime/digest.js';

const STEP_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}

export function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text.toUpperCase()) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) continue;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >>> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}

export type HmacName = 'sha1' | 'sha256' | 'sha512';

/** RFC 4226. */
export function hotp(secret: Uint8Array, counter: number, digits = 6, hmac: HmacName = 'sha1'): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac(hmac, secret).update(message).digest();
  const offset = (mac.at(-1) as number) & 15;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits;
  return String(number).padStart(digits, '0');
}

export function stepOf(timeMs: number): number {
  return Math.floor(timeMs / STEP_MS);
}

/** The step whose code this is, of those near the time: an app's clock may be a step off. Undefined where it is none of them. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const bytes = fromBase32(secret);
  const shown = Buffer.from(code);
  let found: number | undefined;
  // All are tried, whichever it is.
  for (let step = stepOf(nowMs) - LIMITS.access.codeSteps; step <= stepOf(nowMs) + LIMITS.access.codeSteps; step++)
    if (timingSafeEqual(Buffer.from(hotp(bytes, step)), shown)) found = step;
  return found;
}

export function otpauthUrl(name: string, secret: string): string {
  const label = encodeURIComponent(`Suho:${name}`);
  return `otpauth://totp/${label}?secret=${secret}&issuer=Suho&algorithm=SHA1&digits=6&period=30`;
}

/** As it is kept: of 80 random bits a plain hash is enough. */
export function recoveryHash(code: string): string {
  return sha256Hex(code.toUpperCase().replace(/[^A-Z2-7]/g, ''));
}

/** `ABCD-EFGH-IJKL-MNOP`, of ten random bytes. */
export function recoveryCode(bytes: Uint8Array): string {
  return (toBase32(bytes.subarray(0, 10)).match(/.{4}/g) ?? []).join('-');
}
