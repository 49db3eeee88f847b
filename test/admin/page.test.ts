import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { PageFiles } from '../../src/admin/page.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function asked(files: PageFiles, path: string, change: { readonly acceptEncoding?: string; readonly ifNoneMatch?: string } = {}) {
  return files.answer({ path, acceptEncoding: undefined, ifNoneMatch: undefined, ...change });
}

describe('the page’s files', () => {
  const files = new PageFiles();
  const html = String(asked(files, '/')?.body);
  const script = /src="(\/assets\/[^"]+)"/.exec(html)?.[1] as string;

  it('are sent as the browser takes them, and are the same whichever way', () => {
    const plain = asked(files, script)?.body as Buffer;
    const packed = asked(files, script, { acceptEncoding: 'gzip, deflate, br' });
    assert.equal(packed?.headers['content-encoding'], 'br');
    assert.deepEqual(brotliDecompressSync(packed?.body as Buffer), plain);
    assert.deepEqual(gunzipSync(asked(files, script, { acceptEncoding: 'br;q=0, gzip' })?.body as Buffer), plain);
    assert.equal(asked(files, script, { acceptEncoding: 'identity' })?.headers['content-encoding'], undefined);
  });

  it('are kept for good where the name tells the content, and are asked about where it does not', () => {
    assert.match(asked(files, script)?.headers['cache-control'] ?? '', /immutable/);
    const headers = asked(files, '/')?.headers ?? {};
    assert.equal(headers['cache-control'], 'no-cache');
    assert.equal(asked(files, '/', { ifNoneMatch: `W/${headers.etag}` })?.status, 304);
    assert.equal(asked(files, '/', { ifNoneMatch: '"another"' })?.status, 200);
  });

  it('allow nothing inline and no other host', () => {
    const policy = asked(files, '/')?.headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(html, /<script(?![^>]* src=)|<style| style=| on\w+=/);
  });

  it('are those of the build, and no other', async () => {
    await using temporary = await temporaryFolder();
    mkdirSync(join(temporary.path, 'web', 'assets'), { recursive: true });
    writeFileSync(join(temporary.path, 'web', 'index.html'), '<!doctype html>');
    writeFileSync(join(temporary.path, 'secret.js'), 'no');
    const own = new PageFiles(join(temporary.path, 'web'));
    for (const path of ['/assets/../../secret.js', '/assets/secret.js', '/secret.js', '/assets/'])
      assert.equal(asked(own, path), undefined);
  });
});
