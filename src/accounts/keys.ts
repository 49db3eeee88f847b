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

/** An account's keys, as they are kept: while it changes from one to another it has two. */
export interface AccountKeys {
  readonly keyHash: string;
  readonly previousKeyHash: string | null;
  /** The one before is valid before then. */
  readonly previousUntil: number | null;
}

const NOTHING = Buffer.alloc(32);
/** No key is known that has this hash: what stands in where there is nothing to compare with. */
const NO_HASH = '0'.repeat(64);

/**
 * The hash of the key in `text` where it is one of the account's and valid. Two hashes are compared, each in constant time,
 * whether the text is a key at all, which of them it is, and whether there is such an account: no answer comes sooner.
 */
export function shownKey(
  text: string,
  account: AccountKeys | undefined,
  nowMs: number,
  compare: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqual,
): string | undefined {
  const bytes = keyBytes(text);
  const given = createHash('sha256')
    .update(bytes ?? NOTHING)
    .digest();
  const newest = compare(given, Buffer.from(account?.keyHash ?? NO_HASH, 'hex'));
  const previous = compare(given, Buffer.from(account?.previousKeyHash ?? NO_HASH, 'hex'));
  const valid = bytes !== undefined && (newest || (previous && nowMs < (account?.previousUntil ?? 0)));
  return valid ? given.toString('hex') : undefined;
}
