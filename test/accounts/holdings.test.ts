import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdingsOf } from '../../src/accounts/holdings.js';
import { magicOf } from '../../src/accounts/magic.js';
import { NO_INSTANCE } from '../../src/protocol/ea-session.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { newSignal } from '../contracts/ledger-world.js';
import { AssessedAccount, type AssessedWish } from '../support/assessed-account.js';

function sent(account: AssessedAccount, change: Partial<SignalRow> = {}): SignalRow {
  const assessed = account.assess();
  assert.ok(assessed.ok, JSON.stringify(assessed));
  return account.send(assessed, { volume: 0.3, ...change });
}

const held = (account: AssessedAccount) =>
  holdingsOf(account.terms, account.book).list.map(({ volume, ours, coming }) => [volume, ours, coming]);

const NETTING: AssessedWish = { hello: { marginMode: 'NETTING', hedging: false } };

describe('what an account holds', () => {
  it('is every signal that is under way, at its full size', () => {
    const account = new AssessedAccount();
    sent(account, { state: 'SENT' });
    sent(account, { state: 'UNKNOWN', volume: 0.2 });
    sent(account, { state: 'PENDING', volume: 0.1 });
    sent(account, { state: 'REJECTED' });
    assert.deepEqual(held(account), [
      [0.3, true, true],
      [0.2, true, true],
      [0.1, true, true],
    ]);
  });

  it('is every signal on its way to the ledger, though it is no row yet', () => {
    const account = new AssessedAccount();
    account.book.raising.set('a', { ...newSignal(1, 1), symbol: 'EURUSD', volume: 0.4 });
    assert.deepEqual(held(account), [[0.4, true, true]]);
  });

  it('is what the user has opened, and what ours have become', () => {
    const account = new AssessedAccount();
    const row = sent(account, { state: 'EXECUTED', position: '71', filledVolume: 0.3, fillPrice: 1.1001 });
    const magic = magicOf(account.terms.account.magicBase, row.seq);
    account.snapshot([
      { position: 71n, magic, volume: 0.3 },
      { position: 72n, volume: 1 },
    ]);
    assert.deepEqual(held(account), [
      [0.3, true, false],
      [1, false, false],
    ]);
  });

  it('counts once what was filled before its answer came, at the size that it was sent with', () => {
    const account = new AssessedAccount();
    const row = sent(account, { state: 'SENT' });
    account.snapshot([{ position: 71n, magic: magicOf(account.terms.account.magicBase, row.seq), volume: 0.1 }]);
    assert.deepEqual(held(account), [[0.3, true, true]]);
  });

  it('counts what was executed and is not among the positions yet', () => {
    const account = new AssessedAccount();
    sent(account, { state: 'EXECUTED', position: '71', filledVolume: 0.3, fillPrice: 1.1001 });
    assert.deepEqual(held(account), [[0.3, true, true]]);
  });

  it('on a netting account splits a position into ours and what is not', () => {
    const account = new AssessedAccount(NETTING);
    sent(account, { state: 'EXECUTED', position: '71', filledVolume: 0.3, remainingVolume: 0.3, fillPrice: 1.1001 });
    account.snapshot([{ position: 71n, magic: 5n, volume: 0.5 }]);
    assert.deepEqual(held(account), [
      [0.3, true, false],
      [0.2, false, false],
    ]);
    const refused = account.assess();
    assert.ok(!refused.ok && refused.reason === 'netting-foreign-volume');
    assert.ok(Math.abs(Number(refused.figures.foreign) - 0.2) < 1e-9);
  });

  it('on a netting account keeps its position to one signal, open or on its way', () => {
    const account = new AssessedAccount(NETTING);
    sent(account, { state: 'EXECUTED', position: '71', filledVolume: 0.3, remainingVolume: 0.3, fillPrice: 1.1001 });
    account.snapshot([{ position: 71n, magic: 5n, volume: 0.3 }]);
    const refused = account.assess();
    assert.ok(!refused.ok && refused.reason === 'netting-position-held');
    assert.equal(refused.figures.ours, 0.3);
    const coming = new AssessedAccount(NETTING);
    sent(coming);
    const second = coming.assess();
    assert.ok(!second.ok && second.reason === 'netting-position-held');
    assert.ok(new AssessedAccount(NETTING).assess().ok);
  });

  it('is not known until a whole snapshot came, and never of an EA that tells none', () => {
    const known = (wish: AssessedWish): string => {
      const { terms, book } = new AssessedAccount(wish);
      return holdingsOf(terms, book).known;
    };
    assert.equal(known({}), 'all');
    assert.equal(known({ untold: true }), 'not yet');
    assert.equal(known({ untold: true, hello: { instance: NO_INSTANCE } }), 'ours');
    const unknown = new AssessedAccount({ untold: true });
    unknown.snapshot([], 'UNKNOWN');
    const refused = unknown.assess();
    assert.ok(!refused.ok && refused.reason === 'positions-unknown', 'a terminal that could not tell is no empty account');
  });
});
