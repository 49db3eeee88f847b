import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serveControl } from '../../src/admin/control.js';
import { type ControlOptions, controlMethods, type ModelInUse, type ModelUse } from '../../src/admin/control-methods.js';
import { readStock } from '../../src/inference/model-stock.js';
import { COLUMNS } from '../../src/indicators/registry.js';
import type { ModelCard } from '../../src/models/model-card.js';
import { suho } from '../support/command.js';
import { cardOf, ensembleCardOf } from '../support/model-cards.js';
import { denseModel } from '../support/small-models.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const MODEL = denseModel(COLUMNS.length, 3, 4);
const SPANS = { trainedAt: '2026-06-01T00:00:00Z', expiresAt: '2999-01-01T00:00:00Z' } as const;

/** A model that can be run, with its card beside it. */
async function put(folder: TemporaryFolder, name: string, changes: Partial<ModelCard> = {}): Promise<string> {
  await folder.write(`${name}.onnx`, MODEL.bytes);
  const card = cardOf({
    name,
    sha256: MODEL.sha256,
    input: { name: 'vectors', type: 'float64', row: [COLUMNS.length] },
    ...SPANS,
    ...changes,
  });
  return folder.write(`${name}.json`, JSON.stringify(card));
}

function told(accuracy: number, majority = 0.5): Pick<ModelCard, 'metrics'> {
  return { metrics: [{ name: 'side accuracy 15m', better: 'higher', model: accuracy, baselines: { majority } }] };
}

interface Added {
  readonly state: string;
  readonly reason: string;
  readonly card: string | null;
  readonly node: ModelUse | null;
}

async function add(folder: TemporaryFolder, card: string, ...flags: string[]): Promise<Added & { readonly code: number | null }> {
  const ran = await suho(['models', 'add', card, '--data', join(folder.path, 'var'), '--json', ...flags], { cwd: folder.path });
  assert.match(ran.stdout, /^\{.*\}\n$/, ran.stderr);
  return { ...(JSON.parse(ran.stdout) as Added), code: ran.code };
}

/** What of the data folder would be used, in a word each. */
async function used(folder: TemporaryFolder): Promise<readonly string[]> {
  const { models, ensembles } = await readStock(join(folder.path, 'none'), join(folder.path, 'var'));
  return [...models, ...ensembles].map(({ card, state }) => `${card.name}@${card.version} ${state}`);
}

