import { type ModelCard, type ModelKind, parseModelCard } from '../models/model-card.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Dataset } from './dataset.js';
import type { Part } from './splits.js';
import type { CardDetails, CardMetric, CardPart } from './trained-model.js';

/** Of what a training's cards have in common. */
export interface TrainingFacts {
  readonly timeframe: Timeframe;
  readonly data: ModelCard['data'];
  readonly split: ModelCard['split'];
  readonly trainedAtMs: number;
  readonly expiryDays: number;
}

const DAY_MS = 86_400_000;

export function modelFileName(kind: ModelKind, timeframe: Timeframe): string {
  return `${kind === 'meta' ? 'ensemble' : kind}-${timeframe.toLowerCase()}`;
}

export function expiryOf({ trainedAtMs, expiryDays }: TrainingFacts): string {
  return instant(trainedAtMs + expiryDays * DAY_MS);
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

export interface CardContents {
  readonly part: CardPart;
  readonly version: number;
  readonly metrics: readonly CardMetric[];
  readonly details: CardDetails;
  readonly sha256: string;
}

/** Read back as whoever loads it will, so that no card is written that cannot be read. */
export function makeCard(facts: TrainingFacts, { part, version, metrics, details, sha256 }: CardContents): ModelCard {
  const { timeframe, data, split, trainedAtMs } = facts;
  const name = modelFileName(part.kind, timeframe);
  const { kind, columns, input, outputs, says, outlier } = part;
  const card: ModelCard = {
    format: 1,
    name,
    kind,
    version,
    timeframe,
    columns,
    input,
    outputs,
    says,
    ...(outlier === undefined ? {} : { outlier }),
    data,
    split,
    metrics: [...metrics],
    trainedAt: instant(trainedAtMs),
    expiresAt: expiryOf(facts),
    sha256,
    details,
  };
  return parseModelCard(JSON.stringify(card), name);
}

type PartOf = Part<'train' | 'validation' | 'test'>;

/** When the rows of each part were known, first and last. */
export function splitOf(
  dataset: Dataset,
  parts: { readonly train: PartOf; readonly validation: PartOf; readonly test: PartOf },
  purgedRows: number,
): ModelCard['split'] {
  const span = ({ rows }: PartOf): ModelCard['split']['train'] => ({
    from: instant(dataset.endMs(rows[0] as number)),
    to: instant(dataset.endMs(rows.at(-1) as number)),
    rows: rows.length,
  });
  return { train: span(parts.train), validation: span(parts.validation), test: span(parts.test), purgedRows };
}
