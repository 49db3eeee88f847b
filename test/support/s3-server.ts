/**
 * A bucket in memory behind as much of S3 as the archive uses: objects put, got, deleted and listed in pages. It works the
 * signature of every request out anew, from what arrived, and refuses what does not fit: see `signatureOf`, which is held to
 * the examples that Amazon publishes.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SignedParts {
  readonly method: string;
  /** As it was sent: path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly payloadSha256: string;
  readonly region: string;
  readonly secret: string;
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
/** Everything but unreserved characters, also those that `encodeURIComponent` spares. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signature version 4 of a request to S3, as its documentation tells it. */
export function signatureOf({ method, target, headers, signedHeaders, payloadSha256, region, secret }: SignedParts): string {
  const [path = '', query = ''] = target.split('?');
  const uri = path.split('/').map((part) => escaped(decodeURIComponent(part)));
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`);
  const canonical = [method, uri.join('/'), parameters.join('&'), lines.join(''), signedHeaders.join(';'), payloadSha256];
  const time = headers['x-amz-date'] ?? '';
  const day = time.slice(0, 8);
  const toSign = ['AWS4-HMAC-SHA256', time, `${day}/${region}/s3/aws4_request`, sha256(canonical.join('\n'))].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce((made, part) => hmac(made, part), hmac(`AWS4${secret}`, day));
  return hmac(key, toSign).toString('hex');
}

export interface S3Server extends AsyncDisposable {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Answers that status instead; 'cut' breaks the connection. */
  trouble: number | 'cut' | undefined;
}

export const S3_LOGIN = { accessKeyId: 'KEYOFTHETEST', secretAccessKey: 'sec/ret+of the=test' };
const BUCKET = '/bucket';
/** So few that listings take pages. */
const PAGE = 3;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const errorOf = (code: string, message: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

function refusalOf(request: IncomingMessage, body: Buffer, nowMs: () => number): string | undefined {
  const headers = request.headers as Readonly<Record<string, string>>;
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w{64})$/;
  const [, id, day, region = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  const signedHeaders = names.split(';');
  const payloadSha256 = headers['x-amz-content-sha256'] ?? '';
  const time = headers['x-amz-date'] ?? '';
  const sentMs = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (id !== S3_LOGIN.accessKeyId) return 'InvalidAccessKeyId';
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => signedHeaders.includes(name))) return 'AccessDenied';
  if (!time.startsWith(day ?? '-') || Math.abs(sentMs - nowMs()) > 900_000) return 'RequestTimeTooSkewed';
  if (sha256(body) !== payloadSha256) return 'XAmzContentSHA256Mismatch';
  const parts = { method: request.method ?? '', target: request.url ?? '', headers, signedHeaders, payloadSha256, region };
  return signatureOf({ ...parts, secret: S3_LOGIN.secretAccessKey }) === signature ? undefined : 'SignatureDoesNotMatch';
}

function listing(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
  const names = [...objects.keys()].filter((name) => name.startsWith(query.get('prefix') ?? '') && name > after).sort();
  const page = names.slice(0, PAGE);
  const more = names.length > page.length;
  const token = Buffer.from(page.at(-1) ?? '').toString('base64');
  const contents = page.map((name) => `<Contents><Key>${name}</Key><Size>${objects.get(name)?.length}</Size></Contents>`);
  const next = more ? `<NextContinuationToken>${token}</NextContinuationToken>` : '';
  return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`;
}

export async function startS3(nowMs: () => number): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const state: { trouble: number | 'cut' | undefined } = { trouble: undefined };

  function answer(request: IncomingMessage, body: Buffer): readonly [status: number, body: string | Buffer] {
    if (typeof state.trouble === 'number') return [state.trouble, errorOf('SlowDown', 'Please &lt;slow&gt; down')];
    const refused = refusalOf(request, body, nowMs);
    if (refused !== undefined) return [403, errorOf(refused, `${refused} it is`)];
    const address = new URL(request.url ?? '/', 'http://localhost');
    if (address.pathname !== BUCKET && !address.pathname.startsWith(`${BUCKET}/`))
      return [404, errorOf('NoSuchBucket', 'The bucket does not exist')];
    const name = decodeURIComponent(address.pathname.slice(BUCKET.length + 1));
    if (name === '') return [200, listing(objects, address.searchParams)];
    if (request.method === 'PUT') objects.set(name, body);
    else if (request.method === 'DELETE') return [objects.delete(name) ? 204 : 204, ''];
    const object = objects.get(name);
    return object === undefined
      ? [404, errorOf('NoSuchKey', 'The key does not exist')]
      : [200, request.method === 'GET' ? object : ''];
  }

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (state.trouble === 'cut') {
      response.destroy();
      return;
    }
    const [status, text] = answer(request, body);
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    get trouble() {
      return state.trouble;
    },
    set trouble(trouble) {
      state.trouble = trouble;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
