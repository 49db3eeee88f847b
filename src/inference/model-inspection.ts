/** Everything that can be wrong with a model in a file, a sentence each, before it is relied on. */
import { cardFaults } from '../models/card-faults.js';
import type { InferencePool } from './inference-pool.js';
import { expired, isExpired, unfitCard, unfitGraph } from './model-check.js';
import type { EnsembleFile, ModelFile } from './model-files.js';

/** Loads the graph and runs it. */
export async function inspectModel(
  { card, graph }: ModelFile,
  pool: Pick<InferencePool, 'try'>,
  nowMs: number,
): Promise<readonly string[]> {
  const source = { key: `${graph}:${card.sha256.slice(0, 12)}`, file: graph, sha256: card.sha256 };
  const unfit = [
    isExpired(card, nowMs) ? expired(card) : undefined,
    // At the beginning of time nothing has expired: then it is told of the columns.
    unfitCard(card, 0),
    unfitGraph(card, await pool.try(source)),
  ];
  return [...unfit.flatMap((one) => (one === undefined ? [] : [one.sentence])), ...cardFaults(card)];
}

/** Whether its maps are of the models that are there. */
export function inspectEnsemble({ card }: EnsembleFile, models: readonly ModelFile[], nowMs: number): readonly string[] {
  const problems = nowMs >= Date.parse(card.expiresAt) ? [`it is not to be used after ${card.expiresAt}`] : [];
  for (const { model, version, sha256 } of card.members) {
    const named = models.filter((one) => one.card.name === model);
    const [found] = named;
    if (found === undefined) problems.push(`it was fitted on ${model}@${version}, which is not there`);
    else if (!named.some((one) => one.card.sha256 === sha256))
      problems.push(`it was fitted on another ${model} (${model}@${version}) than is there (${model}@${found.card.version})`);
  }
  return problems;
}
