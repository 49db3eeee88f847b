/** What people do with the page, in a browser, against a node that trades: whatever the node refuses fails here. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { fromBase32, hotp, stepOf } from '../../src/access/totp.js';
import { until } from '../support/actors.js';
import { CLIENT, providerFor, SECRET } from '../support/oidc-people.js';
import { noBrowser, openPage, type PageUnderTest, show, violations, witness } from './page-under-test.js';

const PASSWORD = 'a long enough password 7';
const PATIENCE_MS = 60_000;

/** The dialog that a button opens, with its reason written. */
async function dialogOf(page: Page, button: Locator, reason?: string): Promise<Locator> {
  await button.click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  if (reason !== undefined) await dialog.getByLabel('Reason').fill(reason);
  return dialog;
}

/** Does it, and sees it done. */
async function act(page: Page, name: string, verb: string, reason = 'a test'): Promise<void> {
  const dialog = await dialogOf(page, page.locator('main').getByRole('button', { name, exact: true }), reason);
  await dialog.getByRole('button', { name: verb }).click();
  const refused = dialog.getByRole('alert');
  await until(async () => !(await dialog.isVisible()) || (await refused.isVisible()), `${name} is answered`, PATIENCE_MS);
  assert.deepEqual(await refused.allTextContents(), [], name);
}

/** An account with something open is not unbound from its broker. */
async function nothingOpen(page: Page, url: string, accountId: string): Promise<boolean> {
  for (const state of ['PENDING', 'SENT', 'UNKNOWN', 'EXECUTED']) {
    const answer = await page.request.get(`${url}/v1/signals?account=${accountId}&state=${state}`);
    const { rows } = (await answer.json()) as { readonly rows: readonly unknown[] };
    if (rows.length > 0) return false;
  }
  return true;
}

async function signIn(page: Page, url: string, name: string, code?: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  if (code !== undefined) await page.getByLabel('Second factor').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function addUser(page: Page, url: string, name: string, role: string): Promise<void> {
  await show(page, url, 'users');
  const dialog = await dialogOf(page, page.getByRole('button', { name: 'Add a user' }));
  await dialog.locator('[name=name]').fill(name);
  await dialog.locator('[name=role]').selectOption(role);
  await dialog.locator('[name=tenant]').selectOption('northwind');
  await dialog.locator('[name=password]').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await page.locator('tbody tr', { hasText: name }).waitFor();
}

async function saved(page: Page, link: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link, exact: true }).click(),
  ]);
  return readFile(await download.path());
}

