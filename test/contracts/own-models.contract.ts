/** What every ledger does with a tenant's own models: versions without gaps, one that answers, its graph as it was, each told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { checkOwnModel } from '../../src/models/own-model.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from '../../src/storage/ledger/own-models.js';
import { honestGraph, sha256Of } from '../support/own-graphs.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import { all, settle, START_MS } from './ledger-world.js';

const CARD = checkOwnModel(honestGraph({ steps: 3 }), '5m');
const MOST = 2;

/** Bytes of every value, and of more than a piece, that no text could carry. */
function graphOf(seed: number, length = 100_000): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 255);
}

function newModel(tenantId: string, name: string, seed: number, change: Partial<NewOwnModel> = {}): NewOwnModel {
  const graph = change.graph ?? graphOf(seed);
  return { tenantId, name, timeframe: 'M5', sha256: sha256Of(graph), card: CARD, createdAt: START_MS + seed, graph, ...change };
}

function rowOf(added: OwnModelAdded): OwnModelRow {
  assert.equal(added.kind, 'added');
  return (added as Extract<OwnModelAdded, { kind: 'added' }>).row;
}

export function ownModelsContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`own models on ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const modelTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 0);
        await body();
      });
    };

    modelTest('keeps a model and its graph as they were given, under version 1', async () => {
      const given = newModel('north', 'own', 1);
      const row = rowOf(await ledger.addOwnModel(given, MOST));
      const { graph, ...rest } = given;
      assert.deepEqual(row, { ...rest, version: 1, active: true });
      assert.deepEqual(await ledger.activeOwnModels('north'), [row]);
      assert.deepEqual(await ledger.ownModelGraph('north', 'own', 1), graph);
      assert.equal(await ledger.ownModelGraph('north', 'own', 2), undefined);
      assert.equal(await ledger.ownModelGraph('south', 'own', 1), undefined);
      assert.deepEqual(await ledger.activeOwnModels('south'), []);
      assert.deepEqual(await ledger.activeOwnModels('nobody'), []);
    });

    modelTest('keeps a graph of any length up to the largest', async () => {
      for (const [at, length] of [1, 32_767, 32_768, 32_769, LIMITS.ownModels.graphBytes].entries()) {
        const graph = graphOf(at, length);
        const { version } = rowOf(await ledger.addOwnModel(newModel('north', 'own', at, { graph }), MOST));
        assert.equal(sha256Of((await ledger.ownModelGraph('north', 'own', version)) as Uint8Array), sha256Of(graph));
      }
    });

    modelTest('numbers versions without gaps; the newest answers, and the graph of the one before is gone', async () => {
      for (const seed of [1, 2, 3]) rowOf(await ledger.addOwnModel(newModel('north', 'own', seed), MOST));
      const listed = (await all((next) => ledger.listOwnModels(next))).map(({ version, active }) => [version, active]);
      assert.deepEqual(listed, [
        [1, false],
        [2, false],
        [3, true],
      ]);
      assert.equal(await ledger.ownModelGraph('north', 'own', 2), undefined);
      assert.deepEqual(await ledger.ownModelGraph('north', 'own', 3), graphOf(3));
      const same = await ledger.addOwnModel(newModel('north', 'own', 3), MOST);
      assert.deepEqual([same.kind, same.kind === 'same' && same.row.version], ['same', 3]);
    });

    modelTest('takes no more names than may answer, of each tenant by itself', async () => {
      for (const [at, own] of ['a', 'b'].entries()) rowOf(await ledger.addOwnModel(newModel('north', own, at), MOST));
      assert.deepEqual(await ledger.addOwnModel(newModel('north', 'c', 9), MOST), { kind: 'full' });
      assert.equal(rowOf(await ledger.addOwnModel(newModel('north', 'b', 9), MOST)).version, 2);
      assert.equal(rowOf(await ledger.addOwnModel(newModel('south', 'c', 9), MOST)).version, 1);
      assert.equal((await ledger.removeOwnModel('north', 'a', START_MS))?.name, 'a');
      rowOf(await ledger.addOwnModel(newModel('north', 'c', 9), MOST));
      assert.deepEqual(
        (await ledger.activeOwnModels('north')).map((row) => row.name),
        ['b', 'c'],
      );
    });

    modelTest('of uploads at once gives each its version', async () => {
      const added = await Promise.all([1, 2, 3, 4].map((seed) => ledger.addOwnModel(newModel('north', 'own', seed), MOST)));
      assert.deepEqual(added.map((one) => rowOf(one).version).sort(), [1, 2, 3, 4]);
      assert.equal((await ledger.activeOwnModels('north')).length, 1);
    });

    modelTest('forgets the graph of what is removed, and a name that comes again goes on with its versions', async () => {
      const row = rowOf(await ledger.addOwnModel(newModel('north', 'own', 1), MOST));
      assert.deepEqual(await ledger.removeOwnModel('north', 'own', START_MS + 5), { ...row, active: false });
      assert.equal(await ledger.removeOwnModel('north', 'own', START_MS + 6), undefined);
      assert.equal(await ledger.removeOwnModel('south', 'own', START_MS + 6), undefined);
      assert.equal(await ledger.ownModelGraph('north', 'own', 1), undefined);
      assert.deepEqual(await ledger.activeOwnModels('north'), []);
      assert.equal(rowOf(await ledger.addOwnModel(newModel('north', 'own', 1), MOST)).version, 2);
    });

    modelTest('tells in the audit log what was added and removed, once, and refuses a tenant that is not there', async () => {
      await assert.rejects(ledger.addOwnModel(newModel('west', 'own', 1), MOST), { code: 'NOT_FOUND' });
      await ledger.addOwnModel(newModel('north', 'own', 1), MOST);
      await ledger.addOwnModel(newModel('north', 'own', 1), MOST);
      await ledger.removeOwnModel('north', 'own', START_MS + 9);
      await ledger.removeOwnModel('north', 'own', START_MS + 9);
      const entries = (await all((next) => ledger.listAudit(next))).filter(({ kind }) => kind.startsWith('model.'));
      const told = entries.map(({ tenantId, kind, subject, atMs }) => [tenantId, kind, subject, atMs]);
      assert.deepEqual(told, [
        ['north', 'model.added', 'own', START_MS + 1],
        ['north', 'model.removed', 'own', START_MS + 9],
      ]);
      const body = JSON.parse(entries[0]?.body ?? '') as Record<string, unknown>;
      assert.deepEqual([body.version, body.sha256, body.card], [1, sha256Of(graphOf(1)), CARD]);
    });
  });
}
