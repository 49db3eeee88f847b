import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BrokerSight, CommandSettling, isSo } from '../../src/accounts/command-settling.js';
import type { OpenPosition } from '../../src/accounts/position-book.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import { newCommand } from '../contracts/ledger-world.js';

function row(change: Partial<CommandRow>): CommandRow {
  return { ...newCommand(1, 1), state: 'UNKNOWN', said: null, results: [], updatedAt: 0, ...change };
}

const OURS = 7n << 32n;
function open(position: string, change: Partial<OpenPosition> = {}): OpenPosition {
  const prices = { openPrice: 1.1, stopLoss: 1.09, takeProfit: 1.12, openedMs: 0 };
  return { position, brokerName: 'EURUSD.m', magic: OURS | 1n, direction: 'BUY', volume: 0.3, ...prices, ...change };
}

function sight(positions: readonly OpenPosition[], signal: BrokerSight['signal'] = () => undefined): BrokerSight {
  return { magicBase: 7, symbolOf: (name) => name.slice(0, 6), positions, signal };
}

describe('what a command wanted', () => {
  it('is so of a close once its position is gone, and of a change of stops once they are as it named them', () => {
    const close = row({ action: 'CLOSE_POSITION', position: '5' });
    assert.equal(isSo(close, sight([open('6')])), true);
    assert.equal(isSo(close, sight([open('5', { volume: 0.1 })])), false);
    const modify = row({ action: 'MODIFY', position: '5', stopLoss: 1.095, takeProfit: 1.12 });
    assert.equal(isSo(modify, sight([open('5', { stopLoss: 1.095 })])), true);
    assert.equal(isSo(modify, sight([open('5')])), false);
    assert.equal(isSo(modify, sight([])), false);
  });

  it('is so of closing everything once nothing of its kind is open', () => {
    const ours = row({ action: 'CLOSE_ALL', scope: 'OURS', position: '0' });
    assert.equal(isSo(ours, sight([open('5', { magic: 0n })])), true);
    assert.equal(isSo(ours, sight([open('5')])), false);
    assert.equal(isSo({ ...ours, scope: 'EVERYTHING' }, sight([open('5', { magic: 0n })])), false);
    assert.equal(isSo({ ...ours, symbol: 'USDJPY' }, sight([open('5')])), true);
    assert.equal(isSo({ ...ours, symbol: 'EURUSD' }, sight([open('5')])), false);
  });

  it('is so of a call-back once the signal has an end without a fill', () => {
    const cancel = row({ action: 'CANCEL_SIGNAL', signalId: 'one' });
    assert.equal(isSo(cancel, sight([])), true);
    for (const state of ['SENT', 'UNKNOWN', 'EXECUTED'] as const)
      assert.equal(
        isSo(
          cancel,
          sight([], () => state),
        ),
        false,
        state,
      );
  });
});

describe('settling', () => {
  const close = row({ action: 'CLOSE_POSITION', position: '5' });

  it('takes what is so at once, in step or not', () => {
    const settled = new CommandSettling().look([close], sight([]), false);
    assert.deepEqual(
      settled.map(({ id, to }) => [id, to]),
      [[close.id, 'EXECUTED']],
    );
  });

  it('takes what is not so after two looks of a terminal in step, and none before counts', () => {
    const settling = new CommandSettling();
    const standing = sight([open('5')]);
    const looks = [false, true, false, true].map((inStep) => settling.look([close], standing, inStep).map(({ to }) => to));
    assert.deepEqual(looks, [[], [], [], ['EXPIRED']]);
  });

  it('forgets what it is not asked about any more', () => {
    const settling = new CommandSettling();
    const standing = sight([open('5')]);
    settling.look([close], standing, true);
    settling.look([], standing, true);
    assert.deepEqual(settling.look([close], standing, true), []);
  });
});
