import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { EmergencyStop } from '../../src/storage/emergency-stop.js';
import { NewsFile } from '../../src/storage/news-file.js';
import { until } from '../support/actors.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('the emergency stop outlives a restart until it is lifted, and one that cannot be read counts as set', async () => {
  await using folder = await temporaryFolder();
  const stop = new EmergencyStop(folder.path);
  assert.equal(stop.halt, null);
  const halt = { reason: 'a test', atMs: 5, by: 'operator' } as const;
  stop.set(halt);
  assert.deepEqual(new EmergencyStop(folder.path).halt, halt);
  stop.lift();
  assert.equal(new EmergencyStop(folder.path).halt, null);
  await writeFile(join(folder.path, 'emergency-stop.json'), '{"reas');
  assert.match(new EmergencyStop(folder.path).halt?.reason ?? '', /cannot be read/);
});

const HEAD = 'time,currency,impact,title\n';

test('the file of news is read anew when it changes, and what cannot be used leaves the calendar as it was', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'news.csv');
  const clock = new SteppedClock(0);
  await assert.rejects(NewsFile.open(path, clock, silentLogger), { code: 'FILE_UNREADABLE' });
  await writeFile(path, `${HEAD}2026-03-11T12:30:00Z,USD,high,CPI\n`);
  const news = await NewsFile.open(path, clock, silentLogger);
  const look = async (done: () => boolean, what: string): Promise<void> => {
    clock.advanceTo(clock.nowMs() + LIMITS.news.lookMs);
    await until(done, what);
  };
  assert.equal(news.calendar.events.length, 1);
  await writeFile(path, `${HEAD}2026-03-11T12:30:00Z,USD,high,CPI\n2026-03-12T12:30:00Z,EUR,low,x\n`);
  await look(() => news.calendar.events.length === 2, 'both are there');
  await writeFile(path, `${HEAD}tomorrow,USD,high,CPI\n`);
  await look(() => news.fault !== undefined, 'its fault is told');
  assert.equal(news.calendar.events.length, 2, 'what was read before stays');
  await rm(path);
  clock.advanceTo(clock.nowMs() + LIMITS.news.lookMs);
  await writeFile(path, `${HEAD}2026-03-11T12:30:00Z,USD,high,CPI\n`);
  await until(() => {
    clock.advanceTo(clock.nowMs() + LIMITS.news.lookMs);
    return news.fault === undefined;
  }, 'it can be used again');
  assert.equal(news.calendar.events.length, 1);
  news.close();
});
