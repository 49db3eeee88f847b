/** The magic of a signal's trade: the account's base in its high half, the signal's number in its low one. Pure. */
const LOW_HALF = 0xffff_ffffn;

export function magicOf(magicBase: number, seq: number): bigint {
  return (BigInt(magicBase) << 32n) | BigInt(seq);
}

/** Whether a trade with this magic is one of the account's signals. */
export function isOurs(magic: bigint, magicBase: number): boolean {
  return magic >> 32n === BigInt(magicBase);
}

/** The number of the signal that it belongs to. */
export function numberIn(magic: bigint): number {
  return Number(magic & LOW_HALF);
}
