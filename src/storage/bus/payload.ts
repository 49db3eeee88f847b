import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { pack, type Unpacked, unpack } from '../packed.js';

/** Of what the bus carries; raised when nodes of the version before could not read it. */
const LAYOUT = 1;

export function payloadBytes(subject: string, payload: unknown): Uint8Array {
  const bytes = pack(LAYOUT, payload);
  if (bytes.length > LIMITS.bus.payload) {
    throw new SuhoError('INPUT_INVALID', `A message for ${subject} has ${bytes.length} bytes; ${LIMITS.bus.payload} fit.`);
  }
  return bytes;
}

export function payloadOf(bytes: Uint8Array): Unpacked {
  return unpack(LAYOUT, bytes);
}
