import { assert } from '../runtime/assert.js';

/** Several arrays of state as one. */
export function joinState(parts: readonly Float64Array[]): Float64Array {
  const state = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    state.set(part, at);
    at += part.length;
  }
  return state;
}

/** Puts what was joined back into arrays of the same lengths. */
export function splitState(state: Float64Array, parts: readonly Float64Array[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  assert(state.length === length, `a state of ${state.length} numbers was given where ${length} are kept`);
  let at = 0;
  for (const part of parts) {
    part.set(state.subarray(at, at + part.length));
    at += part.length;
  }
}
