/** The instants that stand under a chart, and how they are written. */
import { clock, day, minute } from './format.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((times) => times * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((times) => times * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((times) => times * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((times) => times * DAY_MS),
];

/** Round instants of the span; of those that lie on its ends one more than asked for. */
export function instantsOf(fromMs: number, toMs: number, most: number): readonly number[] {
  const rough = (toMs - fromMs) / Math.max(1, most);
  const stepMs = STEPS_MS.find((one) => one >= rough) ?? Math.ceil(rough / DAY_MS) * DAY_MS;
  const first = Math.ceil(fromMs / stepMs);
  const last = Math.floor(toMs / stepMs);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * stepMs);
}

/** As short as their distance lets them be: seconds where they are apart by seconds, days where by days. */
export function instantLabels(instants: readonly number[]): readonly string[] {
  const [first = 0, second = first] = instants;
  const stepMs = second - first;
  const write = stepMs >= DAY_MS ? day : stepMs > 0 && stepMs < MINUTE_MS ? clock : minute;
  // Within days the date stands where one begins.
  return instants.map((timeMs) => (write === minute && timeMs % DAY_MS === 0 ? day(timeMs).slice(5) : write(timeMs)));
}
