/**
 * Why a frame is refused, read or written. A code is part of the interface (metrics count by it, `suho frame` prints it): a
 * code is never renamed or reused.
 */
export const FAULT_CODES = [
  // Of the frame.
  'bad-magic',
  'bad-version',
  'bad-flags',
  'bad-crc',
  'bad-sequence',
  'too-long',
  'unknown-type',
  'wrong-direction',
  'incomplete',
  // Of a body.
  'truncated-body',
  'out-of-range',
  'out-of-range-enum',
  'bad-utf8',
  'not-finite',
  // Of suho-1's fixed lengths.
  'bad-length',
  'bad-count',
  'bad-padding',
  // Of a value that is to be written.
  'negative',
  'inexact',
  'bad-text',
  'bad-id',
  // Of the text form of `suho frame`.
  'bad-hex',
  'bad-json',
  'bad-field',
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

export interface ProtocolFault {
  readonly code: FaultCode;
  /** Bytes from the start of the frame. */
  readonly offset: number;
  readonly message: string;
}
