import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TrialReport } from '../../src/inference/batch-task.js';
import { ModelShelf } from '../../src/inference/model-shelf.js';
import { modelsFolder, readStock, stock } from '../../src/inference/model-stock.js';
import { shelveStock, useModel } from '../../src/inference/shelve-stock.js';
import type { ModelCard } from '../../src/models/model-card.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { cardOf, ensembleCardOf } from '../support/model-cards.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const NOW_MS = Date.parse('2026-03-01T00:00:00Z');
const HASHES = { 'trees-m1': '1'.repeat(64), 'lstm-m1': '2'.repeat(64) } as const;
type Name = keyof typeof HASHES;

/** A pool to which every graph is what its card tells. */
function shelfAt(clock: SteppedClock): ModelShelf {
  const { input, outputs } = cardOf();
  const pool = {
    ask: async () => new Map(),
    try: async (): Promise<TrialReport> => ({ kind: 'tried', inputs: [input], outputs, fastestMs: 1 }),
    onBatch: () => {},
  };
  return new ModelShelf({ pool, clock, logger: silentLogger });
}

function card(name: Name, changes: Partial<ModelCard> = {}): ModelCard {
  return cardOf({ name, sha256: HASHES[name], ...changes });
}

async function write(folder: TemporaryFolder, ...cards: readonly object[]): Promise<void> {
  for (const one of cards) {
    const { name } = one as { readonly name: string };
    await folder.write(`${name}.json`, JSON.stringify(one));
    await folder.write(`${name}.onnx`, 'a graph');
  }
}

const members = (...names: readonly Name[]) => names.map((model) => ({ model, version: 1, sha256: HASHES[model] }));
const ENSEMBLE = ensembleCardOf({ members: members('trees-m1', 'lstm-m1'), expiresAt: '2026-04-01T00:00:00Z' });

async function world() {
  const shipped = await temporaryFolder();
  const data = await temporaryFolder();
  const clock = new SteppedClock(NOW_MS);
  const shelf = shelfAt(clock);
  return {
    shipped,
    data,
    clock,
    shelf,
    shelve: async () => shelveStock(shelf, await readStock(shipped.path, data.path), silentLogger),
    /** Puts a version into the data folder, as `suho models add` does. */
    add: async (one: ModelCard, state: 'deployed' | 'arm') => {
      await write(shipped, one);
      const from = join(shipped.path, one.name);
      return stock({ name: one.name, version: one.version, from, endings: ['.onnx', '.json'] }, state, data.path);
    },
    [Symbol.asyncDispose]: async () => {
      await shipped[Symbol.asyncDispose]();
      await data[Symbol.asyncDispose]();
    },
  };
}

const standing = (shelf: ModelShelf) => shelf.standing().map((model) => `${model.card.name}@${model.card.version}`);

describe('what a node may use', () => {
  it('stands on its shelf: deployed versions, trials beside them, and the maps of just these models', async () => {
    await using here = await world();
    const { shelf, add, shelve, shipped } = here;
    await add(card('trees-m1', { version: 2, sha256: '3'.repeat(64) }), 'arm');
    await write(shipped, card('trees-m1'), card('lstm-m1'), ENSEMBLE);
    assert.deepEqual(await shelve(), []);
    assert.deepEqual(standing(shelf), ['lstm-m1@1', 'trees-m1@1']);
    assert.deepEqual(
      shelf.trials.map(({ card: { version } }) => version),
      [2],
    );
    assert.deepEqual(
      shelf.pooled('M1').map(({ models, horizon }) => [models, horizon]),
      ENSEMBLE.calibrations.map(({ models }) => [models, ENSEMBLE.horizon]),
    );
    assert.deepEqual(shelf.pooled('M5'), []);
    assert.deepEqual(shelf.pooled('M1', 0), [], 'of the version on trial they tell nothing');
    here.clock.advanceTo(Date.parse(ENSEMBLE.expiresAt));
    assert.deepEqual(shelf.pooled('M1'), [], 'a map that is expired tells nothing');
  });

  it('maps that were fitted on another graph of a member are not used', async () => {
    await using here = await world();
    await write(here.shipped, card('trees-m1', { sha256: '9'.repeat(64) }), card('lstm-m1'), ENSEMBLE);
    await here.shelve();
    assert.deepEqual(standing(here.shelf), ['lstm-m1@1', 'trees-m1@1']);
    assert.deepEqual(here.shelf.pooled('M1'), []);
  });

  it('a deployed version of the data folder stands in place of the shipped one', async () => {
    await using here = await world();
    await here.add(card('trees-m1', { version: 2, sha256: '3'.repeat(64) }), 'deployed');
    await write(here.shipped, card('trees-m1'));
    await here.shelve();
    assert.deepEqual(standing(here.shelf), ['trees-m1@2']);
  });

  it('what is added while the node runs is used at once, or it is told why not', async () => {
    await using here = await world();
    const { shelf, add, shelve, shipped, data } = here;
    await write(shipped, card('trees-m1'));
    await shelve();
    const arm = await add(card('trees-m1', { version: 2 }), 'arm');
    assert.equal(await useModel(shelf, arm, 'arm', data.path, silentLogger), undefined);
    assert.deepEqual([standing(shelf), shelf.trials.length], [['trees-m1@1'], 1]);
    const newer = await add(card('trees-m1', { version: 3 }), 'deployed');
    assert.equal(await useModel(shelf, newer, 'deployed', data.path, silentLogger), undefined);
    assert.deepEqual([standing(shelf), shelf.trials.length], [['trees-m1@3'], 0], 'what it was tried against is gone');
    const expired = await add(card('trees-m1', { version: 4, expiresAt: '2026-02-28T00:00:00Z' }), 'deployed');
    assert.match((await useModel(shelf, expired, 'deployed', data.path, silentLogger)) ?? '', /not to be used after 2026-02-28/);
    assert.deepEqual(standing(shelf), ['trees-m1@3']);
    const broken = join(modelsFolder(data.path), 'broken.json');
    await writeFile(broken, '{}');
    await assert.rejects(useModel(shelf, broken, 'deployed', data.path, silentLogger), { code: 'INPUT_INVALID' });
  });
});