describe('suho models', () => {
  it('runs a model and tells nobody: its runtime leaves nothing to be sent, whatever its user’s environment says', async () => {
    await using folder = await temporaryFolder();
    const card = await put(folder, 'trees-m1');
    const [home, tmp] = [join(folder.path, 'home'), join(folder.path, 'tmp')];
    for (const path of [home, tmp]) await mkdir(path);
    const env = { HOME: home, TMPDIR: tmp, XDG_CACHE_HOME: join(home, 'cache'), ORT_DISABLE_TELEMETRY: '0' };
    const { code } = await suho(['models', 'check', card, '--json'], { cwd: folder.path, env });
    assert.equal(code, 0);
    assert.deepEqual([await readdir(home), await readdir(tmp)], [[], []]);
  });

  it('check finds nothing wrong with what fits, and names all that is wrong with what does not', async () => {
    await using folder = await temporaryFolder();
    const card = await put(folder, 'trees-m1');
    const good = await suho(['models', 'check', card, '--json'], { cwd: folder.path });
    assert.deepEqual([good.code, JSON.parse(good.stdout)], [0, { checked: ['trees-m1@1'], problems: [] }]);

    await put(folder, 'altered-m1', { sha256: '0'.repeat(64) });
    await put(folder, 'expired-m1', { expiresAt: '2026-07-01T00:00:00Z' });
    await put(folder, 'other-m1', { columns: { set: 'catalogue', version: 1, hash: 'f'.repeat(64) } });
    await put(folder, 'ports-m1', { outputs: [{ name: 'out', type: 'float32', row: [2] }] });
    await folder.write('torn-m1.json', '{');
    await folder.write('ensemble-m1.json', JSON.stringify(ensembleCardOf(SPANS)));
    const found = await suho(['models', 'check', folder.path, '--json'], { cwd: folder.path });
    assert.equal(found.code, 1);
    const { checked, problems } = JSON.parse(found.stdout) as { checked: string[]; problems: { sentence: string }[] };
    assert.equal(checked.length, 6);
    const sentences = problems.map(({ sentence }) => sentence).join('\n');
    for (const sentence of [
      /altered-m1.*is another .* than its card says/,
      /it is not to be used after 2026-07-01/,
      /it was trained on another catalogue/,
      /its graph has vectors float64\[176\], out float32\[3\], its card tells .*out float32\[2\]/,
      /its output out has \[2\] numbers a row/,
      /torn-m1\.json is not JSON/,
      /it was fitted on lstm-m1@1, which is not there/,
      /it was fitted on another trees-m1 /,
    ])
      assert.match(sentences, sentence);
    assert.equal(problems.length, 8, sentences);
    const none = await suho(['models', 'check', join(folder.path, 'gone')], { cwd: folder.path });
    assert.deepEqual([none.code, none.stdout], [3, '']);
  });

  it('add follows the rule, takes the operator’s word against it, and never what is broken', async () => {
    await using folder = await temporaryFolder();
    const first = await add(folder, await put(folder, 'walks-m1', told(0.52)));
    assert.deepEqual([first.code, first.state, first.node], [0, 'deployed', null]);
    assert.equal(first.card, join(folder.path, 'var/models/walks-m1@1.json'));

    const same = await add(folder, await put(folder, 'walks-m1', told(0.9)));
    assert.deepEqual([same.code, same.state], [1, 'refused']);
    assert.match(same.reason, /walks-m1@1 stands already.*--model-version 2$/);

    const arm = await add(folder, await put(folder, 'walks-m1', { version: 2, ...told(0.55) }));
    assert.deepEqual([arm.code, arm.state], [0, 'arm']);
    assert.deepEqual(await used(folder), ['walks-m1@1 deployed', 'walks-m1@2 arm']);

    const better = await add(folder, await put(folder, 'walks-m1', { version: 3, ...told(0.58) }));
    assert.equal(better.state, 'deployed');
    assert.deepEqual(await used(folder), ['walks-m1@3 deployed']);

    const worse = await add(folder, await put(folder, 'walks-m1', { version: 4, ...told(0.49) }));
    assert.deepEqual([worse.code, worse.state, worse.card], [1, 'refused', null]);
    const anyway = await add(folder, await put(folder, 'walks-m1', { version: 4, ...told(0.49) }), '--arm');
    assert.equal(anyway.state, 'arm');
    assert.match(anyway.reason, /^by the operator's word; by the rule it is refused: its side accuracy 15m of 0\.4900 is worse/);
    const replacing = await add(folder, await put(folder, 'walks-m1', { version: 4, ...told(0.49) }), '--replace');
    assert.equal(replacing.state, 'deployed');

    const altered = await put(folder, 'walks-m1', { version: 5, ...told(0.9), sha256: '0'.repeat(64) });
    const broken = await add(folder, altered, '--replace');
    assert.deepEqual([broken.code, broken.state], [1, 'refused']);
    assert.match(broken.reason, /is another .* than its card says/);
    assert.deepEqual(await used(folder), ['walks-m1@4 deployed']);
  });

  it('add tells a running node, and says what that did with it', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'var'));
    const asked: ModelInUse[] = [];
    const useModel = async (model: ModelInUse): Promise<ModelUse> => {
      asked.push(model);
      return model.state === 'deployed' ? { used: true } : { used: false, sentence: 'there is no room for an arm' };
    };
    const control = await serveControl(join(folder.path, 'var'), controlMethods({ useModel } as unknown as ControlOptions));
    try {
      const first = await add(folder, await put(folder, 'walks-m1', told(0.52)));
      assert.deepEqual([first.code, first.node], [0, { used: true }]);
      const second = await add(folder, await put(folder, 'walks-m1', { version: 2, ...told(0.53) }));
      assert.deepEqual([second.code, second.node], [1, { used: false, sentence: 'there is no room for an arm' }]);
      assert.deepEqual(asked, [
        { card: first.card, state: 'deployed' },
        { card: second.card, state: 'arm' },
      ]);
    } finally {
      await control.close();
    }
  });

  it('list tells of the data folder’s models by what its state says, and of none that it does not name', async () => {
    await using folder = await temporaryFolder();
    await add(folder, await put(folder, 'walks-m9', told(0.52)));
    const models = join(folder.path, 'var/models');
    await writeFile(join(models, 'left-m9@1.json'), JSON.stringify(cardOf({ name: 'left-m9' })));
    const listed = await suho(['models', 'list', '--data', join(folder.path, 'var'), '--json'], { cwd: folder.path });
    assert.equal(listed.code, 0, listed.stderr);
    const lines = listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const own = lines.filter(({ origin }) => origin === 'data');
    assert.deepEqual(
      own.map(({ name, version, state, expired }) => [name, version, state, expired]),
      [['walks-m9', 1, 'deployed', false]],
    );
    assert.deepEqual((await readdir(models)).sort(), ['left-m9@1.json', 'state.json', 'walks-m9@1.json', 'walks-m9@1.onnx']);
    assert.deepEqual(JSON.parse(await readFile(join(models, 'state.json'), 'utf8')), { 'walks-m9': { deployed: 1 } });
    await writeFile(join(models, 'state.json'), '[]');
    const torn = await suho(['models', 'list', '--data', join(folder.path, 'var')], { cwd: folder.path });
    assert.deepEqual([torn.code, torn.stdout], [3, '']);
    assert.match(torn.stderr, /state\.json does not say which version/);
  });

  it('a deployed model of the data folder stands before the shipped one of its name, and an arm beside it', async () => {
    await using shipped = await temporaryFolder();
    await using folder = await temporaryFolder();
    await put(shipped, 'walks-m1', { version: 7 });
    await put(shipped, 'lstm-m1');
    const stocked = async (): Promise<readonly string[]> => {
      const { models } = await readStock(shipped.path, join(folder.path, 'var'));
      return models.map(({ card, state, origin }) => `${card.name}@${card.version} ${state} ${origin}`);
    };
    assert.deepEqual(await stocked(), ['lstm-m1@1 deployed shipped', 'walks-m1@7 deployed shipped']);
    await add(folder, await put(folder, 'walks-m1', { version: 8, ...told(0.52) }), '--arm');
    assert.deepEqual(await stocked(), ['lstm-m1@1 deployed shipped', 'walks-m1@7 deployed shipped', 'walks-m1@8 arm data']);
    await add(folder, await put(folder, 'walks-m1', { version: 9, ...told(0.52) }), '--replace');
    assert.deepEqual(await stocked(), ['lstm-m1@1 deployed shipped', 'walks-m1@9 deployed data']);
  });
});
