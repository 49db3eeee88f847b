/** A demo node as its own process, and a real browser that looks at it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { emptyFolder } from '../support/ledger-folder.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ENTER_WITHIN_MS = 90_000;

/** Where the system's browser is; undefined where there is none. */
export const browserPath = BROWSERS.find((path) => existsSync(path));
export const noBrowser = browserPath === undefined ? 'there is no Chromium on this machine' : false;

export function launchBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: browserPath as string, args: asRoot ? ['--no-sandbox'] : [] });
}

/** What it prints is heard on: a node whose reader is gone ends. */
function enterLink(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => child.kill('SIGKILL'), ENTER_WITHIN_MS);
    child.stdout?.on('data', (chunk) => {
      if (said.length < 65_536) said += chunk;
      const [link] = /http:\/\/[\d.:]+\/enter\/[\w-]+/.exec(said) ?? [];
      if (link === undefined) return;
      clearTimeout(late);
      resolve(link);
    });
    child.once('close', () => reject(new Error(`the node printed no link: ${said}`)));
  });
}

export interface NodeUnderTest extends AsyncDisposable {
  readonly url: string;
  /** Of an owner who came by the node's link. */
  readonly cookie: string;
  /** Another link. */
  link(): Promise<string>;
}

/** A demo whose engine goes so many times faster than the machine. */
async function demoNode(
  flags: readonly string[],
): Promise<{ readonly folder: string; readonly link: string; readonly end: () => Promise<void> }> {
  const folder = await emptyFolder();
  const ports = ['--ea-port', '0', '--ws-port', '0', '--http-port', '0'];
  const child = spawn(process.execPath, [SUHO, 'start', '--data', folder.path, ...ports, '--speed', '30', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await folder[Symbol.asyncDispose]();
  };
  return { folder: folder.path, link: await enterLink(child), end };
}

async function anotherLink(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SUHO, 'admin', 'link', '--data', folder]);
  return stdout.trim();
}

export async function openNode(): Promise<NodeUnderTest> {
  const { folder, link, end } = await demoNode([]);
  const entered = await fetch(link, { redirect: 'manual' });
  const cookie = entered.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return { url: new URL(link).origin, cookie, link: () => anotherLink(folder), [Symbol.asyncDispose]: end };
}

export interface PageUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly browser: Browser;
  /** Signed in by the node's link, as an owner whose second factor was shown. */
  readonly owner: BrowserContext;
  /** Another link. */
  link(): Promise<string>;
}

export async function openPage(flags: readonly string[] = []): Promise<PageUnderTest> {
  const { folder, link, end } = await demoNode(flags);
  const browser = await launchBrowser();
  const owner = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  owner.setDefaultTimeout(ENTER_WITHIN_MS);
  const page = await owner.newPage();
  await page.goto(link);
  await page.close();
  return {
    ...{ url: new URL(link).origin, browser, owner },
    link: () => anotherLink(folder),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await end();
    },
  };
}

export interface Witness {
  readonly errors: string[];
  /** Requests to any other host. */
  readonly strangers: string[];
  /** Requests that were refused, or not answered. */
  readonly failed: string[];
}

/** Hears what a page complains of, and whom it asks. */
export function witness(page: Page, url: string): Witness {
  const heard: Witness = { errors: [], strangers: [], failed: [] };
  page.on('pageerror', ({ message }) => heard.errors.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      heard.errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) heard.failed.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    // A view that is left does not wait for its answers.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED')
      heard.failed.push(`${request.failure()?.errorText} ${request.url()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== url) heard.strangers.push(request.url());
  });
  return heard;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as readonly Violation[];
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

/** The view's heading, once what it shows was answered. */
export async function show(page: Page, url: string, view: string): Promise<void> {
  await page.goto(`${url}/#/${view}`);
  await page.locator('main h1').waitFor();
  await page.locator('main .waiting').first().waitFor({ state: 'detached' });
}
