/**
 * An archive in a bucket of an S3-compatible store, over HTTP with signatures of version 4. The hash of what is sent is signed
 * too, so a store keeps what was meant or refuses it. Addresses have the bucket in the path, which every such store takes.
 */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import { type ArchiveStore, checkName, type StoredObject } from './archive-store.js';

export interface S3Options {
  /** `https://s3.example:9000`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before every name; '' or ended by a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
}

const NONE = new Uint8Array();
const TOLD_MOST = 300;

/** `20260102T030405Z` */
function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** Text of each element of that name; the names that are asked for hold no markup of their own. */
function elements(xml: string, name: string): readonly string[] {
  const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) =>
    text.replace(/&(amp|lt|gt|quot|apos);/g, (entity) => entities[entity] as string),
  );
}

export class S3Archive implements ArchiveStore {
  readonly place: string;
  readonly #client: AwsClient;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    const { accessKeyId, secretAccessKey, region, endpoint, bucket, prefix } = options;
    this.#options = options;
    this.place = `${endpoint}/${bucket}/${prefix}`;
    // Who calls again, and when, is for the caller to say.
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    const { status, body } = await this.#call('PUT', name, {}, bytes);
    if (status !== 200) this.#fail('PUT', name, status, body);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    checkName(name);
    const { status, body } = await this.#call('GET', name);
    if (status === 404) {
      // A bucket that is not there is a fault; an object that is not there is an answer.
      if (/NoSuchBucket/.test(Buffer.from(body).toString())) this.#fail('GET', name, status, body);
      return undefined;
    }
    if (status !== 200) this.#fail('GET', name, status, body);
    return body;
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const found: StoredObject[] = [];
    const own = this.#options.prefix;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const query: Record<string, string> = { 'list-type': '2', prefix: `${own}${prefix}` };
      if (after !== '') query['continuation-token'] = after;
      const { status, body } = await this.#call('GET', undefined, query);
      if (status !== 200) this.#fail('LIST', prefix, status, body);
      const xml = Buffer.from(body).toString('utf8');
      const sizes = elements(xml, 'Size');
      elements(xml, 'Key').forEach((key, at) => {
        found.push({ name: key.slice(own.length), bytes: Number(sizes[at]) });
      });
      after = elements(xml, 'IsTruncated')[0] === 'true' ? elements(xml, 'NextContinuationToken')[0] : undefined;
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async delete(name: string): Promise<void> {
    checkName(name);
    const { status, body } = await this.#call('DELETE', name);
    if (![200, 204, 404].includes(status)) this.#fail('DELETE', name, status, body);
  }

  async #call(
    method: string,
    name: string | undefined,
    query: Readonly<Record<string, string>> = {},
    sent: Uint8Array = NONE,
  ): Promise<{ readonly status: number; readonly body: Uint8Array }> {
    const { endpoint, bucket, prefix, clock } = this.#options;
    const url = new URL(name === undefined ? `${endpoint}/${bucket}` : `${endpoint}/${bucket}/${prefix}${name}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const ending = new AbortController();
    const cancel = clock.after(LIMITS.archive.callMs, () => ending.abort(new Error('it did not answer in time')));
    try {
      const signed = await this.#client.sign(url, {
        method,
        headers: { 'X-Amz-Content-Sha256': createHash('sha256').update(sent).digest('hex') },
        ...(method === 'PUT' ? { body: sent as Uint8Array<ArrayBuffer> } : {}),
        aws: { datetime: stamp(clock.nowMs()) },
      });
      const answer = await fetch(signed, { signal: ending.signal });
      return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause ?? error;
      throw new SuhoError('UNREACHABLE', `the archive at ${this.place} does not answer: ${sentence(cause)}`, { cause: error });
    } finally {
      cancel();
    }
  }

  #fail(what: string, name: string, status: number, body: Uint8Array): never {
    const xml = Buffer.from(body).toString('utf8');
    const said = elements(xml, 'Message')[0] ?? elements(xml, 'Code')[0] ?? xml.slice(0, TOLD_MOST);
    throw new SuhoError('ARCHIVE_FAILED', `the archive at ${this.place} refused ${what} ${name}: ${status} ${said}`.trim());
  }
}
