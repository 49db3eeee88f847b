import fc from 'fast-check';

/**
 * Numbers spread evenly over a range, and now and then any double of it: `fc.double` alone takes every double for equally
 * likely, so that nearly all of its numbers are next to nothing.
 */
export function evenNumber(min: number, max: number): fc.Arbitrary<number> {
  const even = fc.integer({ min: 0, max: 10_000 }).map((step) => min + (step / 10_000) * (max - min));
  return fc.oneof({ weight: 4, arbitrary: even }, { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) });
}
