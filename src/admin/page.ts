/**
 * The page (`web/`), from memory: read once, sent as the browser takes it, kept by browsers for good where a name tells the
 * content. What it may load is what this host serves, and nothing that stands inside its HTML.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What of a request decides how a file is answered. */
export interface PageRequest {
  readonly path: string;
  readonly acceptEncoding: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface PageAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Best first; how a file is called that was compressed so. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly plain: Buffer;
  readonly encoded: readonly (readonly [name: string, body: Buffer])[];
}

const BUILT = fileURLToPath(new URL('../../web/', import.meta.url));

function readFile(path: string, cache: string): PageFile {
  const plain = readFileSync(path);
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    cache,
    plain,
    encoded: ENCODINGS.flatMap(([name, ending]) =>
      existsSync(path + ending) ? [[name, readFileSync(path + ending)] as const] : [],
    ),
  };
}

/** Whether `Accept-Encoding` takes an encoding: named, and not with `q=0`. */
function takes(accepted: string, encoding: string): boolean {
  return accepted.split(',').some((part) => {
    const [name, ...words] = part.split(';').map((word) => word.trim().toLowerCase());
    return name === encoding && !words.some((word) => /^q=0(\.0*)?$/.test(word));
  });
}

export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** Of the folder that the build has made. */
  constructor(folder = BUILT) {
    this.#files.set('/', readFile(join(folder, 'index.html'), 'no-cache'));
    for (const name of readdirSync(join(folder, 'assets'))) {
      if (extname(name) in TYPES)
        this.#files.set(`/assets/${name}`, readFile(join(folder, 'assets', name), 'public, max-age=31536000, immutable'));
    }
  }

  /** Undefined where there is no such file. */
  answer({ path, acceptEncoding = '', ifNoneMatch = '' }: PageRequest): PageAnswer | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    const { type, etag, cache, plain, encoded } = file;
    const headers = { ...SECURITY, etag, 'cache-control': cache, vary: 'accept-encoding' };
    const known = ifNoneMatch.split(',').map((one) => one.trim().replace(/^W\//, ''));
    if (known.includes(etag) || known.includes('*')) return { status: 304, headers, body: null };
    const [encoding, body] = encoded.find(([name]) => takes(acceptEncoding, name)) ?? [undefined, plain];
    return {
      status: 200,
      headers: { ...headers, 'content-type': type, ...(encoding && { 'content-encoding': encoding }) },
      body,
    };
  }
}
