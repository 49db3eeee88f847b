/**
 * What a training gives to the ensemble: no graph, for its weights are how right each model has been of late, which is live
 * state. It gives the maps by which averages of models are calibrated, and what these were worth where it counts.
 */
import { z } from 'zod';
import { SuhoError } from '../errors.js';
import { CALIBRATION, MODEL_CARD_PARTS, parseCard, SPOKEN_HORIZONS } from './model-card.js';

const { name, version, timeframe, data, split, metrics, trainedAt, expiresAt, details } = MODEL_CARD_PARTS;

const CARD = z.strictObject({
  format: z.literal(1),
  kind: z.literal('meta'),
  name,
  version,
  timeframe,
  /** The one that all of it is about. */
  horizon: z.enum(SPOKEN_HORIZONS),
  /** The models that it was fitted on, by their graphs: of other ones its maps tell nothing. */
  members: z.array(z.strictObject({ model: name, version, sha256: MODEL_CARD_PARTS.sha256 })).min(2),
  /** For the average of just these models with equal weights, each calibrated by its own map first. */
  calibrations: z.array(z.strictObject({ models: z.array(name).min(2).readonly(), calibration: CALIBRATION })).min(1),
  data,
  split,
  metrics,
  trainedAt,
  expiresAt,
  details,
});

export type EnsembleCard = z.infer<typeof CARD>;

/** Whether a card's text is an ensemble's rather than a model's; which it is must be told before either can be parsed. */
export function isEnsembleCard(text: string): boolean {
  try {
    return (JSON.parse(text) as { readonly kind?: unknown } | null)?.kind === 'meta';
  } catch {
    // Whoever parses it says what is wrong.
    return false;
  }
}

export function parseEnsembleCard(text: string, where: string): EnsembleCard {
  const card = parseCard(CARD, text, where);
  const known = new Set(card.members.map(({ model }) => model));
  const stranger = card.calibrations.flatMap(({ models }) => models).find((model) => !known.has(model));
  if (stranger !== undefined) throw new SuhoError('INPUT_INVALID', `${where}: calibrations: ${stranger} is none of its members`);
  return card;
}
