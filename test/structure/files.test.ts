import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { readTree, type TextFile } from './tree.js';

const CODE = /\.(ts|tsx|mts|mjs|js|css|grit)$/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*((\.service)?\.test|\.bench|\.contract)?\.\w+$/;
/** Rooms without an owner: whatever has no name ends up in them. */
const NAMELESS = /^(utils?|helpers?|common|misc|managers?)$/;
// Spelled in two halves: this file is looked through as well.
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);

function problems(files: readonly TextFile[]): readonly string[] {
  const said: string[] = [];
  for (const { path, text } of files.filter(({ path }) => CODE.test(path))) {
    if (!KEBAB.test(basename(path))) said.push(`${path} is not in kebab case`);
    const words = path.replace(/\.\w+$/, '').split(/[/.-]/);
    const nameless = words.find((word) => NAMELESS.test(word));
    if (nameless !== undefined) said.push(`${path} is named ${nameless}`);
    const line = text.split('\n').findIndex((one) => UNFINISHED.test(one));
    if (line >= 0) said.push(`${path}:${line + 1} is unfinished`);
  }
  return said;
}

describe('files', () => {
  it('have names of the trade in kebab case, and nothing left for later', () => {
    const tree = readTree();
    assert.ok(tree.length > 300, `only ${tree.length} files were read`);
    assert.deepEqual(problems(tree), []);
  });

  it('are told when they do not', () => {
    const later = `\n// TO${'DO'}: later`;
    assert.deepEqual(
      problems([
        { path: 'src/market/candleBuilder.ts', text: '' },
        { path: 'src/market/Candle.ts', text: '' },
        { path: 'src/utils/candle.ts', text: '' },
        { path: 'src/market/candle-helpers.ts', text: '' },
        { path: 'src/actors/account-manager.ts', text: '' },
        { path: 'src/market/candle.ts', text: later },
        { path: 'src/market/candle-builder.ts', text: 'export const a = 1;' },
        { path: 'src/risk/commonwealth.ts', text: '' },
      ]),
      [
        'src/market/candleBuilder.ts is not in kebab case',
        'src/market/Candle.ts is not in kebab case',
        'src/utils/candle.ts is named utils',
        'src/market/candle-helpers.ts is named helpers',
        'src/actors/account-manager.ts is named manager',
        'src/market/candle.ts:2 is unfinished',
      ],
    );
  });
});
