import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entropyRandom, seededRandom } from '../../../src/runtime/random.js';
import { auditRows, verifyAudit } from '../../../src/storage/audit/audit-log.js';
import { openLedger } from '../../../src/storage/ledger/open.js';
import { all, settle } from '../../contracts/ledger-world.js';
import { ledgerFolder } from '../../support/ledger-folder.js';

const WRITER = fileURLToPath(new URL('./ledger-writer.js', import.meta.url));
const ACCOUNTS = 6;

interface Life {
  readonly raised: Map<string, number>;
  readonly executed: Set<string>;
}

/** Lets a writer live until it has told `lines` rows, kills it, and hears what it had still said. */
async function liveAndDie(folder: string, firstNumber: number, lines: number, told: Life): Promise<void> {
  const child = spawn(process.execPath, [WRITER, folder, String(ACCOUNTS), String(firstNumber)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = 0;
  const output = createInterface(child.stdout);
  output.on('line', (line) => {
    const [account, what, id] = line.split(' ') as [string, string, string];
    if (what === 'executed') told.executed.add(id);
    else told.raised.set(`${account} ${id}`, Number(what));
    heard += 1;
    if (heard === lines) child.kill('SIGKILL');
  });
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(output, 'close')]);
  assert.equal(signal, 'SIGKILL');
}

test('what commit answered is there after kill -9 in mid-stream, again and again, and numbers have no gap', async (t) => {
  const seed = entropyRandom().int(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const kills = process.env.SUHO_PROOF ? 40 : 3;
  await using folder = await ledgerFolder();
  const first = await openLedger({ folder: folder.path });
  await settle(first, ACCOUNTS);
  await first.close();
  const told: Life = { raised: new Map(), executed: new Set() };
  for (let life = 0; life < kills; life++) await liveAndDie(folder.path, 1 + life * 100_000, 1 + random.int(400), told);

  const ledger = await openLedger({ folder: folder.path });
  const rows = await all((after) => ledger.listSignals(after));
  const kept = new Map(rows.map((row) => [`${row.accountId} ${row.id}`, row]));
  for (const [key, seq] of told.raised) assert.equal(kept.get(key)?.seq, seq, `signal ${key} was acknowledged`);
  const executed = new Set(rows.filter((row) => row.state === 'EXECUTED' && row.remainingVolume === 0.3).map(({ id }) => id));
  for (const id of told.executed) assert.ok(executed.has(id), `the execution of ${id} was acknowledged`);
  const { rows: accounts } = await ledger.listAccounts({});
  for (const { id, seq, epoch } of accounts) {
    const numbers = rows.filter((row) => row.accountId === id).map((row) => row.seq);
    assert.deepEqual(
      numbers,
      Array.from({ length: seq }, (_, at) => at + 1),
    );
    assert.ok(epoch <= kills);
  }
  assert.ok(told.raised.size >= kills / 2 && told.raised.size <= rows.length);
  const audit = await verifyAudit(auditRows(ledger));
  assert.deepEqual(audit.faults, []);
  assert.ok(audit.entries >= rows.length, `${audit.entries} entries tell of ${rows.length} signals`);
  await ledger.close();
});
