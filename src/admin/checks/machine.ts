import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sentence } from '../../errors.js';
import type { Clock } from '../../runtime/clock.js';
import { type Finding, found } from './finding.js';

const NODE_LEAST = 20;
const MIB = 1_048_576;
/** Below the first nothing should be started; below the second it is time to look for more. */
const FREE_LEAST = 200 * MIB;
const FREE_WARN = 2_048 * MIB;
/** No node ran before, and no certificate of ours lasts until after. */
const CLOCK_FROM_MS = Date.UTC(2025, 0, 1);
const CLOCK_TO_MS = Date.UTC(2100, 0, 1);
const SAMPLES = 2_000;
/** How far the system clock may move against the monotonic one while it is watched: more is a step, not a slew. */
const STEP_MOST_MS = 100;
const FUTURE_MOST_MS = 60_000;

export function checkNodeVersion(version: string): Finding {
  const major = Number(version.replace(/^v/, '').split('.')[0]);
  if (major >= NODE_LEAST) return found('node', 'ok', `Node ${version} is ${NODE_LEAST} or later.`);
  return found('node', 'failed', `Node ${version} is too old; ${NODE_LEAST} or later is needed.`);
}

/** The system clock is of this age, does not step, and is not behind what a node wrote into the data folder. */
export async function checkClock(clock: Clock, dataFolder: string): Promise<Finding> {
  const nowMs = clock.nowMs();
  if (!(nowMs >= CLOCK_FROM_MS && nowMs < CLOCK_TO_MS)) {
    return found('clock', 'failed', `the system clock says ${instant(nowMs)}, which cannot be.`);
  }
  const startNs = clock.monotonicNs();
  let lastNs = startNs;
  for (let at = 0; at < SAMPLES; at++) {
    const ns = clock.monotonicNs();
    if (ns < lastNs) return found('clock', 'failed', 'the monotonic clock went back while it was watched.');
    lastNs = ns;
  }
  const stepMs = clock.nowMs() - nowMs - Number(lastNs - startNs) / 1e6;
  if (Math.abs(stepMs) > STEP_MOST_MS) {
    return found('clock', 'failed', `the system clock stepped by ${Math.round(stepMs)} ms while it was watched.`);
  }
  const newest = await newestFile(dataFolder);
  if (newest !== undefined && newest.mtimeMs > nowMs + FUTURE_MOST_MS) {
    return found(
      'clock',
      'failed',
      `the system clock says ${instant(nowMs)}, but ${newest.path} was written at ${instant(newest.mtimeMs)}.`,
    );
  }
  return found('clock', 'ok', `the system clock says ${instant(nowMs)} and is steady.`);
}

function instant(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? `${new Date(ms).toISOString().slice(0, 19)}Z` : String(ms);
}

async function newestFile(folder: string): Promise<{ readonly path: string; readonly mtimeMs: number } | undefined> {
  let newest: { path: string; mtimeMs: number } | undefined;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const mtimeMs = await stat(path).then(
      (made) => made.mtimeMs,
      () => 0,
    );
    if (newest === undefined || mtimeMs > newest.mtimeMs) newest = { path, mtimeMs };
  }
  return newest;
}

/** The data folder, or where it is going to be made, has room and may be written. */
export async function checkDisk(dataFolder: string): Promise<Finding> {
  const folder = resolve(dataFolder);
  try {
    const standing = await nearest(folder);
    const made = standing === folder;
    if (!(await stat(standing)).isDirectory()) return found('disk', 'failed', `${standing} is not a folder.`);
    await access(standing, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(standing);
    const free = bavail * bsize;
    const what = made ? `the data folder ${folder}` : `the data folder ${folder}, made at the first start,`;
    const room = `${Math.floor(free / MIB).toLocaleString('en')} MiB free`;
    if (free < FREE_LEAST) return found('disk', 'failed', `${what} has only ${room}.`);
    if (free < FREE_WARN) return found('disk', 'warning', `${what} can be written, but has only ${room}.`);
    return found('disk', 'ok', `${what} can be written and has ${room}.`);
  } catch (error) {
    return found('disk', 'failed', `the data folder ${folder} cannot be written: ${sentence(error)}.`);
  }
}

/** The folder, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const there = await stat(at).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (there || dirname(at) === at) return at;
  }
}
