import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killNodeAgainAndAgain } from '../../load-tests/node-kill.js';
import { witness } from '../../src/demo/simulated-day.js';
import { isUndecided } from '../../src/signals/signal.js';
import { emptyFolder } from '../support/ledger-folder.js';

const KILLS = process.env.SUHO_PROOF === undefined ? 20 : 200;
const SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e9) : 200;

test(`no signal is lost, none executed twice, no number is missing over ${KILLS} kills of the node (seed ${SEED})`, async () => {
  await using folder = await emptyFolder();
  const { signals, seqs, records } = await killNodeAgainAndAgain({ data: folder.path, kills: KILLS, seed: SEED });
  assert.deepEqual(
    signals.filter(({ state }) => isUndecided(state)).map(({ id, state }) => [id, state]),
    [],
    'every signal has come to its end',
  );
  assert.deepEqual(witness(signals, records), { lost: 0, duplicated: 0 });

  const numbers = new Map<string, number[]>();
  for (const { accountId, seq } of signals) numbers.set(accountId, [...(numbers.get(accountId) ?? []), seq]);
  for (const [account, newest] of seqs) {
    const given = (numbers.get(account) ?? []).sort((a, b) => a - b);
    assert.deepEqual(
      given,
      Array.from({ length: newest }, (_, at) => at + 1),
      `numbers of ${account}`,
    );
  }

  let executed = 0;
  for (const { id, accountId, kind, state } of signals) {
    if (kind !== 'OPEN') continue;
    const record = records.get(accountId)?.find((summary) => summary.id === id);
    const traded = state === 'EXECUTED' || state === 'CLOSED';
    assert.equal(
      (record?.executions ?? 0) === 1,
      traded,
      `${id} is ${state} in the ledger and traded ${record?.executions} times at its broker`,
    );
    if (traded) executed += 1;
  }
  assert.ok(executed > KILLS / 2, `enough was executed for the test to mean something: ${executed} of ${signals.length}`);
});
