import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { LIMITS } from '../../../src/limits.js';
import { BackupWriter } from '../../../src/storage/backup/backup-writer.js';
import { openBackup } from '../../../src/storage/backup/restore.js';
import { auditRows, verifyAudit } from '../../../src/storage/audit/audit-log.js';
import { openLedger } from '../../../src/storage/ledger/open.js';
import { accountId, all, hello, kinds, newCommand, newSignal, raise, settle, START_MS } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';
import { emptyFolder, ledgerFolder } from '../../support/ledger-folder.js';
import { assertSound, backUp, inhabit, RESTORED_MS, restore, rowsByTable } from './backup-world.js';

/** Where numbering goes on: two numbers a second since 2026 began. */
const PLACE = ((RESTORED_MS - Date.UTC(2026, 0, 1)) / 1_000) * LIMITS.ledger.numbersPerSecond;

describe('a backup of an embedded ledger', () => {
  it('moved to another has the same rows in every table, sound', async () => {
    await using folder = await emptyFolder();
    const [from, to] = await Promise.all([embeddedUnderTest(), embeddedUnderTest()]);
    try {
      await inhabit(from);
      const before = await rowsByTable(from);
      for (const [table, rows] of Object.entries(before)) assert.ok(rows.length > 0, `${table} has rows`);
      const restored = await restore(to.ledger, await backUp(from.ledger, folder.path), { moved: true });
      assert.deepEqual(await rowsByTable(to), before);
      assert.deepEqual(restored, { rows: Object.values(before).flat().length, unknown: 0 });
      await assertSound(to);
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });

  it('restored gives no number twice, doubts what was under way, fences who held an account, and tells of it', async () => {
    await using folder = await emptyFolder();
    const [from, to] = await Promise.all([embeddedUnderTest(), embeddedUnderTest()]);
    try {
      await inhabit(from);
      const input = await backUp(from.ledger, folder.path);
      // What the backup does not know of: it has been told to EAs, and its numbers are taken.
      const [lost] = await from.ledger.commit([raise(1, 5, {}, 1)]);
      assert.equal(lost?.kind === 'raised' && lost.row.seq, 5);
      assert.equal((await restore(to.ledger, input)).unknown, 5);

      const { ledger } = to;
      const states = (await all((after) => ledger.listSignals(after))).map(({ id, state, seq }) => [id, state, seq]);
      assert.deepEqual(states, [
        [newSignal(1, 1).id, 'EXECUTED', 1],
        [newSignal(1, 2).id, 'UNKNOWN', 2],
        [newSignal(1, 3).id, 'UNKNOWN', 3],
        [newSignal(1, 4).id, 'REJECTED', 4],
        [newSignal(2, 1).id, 'UNKNOWN', 1],
      ]);
      assert.deepEqual(kinds(await ledger.commit([raise(1, 6, {}, 1), raise(1, 6, {}, 2)])), ['fenced', 'fenced']);
      const claimed = await ledger.claim(hello(1, { atMs: RESTORED_MS }));
      assert.ok(claimed.kind === 'claimed');
      assert.equal(claimed.account.epoch, PLACE + 1);
      assert.deepEqual(claimed.restored, { atMs: RESTORED_MS, historyFromMs: START_MS });
      assert.deepEqual(
        claimed.open.map(({ id, state }) => [id, state]),
        states.slice(0, 3).map(([id, state]) => [id, state]),
      );
      const [next] = await ledger.commit([raise(1, 6, {}, PLACE + 1)]);
      assert.ok(next?.kind === 'raised' && next.row.seq === PLACE + 1);
      const described = [{ brokerName: 'GBPUSD.m', symbol: 'GBPUSD', details: {} }];
      const symbols = { kind: 'symbols', accountId: accountId(1), epoch: PLACE + 1, symbols: described } as const;
      const [given] = await ledger.commit([symbols]);
      assert.ok(given?.kind === 'symbols' && given.rows.some(({ symbolId }) => symbolId === PLACE + 1));
      const [made] = await ledger.createAccounts([
        { id: accountId(9), tenantId: 'north', mode: 'demo', keyHash: 'cd'.repeat(32), suho1Table: null, createdAt: RESTORED_MS },
      ]);
      assert.equal(made?.magicBase, PLACE + 1);

      const signIns = await to.statement(
        `SET LOCAL ROLE suho_reader; SELECT ended_at_ms::float8 AS at, ended_why AS why FROM sign_ins`,
      );
      assert.deepEqual(
        signIns,
        Array.from({ length: 2 }, () => ({ at: RESTORED_MS, why: 'restored' })),
      );
      assert.equal((await ledger.user('ada'))?.totpSecret, 'JBSWY3DPEHPK3PXP');

      await assertSound(to);
      const told = (await all((after) => ledger.listAudit(after))).filter(({ atMs }) => atMs === RESTORED_MS);
      const restoredTold = told.filter(({ kind }) => kind === 'ledger.restored').map(({ tenantId }) => tenantId);
      assert.deepEqual(restoredTold, ['north', 'south']);
      const doubted = told.filter(({ kind }) => kind === 'signal.unknown').map(({ subject }) => subject);
      assert.deepEqual(doubted.sort(), [newSignal(1, 2).id, newSignal(1, 3).id, newSignal(2, 1).id].sort());
      const commands = (await all((after) => ledger.listCommands(after))).map(({ id, state }) => [id, state]);
      assert.deepEqual(commands, [
        [newCommand(1, 1).id, 'EXECUTED'],
        [newCommand(1, 2).id, 'UNKNOWN'],
        [newCommand(2, 1).id, 'UNKNOWN'],
      ]);
      const unsure = told.filter(({ kind }) => kind === 'command.unknown').map(({ subject }) => subject);
      assert.deepEqual(unsure.sort(), [newCommand(1, 2).id, newCommand(2, 1).id].sort());
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });

  it('restored twice gives no number again that was given between, and wants the history of both times', async () => {
    await using folder = await emptyFolder();
    const [from, to] = await Promise.all([embeddedUnderTest(), embeddedUnderTest()]);
    try {
      await inhabit(from);
      const input = await backUp(from.ledger, folder.path);
      const given: number[] = [];
      for (const times of [1, 2]) {
        const atMs = RESTORED_MS + times * 3_600_000;
        const { ledger } = to;
        await restore(ledger, input, { replace: times > 1, atMs });
        const claimed = await ledger.claim(hello(1, { atMs }));
        assert.ok(claimed.kind === 'claimed');
        assert.deepEqual(claimed.restored, { atMs, historyFromMs: START_MS });
        const { epoch } = claimed.account;
        const raised = await ledger.commit([raise(1, 6, {}, epoch), raise(1, 7, {}, epoch)]);
        given.push(epoch, ...raised.map((result) => (result.kind === 'raised' ? result.row.seq : 0)));
        await ledger.commit([{ kind: 'history-told', accountId: accountId(1), epoch, atMs }]);
        const again = await ledger.claim(hello(1, { atMs }));
        assert.deepEqual(again.kind === 'claimed' && again.restored, { atMs, historyFromMs: null });
      }
      const [firstEpoch = 0, , newest = 0, secondEpoch = 0, oldest = 0] = given;
      assert.ok(secondEpoch > firstEpoch + 1 && oldest > newest, given.join(' '));
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });

  it('goes into a ledger that has tenants only where that is wished, and then nothing of them is left', async () => {
    await using folder = await emptyFolder();
    const [from, to] = await Promise.all([embeddedUnderTest(), embeddedUnderTest()]);
    try {
      await inhabit(from);
      const input = await backUp(from.ledger, folder.path);
      await inhabit(to);
      await to.ledger.createTenant({
        id: 'other',
        name: 'Other',
        tier: 'pro',
        signalTimeframe: 'H1',
        strategy: 's',
        symbols: [],
        createdAt: 1,
      });
      const before = await rowsByTable(to);
      await assert.rejects(restore(to.ledger, input), { code: 'CONFLICT', message: /holds 3 tenants already; .*--replace/ });
      assert.deepEqual(await rowsByTable(to), before);
      await restore(to.ledger, input, { moved: true, replace: true });
      assert.deepEqual(await rowsByTable(to), await rowsByTable(from));
      await assertSound(to);
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });

  it('that was cut off, altered or robbed of a part is refused by the part’s name, and nothing is restored', async () => {
    await using folder = await emptyFolder();
    const under = await embeddedUnderTest();
    try {
      await inhabit(under);
      const harms: readonly (readonly [part: string, harm: (file: string) => Promise<void>, said: RegExp])[] = [
        ['ledger/signals.ndjson.gz', (file) => truncate(file, 40), /^ledger\/signals\.ndjson\.gz of .* cut off or altered/],
        ['ledger/deals.ndjson.gz', flipped, /^ledger\/deals\.ndjson\.gz of .* cut off or altered/],
        ['ledger/counters.ndjson.gz', (file) => rm(file), /^ledger\/counters\.ndjson\.gz is missing/],
        ['manifest.json', flipped, /^manifest\.json of .* cut off or altered/],
        ['manifest.json', (file) => truncate(file, 200), /^manifest\.json of .* cut off or altered/],
        ['manifest.json', withoutTable, /^manifest\.json of .* cut off or altered/],
      ];
      for (const [at, [part, harm, said]] of harms.entries()) {
        const input = await backUp(under.ledger, folder.path, `harmed-${at}`);
        await openBackup(input);
        await harm(join(input, part));
        await assert.rejects(openBackup(input), { code: 'INPUT_INVALID', message: said });
      }
      await assert.rejects(openBackup(folder.path), { code: 'NOT_FOUND', message: /is not a backup/ });
    } finally {
      await under.close();
    }
  });

  it('that was interrupted leaves nothing that looks like one, and none is written over', async () => {
    await using folder = await emptyFolder();
    const output = join(folder.path, 'backup');
    const cut = await BackupWriter.open(output);
    await cut.addText('settings.json', '{}');
    assert.equal(existsSync(output), false);
    const whole = await BackupWriter.open(output);
    await whole.finish('0.1.0', new Date(0).toISOString());
    assert.deepEqual((await openBackup(output)).parts, []);
    await assert.rejects(BackupWriter.open(output), { code: 'CONFLICT' });
  });

  it('holds no key, and of a migration that this version does not know is refused', async () => {
    await using folder = await emptyFolder();
    const [from, to] = await Promise.all([embeddedUnderTest(), embeddedUnderTest()]);
    try {
      await inhabit(from);
      await from.statement(`INSERT INTO schema_migrations (name, sha256) VALUES ('9999-later', '${'0'.repeat(64)}')`);
      const input = await backUp(from.ledger, folder.path);
      const accounts = gunzipSync(await readFile(join(input, 'ledger/accounts.ndjson.gz'))).toString();
      assert.equal(accounts.trim().split('\n').length, 4);
      assert.equal(accounts.includes('suho_'), false);
      await assert.rejects(restore(to.ledger, input), {
        code: 'MIGRATION_MISMATCH',
        message: /^The backup has migration 9999-later/,
      });
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  });
});

async function flipped(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] as number) ^ 1;
  await writeFile(file, bytes);
}

async function withoutTable(file: string): Promise<void> {
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { parts: unknown[] };
  manifest.parts.shift();
  await writeFile(file, JSON.stringify(manifest));
}

it('files of an embedded ledger copied while it commits hold all that was committed before, and a whole audit log', async () => {
  await using folder = await ledgerFolder();
  await using target = await emptyFolder();
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 2);
  let number = 0;
  let acknowledged = 0;
  let copied = false;
  const committing = (async () => {
    while (!copied) {
      number += 1;
      await ledger.commit([raise(1, number), raise(2, number)]);
      acknowledged = number;
    }
  })();
  const acknowledgedAtFirst = await (async () => {
    while (acknowledged < 20) await new Promise((resolve) => setImmediate(resolve));
    return acknowledged;
  })();
  await ledger.copyTo(join(target.path, 'ledger'));
  copied = true;
  await committing;
  const last = number;
  await ledger.close();

  const copy = await openLedger({ folder: target.path });
  try {
    const numbers = (await all((after) => copy.listSignals(after))).filter((row) => row.accountId === accountId(1));
    assert.ok(numbers.length >= acknowledgedAtFirst && numbers.length <= last, `${numbers.length} of ${last}`);
    assert.deepEqual(
      numbers.map(({ seq }) => seq),
      numbers.map((_, at) => at + 1),
    );
    const report = await verifyAudit(auditRows(copy));
    assert.deepEqual([report.ok, report.faults], [true, []]);
  } finally {
    await copy.close();
  }
});
