// Makes the pictures of docs/images anew: a demo node of a fixed seed in a folder of its own, looked at by the system's
// Chromium once its market has run for a while. `npm run pictures` builds first; an argument names another Chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const IMAGES = join(ROOT, 'docs', 'images');
const SEED = '1';
const SPEED = '20';
/** How far the demo's market is then; sooner there is little to see. */
const MARKET_MS = 80 * 60_000;
const BYTES_MOST = 250_000;
const SIZE = { width: 1_280, height: 840 };
const TENANT = 'northwind';
const PASSWORD = 'only while pictures are made';

const browserPath = [process.argv[2], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

function linkOf(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      if (said.length < 65_536) said += chunk;
      const [link] = /http:\/\/[\d.:]+\/enter\/[\w-]+(?=\s)/.exec(said) ?? [];
      if (link !== undefined) resolve(link);
    });
    child.once('close', () => reject(new Error(`the node printed no link: ${said}`)));
  });
}

async function ask(context, url, path) {
  const response = await context.request.get(url + path);
  if (!response.ok()) throw new Error(`${path}: ${response.status()} ${await response.text()}`);
  return response.json();
}

async function engineMs(context, url) {
  const { nodes } = await ask(context, url, '/v1/cluster');
  return Date.parse(nodes.find(({ self }) => self).engineTime);
}

async function marketHasRun(page, context, url) {
  const from = await engineMs(context, url);
  while ((await engineMs(context, url)) < from + MARKET_MS) await page.waitForTimeout(2_000);
}

/** That one of them which most signals are of. */
function mostOf(rows, keyOf) {
  const counts = new Map();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

async function asTenant(browser, owner, url) {
  const { csrf } = await ask(owner, url, '/v1/me');
  const data = { name: 'nora', tenant: TENANT, role: 'tenant-admin', password: PASSWORD };
  const made = await owner.request.post(`${url}/v1/users`, { data, headers: { 'x-csrf-token': csrf } });
  if (made.status() !== 201) throw new Error(await made.text());
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Name').fill(data.name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.shell main h1').waitFor();
  return page;
}

/** `settled` is what shows that the view is whole. */
async function picture(page, url, { name, view, colorScheme, settled, before }) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${url}/#/${view}`);
  await page.locator(settled).first().waitFor();
  await page.locator('main .waiting').first().waitFor({ state: 'detached' });
  await before?.(page);
  // Charts are drawn, and figures that are rates are told, at the second answer.
  await page.waitForTimeout(7_000);
  const path = join(IMAGES, `page-${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  process.stdout.write(`docs/images/page-${name}.png, ${Math.round(size / 1_000)} kB\n`);
  if (size > BYTES_MOST) throw new Error(`page-${name}.png is larger than ${BYTES_MOST} bytes`);
}

async function openTenants(page) {
  for (const name of ['symbols', 'correlations']) await page.getByRole('treeitem', { name }).first().locator('.twist').click();
  await page.getByRole('treeitem', { name: TENANT }).locator('.twist').click();
  await page.getByRole('treeitem', { name: 'accounts' }).first().locator('.twist').click();
}

async function pictures(browser, link) {
  const url = new URL(link).origin;
  const owner = await browser.newContext({ viewport: SIZE });
  const page = await owner.newPage();
  await page.goto(link);
  const own = await asTenant(browser, owner, url);
  await marketHasRun(page, owner, url);
  const { rows } = await ask(owner, url, '/v1/signals?most=500');
  const decided = [...new Map(rows.map((row) => [`${row.symbol} ${row.closeTime}`, row])).values()];
  const explained = rows.find(({ parts, state }) => parts.pattern !== undefined && state === 'CLOSED') ?? rows[0];
  const views = [
    { name: 'overview', view: 'overview', colorScheme: 'light', settled: '.health li' },
    {
      name: 'symbol',
      view: `symbols/${mostOf(decided, (row) => row.symbol)}`,
      colorScheme: 'dark',
      settled: '.price-chart canvas',
    },
    { name: 'signal', view: `signals/${explained.id}`, colorScheme: 'light', settled: '.waterfall' },
    { name: 'actors', view: 'actors', colorScheme: 'dark', settled: '.tree .row', before: openTenants },
    { name: 'account', view: `accounts/${mostOf(rows, (row) => row.accountId)}`, colorScheme: 'dark', settled: '.chart path' },
  ];
  for (const each of views) await picture(page, url, each);
  await picture(own, url, { name: 'tenant', view: 'overview', colorScheme: 'light', settled: '.chart path' });
}

const folder = mkdtempSync(join(tmpdir(), 'suho-pictures-'));
const ports = ['--ea-port', '0', '--ws-port', '0', '--http-port', '0'];
const demo = ['--data', folder, '--seed', SEED, '--speed', SPEED];
const node = spawn(process.execPath, [join(ROOT, 'bin', 'suho.mjs'), 'start', ...demo, ...ports], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const ended = once(node, 'close');
const asRoot = process.getuid?.() === 0;
const browser = await chromium.launch({ executablePath: browserPath, args: asRoot ? ['--no-sandbox'] : [] });
try {
  await pictures(browser, await linkOf(node));
} finally {
  await browser.close();
  node.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
