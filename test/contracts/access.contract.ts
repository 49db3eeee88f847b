/** What every ledger does with users and sign-ins: a name once, a code once, a refresh token once, and each change told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NewSignIn, NewUser } from '../../src/storage/ledger/access.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import { NODE_ITSELF } from '../../src/storage/audit/audit.js';
import { auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import { all, settle, START_MS } from './ledger-world.js';

const PASSWORD = 'scrypt$1$1$1$AAAA$BBBB';
const DAY_MS = 86_400_000;
const hash = (letter: string): string => letter.repeat(64);
const BY = { by: 'operator', atMs: START_MS + 1 };

function newUser(change: Partial<NewUser> = {}): NewUser {
  return {
    name: 'ann',
    tenantId: NODE_ITSELF,
    role: 'operator',
    password: PASSWORD,
    addresses: [],
    createdAt: START_MS,
    ...change,
  };
}

function newSignIn(number: number, change: Partial<NewSignIn> = {}): NewSignIn {
  return {
    id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    name: 'ann',
    tenantId: NODE_ITSELF,
    role: null,
    refreshHash: hash('a'),
    csrf: 'c',
    secondFactorAt: null,
    createdAt: START_MS,
    expiresAt: START_MS + DAY_MS,
    ...change,
  };
}

export function accessContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`users and sign-ins on ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const accessTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 0);
        await body();
      });
    };
    const told = async (tenantId: string): Promise<string[]> =>
      (await all((next) => ledger.listAudit(next)))
        .filter((entry) => entry.tenantId === tenantId)
        .map(({ kind, subject }) => `${kind} ${subject}`);

    accessTest('a program is a user whose key is kept as SHA-256', async () => {
      const added = await ledger.addUser(newUser({ name: 'bot', password: `key$${hash('a')}` }), 'ann');
      assert.ok(added !== 'exists');
      assert.equal((await ledger.user('bot'))?.password, `key$${hash('a')}`);
    });

    accessTest('keeps a user as given, under a name that nobody else has, in whichever tenant', async () => {
      const row = await ledger.addUser(newUser({ addresses: ['10.0.0.0/8', '::1/128'] }), 'operator');
      const fresh = { totpSecret: null, totpConfirmed: null, totpStep: 0, recovery: [], removedAt: null };
      assert.deepEqual(row, { ...newUser({ addresses: ['10.0.0.0/8', '::1/128'] }), ...fresh });
      assert.deepEqual(await ledger.user('ann'), row);
      assert.equal(await ledger.user('bob'), undefined);
      assert.equal(await ledger.addUser(newUser(), 'operator'), 'exists');
      assert.equal(await ledger.addUser(newUser({ tenantId: 'north', role: 'tenant-admin' }), 'operator'), 'exists');
      await ledger.addUser(newUser({ name: 'bob', tenantId: 'north', role: 'tenant-reader', password: null }), 'ann');
      const names = async (tenantId?: string) =>
        (await ledger.listUsers(tenantId === undefined ? {} : { tenantId })).rows.map((user) => user.name);
      assert.deepEqual([await names(), await names('north'), await names('south')], [['ann', 'bob'], ['bob'], []]);
      await assert.rejects(ledger.addUser(newUser({ name: 'eve', tenantId: 'nowhere', role: 'tenant-admin' }), 'x'), {
        code: 'NOT_FOUND',
      });
      assert.deepEqual(await told(NODE_ITSELF), ['user.added ann']);
      assert.deepEqual((await told('north')).at(-1), 'user.added bob');
    });

    accessTest('changes what is named and nothing else, and ends the sign-ins with it where that is asked for', async () => {
      const user = await ledger.addUser(newUser(), 'operator');
      assert.ok(user !== 'exists');
      await ledger.openSignIn(newSignIn(1), '127.0.0.1');
      await ledger.openSignIn(newSignIn(2, { name: 'link', role: 'owner' }), '127.0.0.1');
      assert.deepEqual(await ledger.changeUser('ann', { addresses: ['::1/128'] }, BY), { ...user, addresses: ['::1/128'] });
      assert.equal((await ledger.signIn(newSignIn(1).id))?.endedAt, null);
      const secret = {
        totpSecret: 'ABC',
        totpConfirmed: START_MS,
        recovery: [hash('1')],
        password: null,
        role: 'owner',
      } as const;
      const changed = await ledger.changeUser('ann', secret, { ...BY, ends: 'the password was changed' });
      assert.deepEqual(changed, { ...user, ...secret, addresses: ['::1/128'] });
      const ended = await ledger.signIn(newSignIn(1).id);
      assert.deepEqual([ended?.endedAt, ended?.endedWhy], [BY.atMs, 'the password was changed']);
      assert.equal((await ledger.signIn(newSignIn(2).id))?.endedAt, null);
      assert.equal(await ledger.changeUser('bob', { role: 'owner' }, BY), undefined);
    });

    accessTest('a user who was removed is none, and may be added again in the same tenant alone', async () => {
      await ledger.addUser(newUser(), 'operator');
      await ledger.changeUser('ann', { totpSecret: 'ABC', recovery: [hash('1')] }, BY);
      await ledger.takeCode('ann', 9, START_MS);
      await ledger.changeUser('ann', { removedAt: START_MS + 2 }, BY);
      assert.equal(await ledger.user('ann'), undefined);
      assert.deepEqual((await ledger.listUsers({})).rows, []);
      assert.equal(await ledger.changeUser('ann', { role: 'owner' }, BY), undefined);
      assert.equal(await ledger.takeCode('ann', 10, START_MS), false);
      assert.equal(await ledger.addUser(newUser({ tenantId: 'north', role: 'tenant-admin' }), 'x'), 'exists');
      const again = await ledger.addUser(newUser({ role: 'auditor' }), 'x');
      assert.ok(again !== 'exists');
      assert.deepEqual([again.role, again.totpSecret, again.recovery, again.totpStep], ['auditor', null, [], 9]);
    });

    accessTest('takes a code once, and none before it; a recovery code once', async () => {
      await ledger.addUser(newUser(), 'operator');
      await ledger.changeUser('ann', { recovery: [hash('1'), hash('2')] }, BY);
      const taken = [];
      for (const step of [5, 5, 4, 6]) taken.push(await ledger.takeCode('ann', step, START_MS));
      assert.deepEqual(taken, [true, false, false, true]);
      const recovered = [];
      for (const letter of ['1', '1', '3', '2']) recovered.push(await ledger.takeRecovery('ann', hash(letter), START_MS));
      assert.deepEqual(recovered, [true, false, false, true]);
      assert.deepEqual((await ledger.user('ann'))?.recovery, []);
      const both = await Promise.all([ledger.takeCode('ann', 7, START_MS), ledger.takeCode('ann', 7, START_MS)]);
      assert.deepEqual([...both].sort(), [false, true]);
    });

    accessTest('gives a refresh token’s place to the next once, and ends the sign-in of who comes with one before', async () => {
      await ledger.openSignIn(newSignIn(1), '127.0.0.1');
      const { id } = newSignIn(1);
      const step = (from: string, to: string, atMs = START_MS) =>
        ledger.refreshSignIn(id, { from: hash(from), to: hash(to), atMs, expiresAt: atMs + DAY_MS });
      const first = await step('a', 'b', START_MS + 5);
      assert.ok(first.kind === 'refreshed');
      assert.deepEqual([first.row.refreshHash, first.row.expiresAt], [hash('b'), START_MS + 5 + DAY_MS]);
      assert.equal((await step('a', 'c')).kind, 'reused');
      assert.equal((await step('b', 'c')).kind, 'ended');
      assert.equal((await step('a', 'c')).kind, 'ended');
      assert.equal((await ledger.signIn(id))?.endedWhy, 'a refresh token was used again');
      assert.equal(
        (await ledger.refreshSignIn(newSignIn(9).id, { from: hash('a'), to: hash('b'), atMs: 0, expiresAt: 0 })).kind,
        'ended',
      );
    });

    accessTest('of two who come with one refresh token at once, one is answered, and the sign-in ends', async () => {
      await ledger.openSignIn(newSignIn(1), '127.0.0.1');
      const { id } = newSignIn(1);
      const step = (to: string) =>
        ledger.refreshSignIn(id, { from: hash('a'), to: hash(to), atMs: START_MS, expiresAt: START_MS + DAY_MS });
      const kinds = (await Promise.all(['b', 'c', 'd'].map(step))).map(({ kind }) => kind);
      assert.deepEqual(kinds.sort(), ['ended', 'refreshed', 'reused']);
      assert.notEqual((await ledger.signIn(id))?.endedAt, null);
    });

    accessTest('a sign-in past its time is not refreshed; one that has ended shows no second factor', async () => {
      await ledger.openSignIn(newSignIn(1), '127.0.0.1');
      const { id } = newSignIn(1);
      assert.equal(await ledger.markSecondFactor(id, START_MS + 3), true);
      assert.equal((await ledger.signIn(id))?.secondFactorAt, START_MS + 3);
      const late = { from: hash('a'), to: hash('b'), atMs: START_MS + DAY_MS, expiresAt: START_MS + 2 * DAY_MS };
      assert.equal((await ledger.refreshSignIn(id, late)).kind, 'ended');
      assert.equal(await ledger.endSignIn(id, 'signed out', START_MS + 4), true);
      assert.equal(await ledger.endSignIn(id, 'signed out', START_MS + 5), false);
      assert.equal(await ledger.markSecondFactor(id, START_MS + 6), false);
      assert.equal(await ledger.signIn('no id'), undefined);
    });

    accessTest('tells each change, and no secret', async () => {
      await ledger.addUser(newUser(), 'operator');
      await ledger.changeUser('ann', { password: `${PASSWORD}2`, totpSecret: 'SECRET', recovery: [hash('7')] }, BY);
      await ledger.takeCode('ann', 1, START_MS);
      await ledger.takeRecovery('ann', hash('7'), START_MS);
      const { id } = newSignIn(1);
      await ledger.openSignIn(newSignIn(1), '127.0.0.1');
      await ledger.markSecondFactor(id, START_MS);
      await ledger.refreshSignIn(id, { from: hash('a'), to: hash('b'), atMs: START_MS, expiresAt: START_MS + DAY_MS });
      await ledger.changeUser('ann', { removedAt: START_MS }, { ...BY, ends: 'removed' });
      assert.deepEqual(await told(NODE_ITSELF), [
        'user.added ann',
        'user.changed ann',
        'user.code-taken ann',
        'user.recovery-taken ann',
        `session.opened ${id}`,
        `session.second-factor ${id}`,
        `session.refreshed ${id}`,
        'user.removed ann',
        `session.ended ${id}`,
      ]);
      const log = JSON.stringify(await all((next) => ledger.listAudit(next)));
      for (const secret of [PASSWORD, 'SECRET', hash('7'), hash('a'), hash('b')]) assert.ok(!log.includes(secret), secret);
      assert.deepEqual((await verifyAudit(auditRows(ledger))).faults, []);
    });
  });
}
