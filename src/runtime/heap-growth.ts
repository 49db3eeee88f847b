import { setFlagsFromString } from 'node:v8';

/** Of what lives, in percent: garbage may be as much before it is collected. */
const GROWTH = 50;

/**
 * For a process that holds thousands of sessions: left to itself the heap grows to two and a half times of what lives in it before it is
 * collected, and what the system has once given stays with the process. For all threads that begin afterwards.
 */
export function collectSooner(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
