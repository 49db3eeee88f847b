/** Puts what a node may use onto its shelf: at its start all of it, and later each model that is added, while it goes on. */
import type { Logger } from '../runtime/logger.js';
import type { LeftOut } from './model-check.js';
import { readCardFile } from './model-files.js';
import type { ModelShelf } from './model-shelf.js';
import { type ModelStock, readStock, SHIPPED_MODELS, type StockedEnsemble, type StockState } from './model-stock.js';

type Shelf = Pick<ModelShelf, 'put' | 'standing' | 'keepMaps'>;

/** Answers those models that were left out. */
export async function shelveStock(shelf: Shelf, stock: ModelStock, logger: Logger): Promise<readonly LeftOut[]> {
  for (const reason of stock.unreadable) logger.warn({ reason }, 'a model’s card cannot be read');
  const out: LeftOut[] = [];
  // What is tried is tried against what stands.
  for (const state of ['deployed', 'arm'] as const)
    for (const file of stock.models.filter((model) => model.state === state)) {
      const put = await shelf.put(file, state === 'arm' ? 'trial' : 'standing');
      if (put.kind === 'left out') out.push(put);
    }
  keepMaps(shelf, stock.ensembles, logger);
  return out;
}

/** A map was fitted on just its members' graphs; of other ones it tells nothing. */
function keepMaps(shelf: Shelf, ensembles: readonly StockedEnsemble[], logger: Logger): void {
  const standing = new Map(shelf.standing().map(({ card }) => [card.name, card.sha256]));
  const fitting = ensembles.filter(({ state, card }) => {
    if (state !== 'deployed') return false;
    const other = card.members.find(({ model, sha256 }) => standing.get(model) !== sha256);
    if (other !== undefined) logger.warn({ ensemble: card.name, model: other.model }, 'an ensemble’s maps are of other models');
    return other === undefined;
  });
  shelf.keepMaps(
    fitting.flatMap(({ card: { timeframe, horizon, expiresAt, calibrations } }) =>
      calibrations.map((map) => ({ ...map, timeframe, horizon, expiresAtMs: Date.parse(expiresAt) })),
    ),
  );
}

/** One that has been added to the data folder while the node runs; undefined where it is used now, else why not. */
export async function useModel(
  shelf: Shelf,
  card: string,
  state: StockState,
  data: string,
  logger: Logger,
): Promise<string | undefined> {
  const file = await readCardFile(card);
  if ('graph' in file) {
    const put = await shelf.put(file, state === 'arm' ? 'trial' : 'standing');
    if (put.kind === 'left out') return put.sentence;
  }
  // Which maps fit is told by what stands now.
  keepMaps(shelf, (await readStock(SHIPPED_MODELS, data)).ensembles, logger);
  return undefined;
}