describe('flows of the page', { skip: noBrowser }, () => {
  let under: PageUnderTest;
  let provider: Awaited<ReturnType<typeof providerFor>>;
  let owner: Page;
  before(async () => {
    provider = await providerFor({ kim: { groups: ['desk'], amr: ['pwd'] } });
    const oidc = { issuer: provider.issuer, client: CLIENT, secret: SECRET, roles: 'desk=operator' };
    under = await openPage(Object.entries(oidc).flatMap(([name, word]) => [`--oidc-${name}`, word]));
    provider.open(`${under.url}/v1/oidc/callback`);
    owner = await under.owner.newPage();
  });
  after(async () => {
    await under?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
  });
  /** Whoever reads of a failure wants to know what the pages said. */
  const flow = (name: string, run: (t: TestContext) => Promise<void>): void => {
    it(name, async (t) => {
      try {
        await run(t);
      } catch (error) {
        for (const page of under.browser.contexts().flatMap((context) => context.pages()))
          t.diagnostic(`${page.url()}: ${await page.locator('main').textContent({ timeout: 1_000 }).catch(String)}`);
        throw error;
      }
    });
  };

  flow('a link shows a living engine', async (t) => {
    const context = await under.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const heard = witness(page, under.url);
    const link = await under.link();
    const began = performance.now();
    await page.goto(link);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.health li').first().waitFor();
    t.diagnostic(`a living engine after ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });
    await context.close();
  });

  flow('an operator stops all trading with a reason, acknowledges the alert of it, and resumes', async () => {
    const heard = witness(owner, under.url);
    await show(owner, under.url, 'overview');
    const stop = owner.getByRole('button', { name: 'Stop all trading' });
    const dialog = await dialogOf(owner, stop);
    await dialog.getByRole('button', { name: 'Stop now' }).click();
    assert.ok(await dialog.isVisible(), 'without a reason nothing is done');
    await dialog.getByLabel('Reason').fill('the desk is on fire');
    await dialog.getByRole('button', { name: 'Stop now' }).click();
    const resume = owner.getByRole('button', { name: 'Resume all trading' });
    await resume.waitFor();
    await owner.locator('.health').getByText('emergency stop: the desk is on fire').waitFor();
    await show(owner, under.url, 'alerts');
    const row = owner.locator('.feed li', { hasText: 'emergency stop' });
    const seen = await dialogOf(owner, row.getByRole('button', { name: 'Acknowledge' }));
    await seen.getByLabel('Note').fill('on it');
    await seen.getByRole('button', { name: 'Acknowledge' }).click();
    await row.getByText('seen by link').waitFor();
    const lifted = await dialogOf(owner, resume, 'the fire is out');
    await lifted.getByRole('button', { name: 'Resume' }).click();
    await stop.waitFor();
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });
  });

  flow('an owner steers an account: its EA, its mode, its keys; and an actor', async () => {
    const heard = witness(owner, under.url);
    await show(owner, under.url, 'signals?state=EXECUTED');
    await owner.locator('tbody tr').first().waitFor({ timeout: PATIENCE_MS });
    await owner.locator('tbody tr').first().locator('td').last().getByRole('link').click();
    const mode = await dialogOf(owner, owner.getByRole('button', { name: 'Mode' }), 'a look first');
    await mode.locator('[name=mode]').selectOption('observe');
    await mode.getByRole('button', { name: 'Set it' }).click();
    await owner.locator('dd', { hasText: /^observe$/ }).waitFor();
    await act(owner, 'Close all', 'Close them');
    await owner.getByRole('region', { name: 'Commands' }).getByText('close all').first().waitFor();
    const rotate = await dialogOf(owner, owner.getByRole('button', { name: 'Rotate key' }), 'it was lost');
    await rotate.getByRole('button', { name: 'Rotate', exact: true }).click();
    assert.ok(((await rotate.locator('.secret').textContent()) ?? '').length > 20);
    await rotate.getByRole('button', { name: 'Done' }).click();
    await owner.getByText(/^The older key is valid until /).waitFor();
    assert.equal(await owner.getByRole('button', { name: 'End the older key' }).count(), 0, 'no EA has come with the newer');
    await act(owner, 'Reconnect', 'Ask it');
    const accountId = owner.url().split('/').at(-1) ?? '';
    await until(() => nothingOpen(owner, under.url, accountId), 'what was open is closed', PATIENCE_MS);
    await act(owner, 'Unbind from its login', 'Unbind');
    await act(owner, 'Stop account', 'Stop now');
    await act(owner, 'Resume account', 'Resume');
    await act(owner, 'Revoke', 'Revoke');
    await owner.getByText('The keys are revoked.').waitFor();
    assert.deepEqual(await violations(owner), []);
    await show(owner, under.url, 'actors');
    await owner.locator('.tree').focus();
    for (let down = 0; down < 2; down++) await owner.keyboard.press('ArrowDown');
    await act(owner, 'Restart', 'Restart');
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });
  });

  flow('a tenant’s admin comes in, sets up a second factor, adds an account and sets risk and symbols', async () => {
    await addUser(owner, under.url, 'nora', 'tenant-admin');

    const context = await under.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const heard = witness(page, under.url);
    await signIn(page, under.url, 'nora');
    await page.getByText('Tenant northwind').waitFor();
    await show(page, under.url, 'me');
    await page.getByRole('button', { name: 'Set it up' }).click();
    const secret = (await page.locator('code.secret').textContent()) ?? '';
    assert.ok(((await page.getByRole('link', { name: /^otpauth:/ }).getAttribute('href')) ?? '').includes(secret));
    // A code is taken once, and none before it: the one before is left for the page, this one for the sign-in.
    const codeOf = (steps: number): string => hotp(fromBase32(secret), stepOf(Date.now()) + steps);
    await page.getByLabel('First code').fill(codeOf(-1));
    await page.getByRole('button', { name: 'Confirm' }).click();
    const codes = ((await page.locator('pre.secret').textContent()) ?? '').split('\n');
    assert.equal(codes.length, 10);
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('10 recovery codes are left').waitFor();

    await show(page, under.url, 'accounts');
    const added = await dialogOf(page, page.getByRole('button', { name: 'Add an account' }), 'another broker');
    await added.getByLabel('Second factor').fill(codes[0] ?? '');
    await added.getByRole('button', { name: 'Add it' }).click();
    const key = (await added.locator('.secret').textContent()) ?? '';
    assert.ok(key.length > 20);
    await added.getByRole('button', { name: 'Done' }).click();
    await page.getByText('never came').waitFor();
    assert.ok(!(await page.content()).includes(key), 'the key is shown once');

    await show(page, under.url, 'me');
    await page.getByLabel('The old one').fill(PASSWORD);
    await page.getByLabel('The new one').fill(`${PASSWORD}, changed`);
    await page.getByRole('button', { name: 'Change it', exact: true }).click();
    await page.getByText('It is changed.').waitFor();
    await page.getByLabel('The old one').fill(`${PASSWORD}, changed`);
    await page.getByLabel('The new one').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change it', exact: true }).click();
    await until(async () => (await page.getByLabel('The new one').inputValue()) === '', 'it is changed back', PATIENCE_MS);

    await show(page, under.url, 'settings');
    await page.getByLabel('Most risk of a trade, %').fill('1.5');
    await page.getByLabel('USDSEK', { exact: true }).uncheck();
    await page.getByLabel('Reason').fill('less at once');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. It holds from the next decision on.').waitFor();
    await page.reload();
    await until(async () => (await page.getByLabel('Most risk of a trade, %').inputValue()) === '1.5', 'the risk is kept');
    const swedish = page.getByLabel('USDSEK', { exact: true });
    assert.equal(await swedish.count(), 0, 'what is not followed is not shown');
    await page.getByLabel('Another symbol').fill('usdsek');
    await page.getByRole('button', { name: 'Add symbol' }).click();
    assert.ok(await swedish.isChecked());
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });

    await page.getByRole('button', { name: 'Sign out nora' }).click();
    await page.getByRole('heading', { name: 'Sign in to Suho' }).waitFor();
    await signIn(page, under.url, 'nora');
    await page.getByText('A code of the second factor is wanted.').waitFor();
    await page.getByLabel('Second factor').fill(codes[1] ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Tenant northwind').waitFor();
    await show(page, under.url, 'me');
    await page.getByText('8 recovery codes are left').waitFor();

    const away = { status: 503, contentType: 'application/problem+json', body: '{"title":"a part is away"}' };
    await page.route('**/v1/tenants/*', (route) => route.fulfill(away), { times: 1 });
    await show(page, under.url, 'settings');
    await page.getByRole('alert').getByText('A part is away.').first().waitFor();
    await page.getByLabel('Most risk of a trade, %').waitFor();
    await context.close();
  });

  flow('a tenant’s reader sees what was traded and refused, what it came to, and takes statements away', async () => {
    await addUser(owner, under.url, 'rita', 'tenant-reader');

    const context = await under.browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const heard = witness(page, under.url);
    await signIn(page, under.url, 'rita');
    await page.getByText('Tenant northwind').waitFor();
    await show(page, under.url, 'signals');
    await page.locator('tbody tr').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await show(page, under.url, 'refusals');
    const outcomes = page.locator('tbody tr td:nth-child(6)');
    await until(
      async () => (await outcomes.allInnerTexts()).some((text) => /^(target|stop|open yet), [+−\d.]+ R/.test(text)),
      'a refusal says what it would have brought',
      PATIENCE_MS,
    );
    assert.deepEqual(await violations(page), []);
    await show(page, under.url, 'results');
    for (const title of [/^By symbol, /, /^By hour, /, /^By broker, /])
      await page.getByRole('list', { name: title }).first().getByRole('listitem').first().waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('region', { name: 'Refused signals by reason' }).getByRole('row').nth(1).waitFor();
    await page.getByRole('img', { name: /^Balance and equity/ }).waitFor();
    const csv = (await saved(page, 'CSV')).toString('utf8');
    assert.match(csv, /^trade,symbol,direction,volume,opened,closed,entry,exit,pips,profit,commission,swap,net,/);
    const pdf = await saved(page, 'PDF');
    assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-');
    assert.deepEqual(await violations(page), []);
    await show(page, under.url, 'settings');
    assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0, 'a reader changes nothing');
    await show(page, under.url, 'alerts');
    assert.equal(await page.getByRole('button', { name: 'Acknowledge' }).count(), 0);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });
    await context.close();
  });

  flow('a user is changed and removed, and a program gets a key that is shown once', async () => {
    const heard = witness(owner, under.url);
    await show(owner, under.url, 'users');
    const row = owner.locator('tbody tr', { hasText: 'rita' });
    const change = await dialogOf(owner, row.getByRole('button', { name: 'Change' }));
    await change.locator('[name=role]').selectOption('tenant-admin');
    await change.locator('[name=addresses]').fill('10.0.0.0/8 127.0.0.1');
    await change.getByRole('button', { name: 'Change it' }).click();
    await row.getByText('tenant-admin').waitFor();
    const remove = await dialogOf(owner, row.getByRole('button', { name: 'Remove' }));
    await remove.getByRole('button', { name: 'Remove it' }).click();
    await row.waitFor({ state: 'detached' });
    const adding = await dialogOf(owner, owner.getByRole('button', { name: 'Add a key' }), 'a report each night');
    await adding.locator('[name=name]').fill('nightly');
    await adding.locator('[name=role]').selectOption('auditor');
    await adding.getByRole('button', { name: 'Add it' }).click();
    assert.match((await adding.locator('.secret').textContent()) ?? '', /^suho_nightly\.[0-9a-f]{64}$/);
    await adding.getByRole('button', { name: 'Done' }).click();
    assert.deepEqual(heard, { errors: [], failed: [], strangers: [] });
  });

  flow('tabs whose session has run out come in again by one refresh', async () => {
    const context = await under.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const first = await context.newPage();
    await first.goto(await under.link());
    await first.getByText('Live', { exact: true }).waitFor();
    const tabs = [first, await context.newPage(), await context.newPage()];
    const refreshed: string[] = [];
    context.on('request', (request) => {
      if (request.url().endsWith('/v1/session/refresh')) refreshed.push(request.method());
    });
    await first.goto('about:blank');
    await context.clearCookies({ name: 'suho_session' });
    await Promise.all(tabs.map((tab) => tab.goto(`${under.url}/#/jobs`)));
    for (const tab of tabs) await tab.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
    assert.deepEqual(refreshed, ['POST']);
    await context.close();
  });

  flow('who has a provider comes in by it', async () => {
    provider.signInAs('kim');
    const context = await under.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(under.url);
    await page.getByRole('link', { name: 'Sign in by your provider' }).click();
    await page.getByRole('button', { name: 'Sign out oidc:kim' }).waitFor();
    await show(page, under.url, 'me');
    await page.getByText('operator', { exact: true }).waitFor();
    await context.close();
  });

  flow('an owner reads the limits anew, empties the node and takes sessions again', async () => {
    await show(owner, under.url, 'overview');
    await act(owner, 'Reload limits', 'Read them');
    await act(owner, 'Drain', 'Empty it');
    await act(owner, 'Take sessions', 'Take them');
    await owner.locator('main').getByRole('button', { name: 'Drain', exact: true }).waitFor();
  });
});
