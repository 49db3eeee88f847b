import type { Random } from '../../runtime/random.js';

export interface NetArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a net has learned, by name: plain arrays, so that they can be stored, moved and written into a graph. */
export type NetWeights = Readonly<Record<string, NetArray>>;

export function zeros(...shape: readonly number[]): NetArray {
  return { shape, values: new Float32Array(sizeOf(shape)) };
}

/** So that what goes through neither grows nor dies out. */
export function drawn(random: Random, spread: number, ...shape: readonly number[]): NetArray {
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, () => spread * random.normal()) };
}

export function copyOf(weights: NetWeights): NetWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
  );
}

export function weightOf(weights: NetWeights, name: string): NetArray {
  const found = weights[name];
  if (found === undefined) throw new Error(`the net has no ${name}`);
  return found;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
