import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { filesBySymbol, textsBySymbol } from '../../src/cli/symbol-words.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const files = (words: readonly string[], sole?: string): object => Object.fromEntries(filesBySymbol('--input', words, sole));

describe('words of a symbol', () => {
  it('a symbol holds for the files behind it, until another is named', () => {
    assert.deepEqual(files(['EURUSD=a.csv', 'b.csv', 'gbp/usd=c.csv', 'EURUSD=d.csv', 'e.csv']), {
      EURUSD: ['a.csv', 'b.csv', 'gbp/usd=c.csv', 'd.csv', 'e.csv'],
    });
    assert.deepEqual(files(['EURUSD=', 'a.csv', 'b.csv', 'GBPUSD=x=y.csv']), { EURUSD: ['a.csv', 'b.csv'], GBPUSD: ['x=y.csv'] });
  });

  it('a sole symbol need not be named; else it must be, and have a file', () => {
    assert.deepEqual(files(['a.csv'], 'EURUSD'), { EURUSD: ['a.csv'] });
    assert.throws(
      () => files(['a.csv', 'EURUSD=b.csv']),
      /--input a\.csv does not say of which symbol it is, as in EURUSD=a\.csv/,
    );
    assert.throws(() => files(['EURUSD=']), /--input EURUSD= names no file/);
  });

  it('a star stands for any part of a file’s name, in the order of names', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'days'));
    for (const name of ['EURUSD_2.zip', 'EURUSD_10.zip', 'EURUSD_1.zip', 'GBPUSD_1.zip', 'EURUSD_1xzip'])
      await folder.write(join('days', name), '');
    assert.deepEqual(files([`EURUSD=${join(folder.path, 'days/EURUSD_*.zip')}`]), {
      EURUSD: ['EURUSD_1.zip', 'EURUSD_10.zip', 'EURUSD_2.zip'].map((name) => join(folder.path, 'days', name)),
    });
    assert.throws(() => files([`EURUSD=${join(folder.path, 'days/AUD*.zip')}`]), /fits no file/);
  });

  it('a text holds for all symbols but those that have their own', () => {
    const licence = textsBySymbol(['LGPL', 'EURUSD=Apache-2.0, as stated']);
    assert.deepEqual([licence('EURUSD'), licence('GBPUSD')], ['Apache-2.0, as stated', 'LGPL']);
    assert.equal(textsBySymbol(undefined)('EURUSD'), undefined);
  });
});
