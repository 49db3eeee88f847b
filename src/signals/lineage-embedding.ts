/** The embedding of a decision, as its lineage keeps it: where a restart lies between the decision and what came of it. */
import { REGIMES, type Regime } from '../indicators/regime/regimes.js';

const NUMBERS = 128;
const BYTES = NUMBERS * Float32Array.BYTES_PER_ELEMENT;

export interface KeptEmbedding {
  readonly vector: Float32Array;
  readonly type: string;
  readonly regime: Regime | '';
}

/** Undefined where the lineage has none, or nothing that is one. */
export function embeddingOf(lineage: string | null): KeptEmbedding | undefined {
  if (lineage === null) return undefined;
  const { embedding, embedder, regime } = fieldsOf(lineage);
  if (typeof embedding !== 'string') return undefined;
  const bytes = Buffer.from(embedding, 'base64');
  if (bytes.length !== BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BYTES);
  const vector = Float32Array.from({ length: NUMBERS }, (_, at) => view.getFloat32(at * Float32Array.BYTES_PER_ELEMENT, true));
  const known = REGIMES.find((name) => name === regime);
  return { vector, type: typeof embedder === 'string' ? embedder : '', regime: known ?? '' };
}

/** As it stands in a lineage: base64 of little-endian numbers of single precision. */
export function embeddingText(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
