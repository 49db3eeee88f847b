import { constants, cp, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, shownValue } from '../../config.js';
import { sentence } from '../../errors.js';
import type { Clock } from '../../runtime/clock.js';
import { holderOf } from '../../storage/data-folder.js';
import { openLedger } from '../../storage/ledger/open.js';
import type { PostgresLedger } from '../../storage/ledger/postgres.js';
import type { NodeStatus } from '../control-methods.js';
import { type Finding, found } from './finding.js';

/** Beyond this a node raises no signals: it would not agree with the ledger about what is still valid. */
const OFFSET_MOST_MS = 250;
/** An embedded ledger larger than this is not copied just to be looked at. */
const COPY_MOST_BYTES = 2 * 1_073_741_824;

/** The ledger answers and its schema is of this version; nothing of it is changed. */
export async function checkLedger(config: Config, node: NodeStatus | undefined, clock: Clock): Promise<readonly Finding[]> {
  return config.ledger === 'embedded' ? [await checkEmbedded(config.data, node)] : checkServer(config.ledger, clock);
}

async function checkServer(url: string, clock: Clock): Promise<readonly Finding[]> {
  const shown = shownValue('ledger', url);
  const findings: Finding[] = [];
  try {
    const ledger = await openLedger({ url });
    try {
      await ledger.ping();
      findings.push(await schemaOf(ledger, `the ledger at ${shown}`), await offsetOf(ledger, clock));
    } finally {
      await ledger.close();
    }
  } catch (error) {
    findings.push(found('ledger', 'failed', `the ledger at ${shown} is not usable: ${withoutStop(sentence(error))}.`));
  }
  return findings;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}

async function schemaOf(ledger: PostgresLedger, what: string): Promise<Finding> {
  const pending = await ledger.pendingMigrations();
  if (pending.length === 0) return found('ledger', 'ok', `${what} answers and all migrations are applied.`);
  return found('ledger', 'warning', `${what} answers; the next start applies ${pending.join(', ')}.`);
}

/** Half of the way there and back is taken for the way back; the quickest of a few looks is the surest. */
async function offsetOf(ledger: PostgresLedger, clock: Clock): Promise<Finding> {
  let best = { wayMs: Number.POSITIVE_INFINITY, offsetMs: Number.NaN };
  for (let look = 0; look < 5; look++) {
    const askedMs = clock.nowMs();
    const ledgerMs = await ledger.clockMs();
    const wayMs = clock.nowMs() - askedMs;
    if (wayMs < best.wayMs) best = { wayMs, offsetMs: Math.round(askedMs + wayMs / 2 - ledgerMs) };
  }
  const { offsetMs } = best;
  if (Math.abs(offsetMs) <= OFFSET_MOST_MS)
    return found('clock-offset', 'ok', `the ledger's clock agrees within ${Math.abs(offsetMs)} ms.`);
  const where = offsetMs > 0 ? 'ahead of' : 'behind';
  return found(
    'clock-offset',
    'failed',
    `this clock is ${Math.abs(offsetMs)} ms ${where} the ledger's; beyond ${OFFSET_MOST_MS} ms a node's signals cannot be trusted.`,
  );
}

async function checkEmbedded(dataFolder: string, node: NodeStatus | undefined): Promise<Finding> {
  if (node !== undefined) {
    const { ok, detail } = node.parts.ledger ?? { ok: false, detail: 'the node says nothing of it' };
    if (ok) return found('ledger', 'ok', 'the embedded ledger is held by the running node and answers it.');
    return found(
      'ledger',
      'failed',
      `the embedded ledger does not answer the running node: ${withoutStop(detail ?? 'no reason given')}.`,
    );
  }
  const holder = await holderOf(dataFolder);
  if (holder !== undefined) {
    const who = holder.pid === undefined ? 'another process' : `process ${holder.pid}`;
    return found(
      'ledger',
      'warning',
      `the embedded ledger is held by ${who}, which does not answer as a node; it was not looked at.`,
    );
  }
  const folder = join(dataFolder, 'ledger');
  try {
    const bytes = await sizeOf(folder);
    if (bytes === undefined) return found('ledger', 'ok', 'there is no embedded ledger yet; the first start makes it.');
    return await lookAtCopy(folder, bytes);
  } catch (error) {
    return found('ledger', 'failed', `the embedded ledger in ${folder} does not open: ${withoutStop(sentence(error))}.`);
  }
}

/** Opening a database writes to it (recovery, checkpoint), so a copy is opened. */
async function lookAtCopy(folder: string, bytes: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bytes > COPY_MOST_BYTES || bytes * 2 > bavail * bsize) {
    return found(
      'ledger',
      'warning',
      `the embedded ledger in ${folder} is too large to open a copy of it; it was not looked at.`,
    );
  }
  const copy = await mkdtemp(join(tmpdir(), 'suho-doctor-'));
  try {
    await cp(folder, join(copy, 'ledger'), { recursive: true, mode: constants.COPYFILE_FICLONE });
    const ledger = await openLedger({ folder: copy });
    try {
      return await schemaOf(ledger, `the embedded ledger in ${folder}`);
    } finally {
      await ledger.close();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Bytes under a folder; undefined where it is not there. */
async function sizeOf(folder: string): Promise<number | undefined> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (names === undefined) return undefined;
  let bytes = 0;
  for (const name of names) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
