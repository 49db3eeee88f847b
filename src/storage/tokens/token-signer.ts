/**
 * The key with which a node signs tokens: made at its first start, kept in its data folder (mode 600), and known to all nodes
 * by its public half in the ledger. Another takes its place at its age, or when an operator says so; its tokens are taken
 * until the last of them has ended, or where the key has leaked, from then on no more.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type OpenedBody,
  openBody,
  publicKeyOf,
  type SigningKey,
  signBody,
  signToken,
  type TokenClaims,
  type TokenVerdict,
  type VerifyingKey,
  verifyToken,
} from '../../accounts/tokens.js';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import { entropyIds } from '../../runtime/ids.js';
import type { Logger } from '../../runtime/logger.js';
import type { Ledger } from '../ledger/ledger.js';

export interface TokenSignerOptions {
  readonly folder: string;
  readonly ledger: Pick<Ledger, 'addTokenKey' | 'endTokenKey' | 'tokenKeys'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is signed, but for its times. */
export type TokenSubject = Omit<TokenClaims, 'issuedMs' | 'expiresMs'>;

export interface IssuedToken {
  readonly token: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

interface NodeKey extends SigningKey {
  readonly madeAt: number;
}

const FILE = 'token-key.json';
const LOOK_MS = 3_600_000;

function publicHalf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '';
}

async function readKey(path: string): Promise<NodeKey | undefined> {
  try {
    const { id, madeAt, privateKey } = JSON.parse(await readFile(path, 'utf8')) as Record<'id' | 'privateKey', string> & {
      readonly madeAt: number;
    };
    return { id, madeAt, privateKey: createPrivateKey(privateKey) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SuhoError('FILE_UNREADABLE', `${path} holds no key for tokens: ${sentence(error)}. Without it another is made.`, {
      cause: error,
    });
  }
}

export class TokenSigner {
  readonly #options: TokenSignerOptions;
  #key: NodeKey;
  #known = new Map<string, VerifyingKey>();
  #knownMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel = () => {};

  private constructor(options: TokenSignerOptions, key: NodeKey) {
    this.#options = options;
    this.#key = key;
  }

  static async open(options: TokenSignerOptions): Promise<TokenSigner> {
    const held = await readKey(join(options.folder, FILE));
    const signer = new TokenSigner(options, held ?? freshKey(options.clock.nowMs()));
    if (held === undefined) await signer.#keep(signer.#key);
    // Also where the ledger is another than the one it was told to.
    await signer.#tell(signer.#key);
    await signer.#renew();
    signer.#cancel = options.clock.every(LOOK_MS, () => void signer.#renew());
    return signer;
  }

  issue(subject: TokenSubject): IssuedToken {
    const issuedMs = this.#options.clock.nowMs();
    const expiresMs = issuedMs + LIMITS.tokens.lifeMs;
    return { token: signToken(this.#key, { ...subject, issuedMs, expiresMs }), issuedMs, expiresMs };
  }

  /** Another type of token, whose times are its own affair. */
  sign(type: string, body: object): string {
    return signBody(this.#key, type, body);
  }

  open(type: string, text: string): Promise<OpenedBody> {
    return this.#knowing((nowMs) => openBody(text, type, (id) => this.#known.get(id), nowMs));
  }

  verify(text: string): Promise<TokenVerdict> {
    return this.#knowing((nowMs) => verifyToken(text, (id) => this.#known.get(id), nowMs));
  }

  /** Of whichever node. A key that is not known yet is asked for, not more often than once a minute. */
  async #knowing<V extends OpenedBody | TokenVerdict>(look: (nowMs: number) => V): Promise<V> {
    const nowMs = this.#options.clock.nowMs();
    const verdict = look(nowMs);
    const old = nowMs - this.#knownMs >= LIMITS.tokens.keysKnownMs;
    if (!old || (verdict.kind === 'refused' && verdict.why !== 'unknown-key')) return verdict;
    const rows = await this.#options.ledger.tokenKeys(nowMs);
    this.#known = new Map(
      rows.map(({ id, publicKey, validUntil }) => [id, { id, publicKey: publicKeyOf(publicKey), validUntil }]),
    );
    this.#knownMs = nowMs;
    return look(nowMs);
  }

  /** Another key from now on. `leaked`: no token of the one before is taken any more. Answers the name of the new one. */
  async rotate(leaked = false): Promise<string> {
    const { clock, ledger, log } = this.#options;
    const before = this.#key;
    const key = freshKey(clock.nowMs());
    // Whoever reads a token of it must know it.
    await this.#tell(key);
    await this.#keep(key);
    this.#key = key;
    this.#knownMs = Number.NEGATIVE_INFINITY;
    const { lifeMs, skewMs } = LIMITS.tokens;
    await ledger.endTokenKey(before.id, clock.nowMs() + (leaked ? 0 : lifeMs + skewMs));
    log.info({ before: before.id, now: key.id, leaked }, 'tokens are signed with another key');
    return key.id;
  }

  close(): void {
    this.#cancel();
  }

  async #renew(): Promise<void> {
    const ageMs = this.#options.clock.nowMs() - this.#key.madeAt;
    // A folder of another time, such as the demo's, counts as old too.
    if (Math.abs(ageMs) < LIMITS.tokens.keyMs) return;
    try {
      await this.rotate();
    } catch (error) {
      this.#options.log.warn({ err: sentence(error) }, 'tokens are still signed with a key past its age');
    }
  }

  #tell({ id, privateKey, madeAt }: NodeKey): Promise<void> {
    const { keyMs, lifeMs, skewMs } = LIMITS.tokens;
    const validUntil = madeAt + 2 * keyMs + lifeMs + skewMs;
    return this.#options.ledger.addTokenKey({ id, publicKey: publicHalf(privateKey), madeAt, validUntil });
  }

  async #keep({ id, madeAt, privateKey }: NodeKey): Promise<void> {
    const path = join(this.#options.folder, FILE);
    const text = JSON.stringify({ id, madeAt, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) });
    await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}

function freshKey(madeAt: number): NodeKey {
  return { id: entropyIds.idFor('token-key', madeAt), madeAt, privateKey: generateKeyPairSync('ed25519').privateKey };
}
