/**
 * What somebody does over HTTP: told in the audit log before it is done, and told again where it failed, so that nothing is done
 * that nobody can be asked about. A request that names itself (`Idempotency-Key`) is done once, however often and at once it
 * comes: the later ones are answered what the first was. What failed is forgotten, and may be asked again.
 */
import { LIMITS } from '../limits.js';
import { canonicalJson, sha256Hex } from '../runtime/digest.js';
import type { Clock } from '../runtime/clock.js';
import { entropyIds, formatUuidV7 } from '../runtime/ids.js';
import { sentence } from '../errors.js';
import type { OperatorAction } from '../storage/audit/audit.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import { Refusal } from './problem.js';
import type { Asked } from './route.js';

export interface ActionsOptions {
  readonly ledger: Pick<Ledger, 'tellAction'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What is done, to whom, and why. */
export type ActionWish = Pick<OperatorAction, 'tenantId' | 'action' | 'subject' | 'reason' | 'detail'>;
export type Asker = Pick<Asked<unknown, unknown, unknown>, 'principal' | 'from'>;

interface Done {
  readonly wish: string;
  readonly atMs: number;
  readonly answer: Promise<unknown>;
  over: boolean;
}

const NAMED = /^[\x21-\x7e]{1,128}$/;

/** As the asker named the request; undefined where it did not. */
export function nameOf({ principal, from }: Asker): string | undefined {
  const named = from.headers['idempotency-key'];
  if (named === undefined) return undefined;
  if (typeof named !== 'string' || !NAMED.test(named))
    throw new Refusal(400, 'an Idempotency-Key is 1 to 128 printable characters without spaces');
  return `${principal.name} ${named}`;
}

/** Names what is asked of an EA: the same request again, also after a restart, is the same command. */
export function requestId(asker: Asker, wish: object): string {
  const name = nameOf(asker);
  if (name === undefined) return entropyIds.idFor('request', 0);
  return formatUuidV7(0, Buffer.from(sha256Hex(`${name} ${canonicalJson(wish)}`), 'hex'));
}

export class Actions {
  /** The oldest first. */
  readonly #done = new Map<string, Done>();

  constructor(readonly options: ActionsOptions) {}

  perform<T>(asker: Asker, wish: ActionWish, work: () => Promise<T>): Promise<T> {
    const name = nameOf(asker);
    if (name === undefined) return this.#told(asker, wish, work);
    const digest = sha256Hex(canonicalJson(wish));
    const before = this.#remembered(name);
    if (before !== undefined) {
      if (before.wish === digest) return before.answer as Promise<T>;
      throw new Refusal(422, 'another request had this Idempotency-Key');
    }
    this.#makeRoom();
    const answer = this.#told(asker, wish, work);
    const done: Done = { wish: digest, atMs: this.options.clock.nowMs(), answer, over: false };
    this.#done.set(name, done);
    answer.then(
      () => {
        done.over = true;
      },
      () => void this.#done.delete(name),
    );
    return answer;
  }

  #remembered(name: string): Done | undefined {
    const done = this.#done.get(name);
    if (done === undefined || !done.over || this.options.clock.nowMs() - done.atMs < LIMITS.actions.rememberedMs) return done;
    this.#done.delete(name);
    return undefined;
  }

  #makeRoom(): void {
    const untilMs = this.options.clock.nowMs() - LIMITS.actions.rememberedMs;
    for (const [name, { over, atMs }] of this.#done) {
      if (this.#done.size < LIMITS.actions.remembered && atMs > untilMs) return;
      if (over) this.#done.delete(name);
    }
    if (this.#done.size >= LIMITS.actions.remembered)
      throw new Refusal(503, 'too many actions are under way', { 'retry-after': '1' });
  }

  async #told<T>({ principal }: Asker, wish: ActionWish, work: () => Promise<T>): Promise<T> {
    const { ledger, clock } = this.options;
    const by = { who: principal.name, role: principal.role };
    await ledger.tellAction({ ...wish, ...by, atMs: clock.nowMs() });
    try {
      return await work();
    } catch (error) {
      const detail = { ...wish.detail, failed: sentence(error) };
      // The error is what is answered, whether this can be told or not.
      await ledger.tellAction({ ...wish, ...by, action: `${wish.action}-failed`, detail, atMs: clock.nowMs() }).catch(() => {});
      throw error;
    }
  }
}
