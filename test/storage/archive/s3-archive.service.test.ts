/** The same against a server that others have written: gofakes3, where it is on the path. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.js';
import { S3Archive } from '../../../src/storage/archive/s3-archive.js';
import { archiveStoreContract } from '../../contracts/archive-store.contract.js';
import { until } from '../../support/actors.js';
import { freePort } from '../../support/free-port.js';

const PROGRAM = 'gofakes3';

async function start(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const port = await freePort();
  const words = ['-backend', 'memory', '-host', `127.0.0.1:${port}`, '-initialbucket', 'bucket', '-quiet'];
  const child = spawn(PROGRAM, words, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(url).catch(() => undefined)) !== undefined, 'the server answers', 20_000);
  return { url, child };
}

if (spawnSync(PROGRAM, ['-help'], { stdio: 'ignore' }).error === undefined)
  archiveStoreContract(PROGRAM, async () => {
    const { url, child } = await start();
    const login = { accessKeyId: 'id', secretAccessKey: 'secret', region: 'us-east-1' };
    const store = new S3Archive({ endpoint: url, bucket: 'bucket', prefix: 'of/us/', ...login, clock: systemClock });
    const close = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    };
    return { store, close };
  });
else test('objects of the archive in gofakes3', { skip: `${PROGRAM} is not on the path` }, () => {});
