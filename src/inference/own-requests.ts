import { type OwnModelCard, type OwnModelEntry, widthOfSays, widthOfWindow } from '../models/own-model.js';
import type { OwnRequest, OwnShape } from './own-words.js';

interface Sent<K extends OwnRequest['kind']> {
  readonly request: Extract<OwnRequest, { kind: K }>;
  readonly payload: Uint8Array;
}

function shapeOf({ input, says }: OwnModelCard): OwnShape {
  const columns = widthOfWindow({ input }) / input.steps;
  return {
    input: input.name,
    type: input.type,
    dimensions: input.windowed ? [1, input.steps, columns] : [1, columns],
    output: says.output,
    width: widthOfSays(says),
  };
}

export function loadRequest(
  key: string,
  { sha256, card }: Pick<OwnModelEntry, 'sha256' | 'card'>,
  graph: Uint8Array,
): Sent<'load'> {
  return { request: { kind: 'load', key, sha256, shape: shapeOf(card) }, payload: graph };
}

export function askRequest(key: string, window: Float64Array): Sent<'ask'> {
  return { request: { kind: 'ask', key }, payload: new Uint8Array(window.buffer, window.byteOffset, window.byteLength) };
}
