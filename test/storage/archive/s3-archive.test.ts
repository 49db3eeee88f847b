import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.js';
import { ARCHIVE_FORMS, openArchiveStore } from '../../../src/storage/archive/open.js';
import { S3Archive } from '../../../src/storage/archive/s3-archive.js';
import { archiveStoreContract } from '../../contracts/archive-store.contract.js';
import { S3_LOGIN, type S3Server, signatureOf, startS3 } from '../../support/s3-server.js';

const nowMs = (): number => Date.now();
const archiveOf = (server: S3Server, change: Partial<ConstructorParameters<typeof S3Archive>[0]> = {}): S3Archive =>
  new S3Archive({
    endpoint: server.url,
    bucket: 'bucket',
    prefix: '',
    region: 'eu-1',
    ...S3_LOGIN,
    clock: systemClock,
    ...change,
  });

archiveStoreContract('a bucket that checks every signature', async () => {
  const server = await startS3(nowMs);
  return { store: archiveOf(server, { prefix: 'of/us/' }), close: () => Promise.resolve(server[Symbol.asyncDispose]()) };
});

test('what checks signatures works out those of Amazon’s own examples', () => {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const common = { region: 'us-east-1', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const base = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': '20130524T000000Z' };
  const signed = (method: string, target: string, payload: string, more: Readonly<Record<string, string>>): string => {
    const payloadSha256 = hash(payload);
    const headers = { ...base, 'x-amz-content-sha256': payloadSha256, ...more };
    return signatureOf({ method, target, headers, signedHeaders: Object.keys(headers).sort(), payloadSha256, ...common });
  };
  assert.equal(
    signed('GET', '/test.txt', '', { range: 'bytes=0-9' }),
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  const put = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
  assert.equal(
    signed('PUT', '/test$file.text', 'Welcome to Amazon S3.', put),
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
  assert.equal(
    signed('GET', '/?max-keys=2&prefix=J', '', {}),
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
});

test('a prefix keeps an archive apart from what else is in the bucket', async () => {
  await using server = await startS3(nowMs);
  const [ours, theirs] = [archiveOf(server, { prefix: 'a/' }), archiveOf(server, { prefix: 'b/' })];
  await ours.put('x/1', new Uint8Array(1));
  await theirs.put('x/2', new Uint8Array(2));
  assert.deepEqual([...server.objects.keys()], ['a/x/1', 'b/x/2']);
  assert.deepEqual(await ours.list(''), [{ name: 'x/1', bytes: 1 }]);
  assert.equal(await ours.get('x/2'), undefined);
});

test('a wrong key, a wrong clock, a wrong bucket and a store in trouble are each told with the store’s own words', async () => {
  await using server = await startS3(nowMs);
  const told = (message: RegExp) => ({ code: 'ARCHIVE_FAILED', message });
  const one = new Uint8Array(1);
  await assert.rejects(archiveOf(server, { secretAccessKey: 'x' }).put('a', one), told(/PUT a: 403 SignatureDoesNotMatch it is/));
  const late = { nowMs: () => Date.now() - 3_600_000, after: systemClock.after.bind(systemClock) };
  await assert.rejects(archiveOf(server, { clock: late }).get('a'), told(/RequestTimeTooSkewed/));
  const elsewhere = archiveOf(server, { bucket: 'none' });
  await assert.rejects(elsewhere.get('a'), told(/The bucket does not exist/));
  await assert.rejects(elsewhere.list(''), told(/LIST .*404/));
  const store = archiveOf(server);
  server.trouble = 503;
  await assert.rejects(store.put('a', one), told(/503 Please <slow> down/));
  await assert.rejects(store.delete('a'), told(/503/));
  server.trouble = 'cut';
  await assert.rejects(store.get('a'), { code: 'UNREACHABLE', message: /does not answer/ });
  server.trouble = undefined;
  assert.equal(await store.get('a'), undefined);
});

test('the setting names a folder or a bucket; what names neither is refused, and no secret is shown', async () => {
  await using server = await startS3(nowMs);
  const open = (archive: string) => openArchiveStore({ archive, folder: '/data', clock: systemClock });
  const login = `${S3_LOGIN.accessKeyId}:${encodeURIComponent(S3_LOGIN.secretAccessKey)}@`;
  const store = open(`s3+${server.url.replace('//', `//${login}`)}/bucket/some/where?region=eu-2`);
  await store.put('a/1', new Uint8Array(4));
  assert.deepEqual([...server.objects.keys()], ['some/where/a/1']);
  assert.equal(store.place, `${server.url}/bucket/some/where/`);
  assert.equal(open('embedded').place, '/data/archive');
  assert.equal(open('/elsewhere').place, '/elsewhere');
  for (const wrong of ['', 'here', 's3+https://host/bucket', `s3+https://${login}host`, `ftp://${login}host/bucket`])
    assert.throws(() => open(wrong), { code: 'CONFIG_INVALID', message: `the archive must be: ${ARCHIVE_FORMS}` });
});
