/**
 * API keys. A key is 32 random bytes (256 bits), so a fast hash is enough: nothing can be guessed from it, and ten thousand
 * EAs can reconnect at once. Only its hash is kept.
 *
 * It is printed as `suho_` and 64 hex digits: the prefix lets secret scanners and a person recognise one that has leaked, and
 * the digits survive every input field of a trading terminal. The hash is over the 32 bytes, so a key typed with or without
 * the prefix, in either case of letters, is the same key.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const PREFIX = 'suho_';
const DIGITS = /^[0-9a-f]{64}$/;

/** The form a person is shown, once. */
export function printedKey(secretHex: string): string {
  return PREFIX + secretHex;
}

/** The key's 32 bytes, or undefined where the text is not a key. */
export function keyBytes(text: string): Buffer | undefined {
  const bare = text.trim().toLowerCase();
  const digits = bare.startsWith(PREFIX) ? bare.slice(PREFIX.length) : bare;
  return DIGITS.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** What is kept of a key: SHA-256 of its bytes as lower-case hex. */
export function hashKey(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const NOTHING = Buffer.alloc(32);

/** Takes the same time whatever the text, whether it is a key at all, and where it first differs. */
export function keyMatches(text: string, keyHash: string): boolean {
  const bytes = keyBytes(text);
  const given = createHash('sha256')
    .update(bytes ?? NOTHING)
    .digest();
  const equal = timingSafeEqual(given, Buffer.from(keyHash, 'hex'));
  return equal && bytes !== undefined;
}
