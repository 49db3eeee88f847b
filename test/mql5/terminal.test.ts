/** The terminal in which the EA is tried, held against what MQL5's reference says of it: a lenient one would prove nothing. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { builtEa, whyNoEa } from '../support/ea-build.js';
import { EaTerminal, type Words } from '../support/ea-terminal.js';
import { emptyFolder, type TestFolder } from '../support/ledger-folder.js';

const PROBE = fileURLToPath(new URL('../../../test/mql5/Probe.mq5', import.meta.url));

describe('the terminal of the tests', { skip: whyNoEa() }, () => {
  let folder: TestFolder;
  let program: string;
  let count = 0;
  before(async () => {
    folder = await emptyFolder();
    program = await builtEa(PROBE);
  });
  after(() => folder[Symbol.asyncDispose]());

  async function probe(account: Words = {}): Promise<EaTerminal & AsyncDisposable> {
    const own = join(folder.path, String(++count));
    const jpy = {
      name: 'USDJPY',
      base: 'USD',
      profit: 'JPY',
      margin: 'USD',
      digits: 3,
      ticksize: 0.001,
      bid: 150,
      ask: 150.01,
      time: 1,
    };
    const terminal = new EaTerminal({
      program,
      folder: own,
      books: join(folder.path, `books-${count}`),
      epochMs: () => Date.UTC(2026, 2, 3),
      setup: [
        ['terminal', { chart: 'EURUSD' }],
        ['account', account],
        ['symbol', { name: 'EURUSD', step: 0.1, min: 0.1 }],
        ['symbol', jpy],
        ['quote', { symbol: 'EURUSD', bid: 1.1, ask: 1.1001 }],
      ],
      inputs: { Depth: 3 },
    });
    await terminal.start();
    return Object.assign(terminal, { [Symbol.asyncDispose]: () => terminal.kill() });
  }

  async function ask(terminal: EaTerminal, question: string): Promise<readonly string[]> {
    const before = terminal.count('print');
    terminal.say('click', { object: question });
    await terminal.pong();
    return terminal
      .of('print')
      .slice(before)
      .map(({ text }) => String(text))
      .filter((text) => !text.startsWith('transaction'));
  }

  it('has strings that can be NULL, which is not empty, and counts units of UTF-16', async () => {
    await using terminal = await probe();
    assert.deepEqual(await ask(terminal, 'strings'), [
      'true false0 4true 7 3',
      ' 1.00|ab  |007|18446744073709551615',
      '5 bc 1.500 1.10001 3 001',
    ]);
  });

  it('ends the program at an index outside an array, and at a number that does not fit its format', async () => {
    for (const [question, sentence] of [
      ['range', /array out of range: 3 of 3/],
      ['width', /%d does not fit/],
    ] as const) {
      await using terminal = await probe();
      terminal.say('click', { object: question });
      await assert.rejects(terminal.ended(), sentence);
    }
  });

  it('loses with a kill what was written and not flushed, and opens a file for writing once', async () => {
    await using terminal = await probe();
    assert.deepEqual(await ask(terminal, 'write and flush'), ['written 8 locked']);
    await ask(terminal, 'write');
    await terminal.kill();
    assert.equal(readFileSync(join(terminal.files, 'kept.bin')).length, 8);
    assert.equal(existsSync(join(terminal.files, 'lost.bin')) ? readFileSync(join(terminal.files, 'lost.bin')).length : 0, 0);
  });

  it('holds several positions of a symbol on a hedging account, and one on a netting account, which reverses', async () => {
    await using hedging = await probe();
    for (const [question, answer] of [
      ['buy', 'buy true 10009 1 0.3'],
      ['sell', 'sell true 10009 2 0.3'],
    ] as const)
      assert.deepEqual((await ask(hedging, question))[0], answer);
    await using netting = await probe({ 'margin-mode': 0 });
    const answers: (string | undefined)[] = [];
    for (const question of ['buy', 'buy', 'sell', 'sell', 'sell']) answers.push((await ask(netting, question))[0]);
    assert.deepEqual(
      answers.map((answer) => answer?.split(' ').slice(-2).join(' ')),
      ['1 0.3', '1 0.6', '1 0.3', '0 0', '1 0.3'],
    );
  });

  it('tests a buy’s stop against bid and fills it there, with its profit, its reason, and a comment of 31 characters', async () => {
    await using terminal = await probe();
    assert.deepEqual(await ask(terminal, 'stops'), ['stops true 10009']);
    terminal.say('quote', { symbol: 'EURUSD', bid: 1.09001, ask: 1.09011 });
    assert.match((await ask(terminal, 'history'))[0] ?? '', /^history true 1 1$/);
    terminal.say('quote', { symbol: 'EURUSD', bid: 1.08999, ask: 1.09009 });
    const told = await ask(terminal, 'history');
    assert.deepEqual(told, ['history true 2 2', 'deal 0 0.1 1.1001 0 3 31', 'deal 1 0.1 1.08999 -101.1 4 4']);
  });

  it('tells the EA of its deals in a later turn, and refuses with the server’s codes', async () => {
    await using terminal = await probe();
    assert.deepEqual(await ask(terminal, 'wrong'), ['wrong 10014 10016 10014 10036 4756']);
    terminal.say('click', { object: 'buy' });
    await terminal.until(
      () => terminal.of('print').some(({ text }) => String(text).startsWith('transaction of a deal')),
      'it is told',
    );
    const order = terminal.of('print').map(({ text }) => String(text).split(' ')[0]);
    assert.ok(order.indexOf('buy') < order.indexOf('transaction'));
  });

  it('values a trade in the account’s currency by MT5’s formulas', async () => {
    await using terminal = await probe();
    // 0.1 of a yen on 100,000 dollars is 10,000 yen, at 150 to the dollar; margin is a hundredth of the dollars.
    assert.deepEqual(await ask(terminal, 'values'), ['values 66.66 1000.00 0.6666']);
  });

  it('lets nothing connect to a host that is not on its list', async () => {
    await using terminal = await probe();
    assert.deepEqual(await ask(terminal, 'connect'), ['connect false 4014']);
  });
});
