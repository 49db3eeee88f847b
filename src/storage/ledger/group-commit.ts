/**
 * Many small submissions, few commits: while one commit is under way, what is submitted collects, and the next takes it
 * along. No timer is involved: alone, a submission leaves at once; under load the batches grow by themselves.
 *
 * A batch ends at a number of rows or of tenants, since each tenant's statements are sent on their own.
 *
 * Fairness: submissions take turns, one operation each, so that a fan-out to thousands of accounts never holds up a single
 * result behind it. Order: the operations of one account leave in the order of their submission; when a turn falls to one
 * with earlier ones before it, those go first.
 *
 * A batch that fails rejects every submission with an operation in it, whole: what else it had waiting is withdrawn. Some of
 * such a submission may be stored by then, so it is sent again as it was; the ledger recognises what it has.
 */
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import type { Clock } from '../../runtime/clock.js';
import { endOfTurn } from '../../runtime/turn.js';
import type { Ledger, LedgerOp, OpResult } from './ledger.js';
import { rowsOf, tenantTold, wellFormed } from './op-shape.js';

export interface CommitObserved {
  readonly ops: number;
  readonly rows: number;
  readonly failed: boolean;
  /** From sending the batch to knowing its end. */
  readonly commitMs: number;
  /** From submission to then, for the operation that waited longest. */
  readonly oldestMs: number;
}

export interface GroupCommitOptions {
  readonly ledger: Pick<Ledger, 'commit'>;
  readonly clock: Pick<Clock, 'monotonicNs'>;
  readonly activity?: Activity;
  readonly onCommit?: (observed: CommitObserved) => void;
  readonly batchRows?: number;
  readonly batchTenants?: number;
  readonly queue?: number;
}

const BUSY_NS = BigInt(LIMITS.ledger.busyMs) * 1_000_000n;
const BUSY_FOR_NS = BigInt(LIMITS.ledger.busyForMs) * 1_000_000n;

function longer(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

class Submission {
  readonly results: OpResult[] = [];
  readonly atNs: bigint;
  readonly ops: readonly LedgerOp[];
  readonly resolve: (results: readonly OpResult[]) => void;
  readonly reject: (error: SuhoError) => void;
  /** Operations before this place have left. */
  next = 0;
  unanswered: number;
  failed = false;

  constructor(
    ops: readonly LedgerOp[],
    atNs: bigint,
    resolve: (results: readonly OpResult[]) => void,
    reject: (error: SuhoError) => void,
  ) {
    this.ops = ops;
    this.atNs = atNs;
    this.unanswered = ops.length;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/** One operation on its way. */
interface Slot {
  readonly op: LedgerOp;
  readonly submission: Submission;
  readonly at: number;
  left: boolean;
}

interface Turn {
  readonly submission: Submission;
  readonly slots: readonly Slot[];
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #batchRows: number;
  readonly #batchTenants: number;
  readonly #queue: number;
  /** Submissions with operations waiting, in the order of their turns. */
  #turns: Turn[] = [];
  /** Each account's operations that wait, oldest first. */
  readonly #byAccount = new Map<string, Slot[]>();
  #pending = 0;
  /** Neither answered nor failed, the oldest first. */
  readonly #open = new Set<Submission>();
  #lateNs: bigint | undefined;
  #running = false;
  #closed = false;
  #drained: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#batchRows = options.batchRows ?? LIMITS.ledger.batchRows;
    this.#batchTenants = options.batchTenants ?? LIMITS.ledger.batchTenants;
    this.#queue = options.queue ?? LIMITS.ledger.queue;
  }

  /** Operations submitted and not yet answered. */
  get pending(): number {
    return this.#pending;
  }

  /** At the bound: no new signal is raised, and what an EA sends is not acked, until this is false again. */
  get full(): boolean {
    return this.#pending >= this.#queue;
  }

  /** An operation waits long, or has just now: whoever needs the ledger waits too, and so does whoever comes. */
  get isLate(): boolean {
    const nowNs = this.#options.clock.monotonicNs();
    const [oldest] = this.#open;
    if (oldest !== undefined && nowNs - oldest.atNs >= BUSY_NS) return true;
    return this.#lateNs !== undefined && nowNs - this.#lateNs < BUSY_FOR_NS;
  }

  /** Resolves, in the order of `ops`, once all are durable. A submission is taken whole or, past the bound, not at all. */
  submit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new SuhoError('LEDGER_FAILED', 'The ledger is closing and takes no more operations.');
      if (this.#pending + ops.length > this.#queue) {
        throw new SuhoError('LEDGER_FAILED', `More than ${this.#queue} operations wait for the ledger.`);
      }
      const clean = wellFormed(ops);
      if (clean.length === 0) resolve([]);
      else this.#enqueue(new Submission(clean, this.#options.clock.monotonicNs(), resolve, reject));
    });
  }

  /** Takes nothing more, and resolves when all that was taken is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #enqueue(submission: Submission): void {
    const slots = submission.ops.map((op, at): Slot => ({ op, submission, at, left: false }));
    for (const slot of slots) {
      const waiting = this.#byAccount.get(slot.op.accountId);
      if (waiting === undefined) this.#byAccount.set(slot.op.accountId, [slot]);
      else waiting.push(slot);
    }
    this.#turns.push({ submission, slots });
    this.#open.add(submission);
    this.#pending += slots.length;
    this.#options.activity?.begin(slots.length);
    if (this.#running) return;
    this.#running = true;
    // What the rest of this turn of the event loop submits still comes along: a fan-out's accounts are one commit, not two.
    endOfTurn(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#commit(batch);
    this.#running = false;
    if (this.#pending === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  async #commit(batch: readonly Slot[]): Promise<void> {
    const { ledger, clock, onCommit } = this.#options;
    const startNs = clock.monotonicNs();
    let failure: SuhoError | undefined;
    let results: readonly OpResult[] = [];
    try {
      results = await ledger.commit(batch.map(({ op }) => op));
    } catch (error) {
      failure = new SuhoError('LEDGER_FAILED', `A commit of ${batch.length} operations failed: ${sentence(error)}`, {
        cause: error,
      });
    }
    const endNs = clock.monotonicNs();
    const oldestNs = batch.reduce((most, { submission }) => longer(most, endNs - submission.atNs), 0n);
    if (oldestNs >= BUSY_NS) this.#lateNs = endNs;
    onCommit?.({
      ops: batch.length,
      rows: batch.reduce((rows, { op }) => rows + rowsOf(op), 0),
      failed: failure !== undefined,
      commitMs: Number(endNs - startNs) / 1e6,
      oldestMs: Number(oldestNs) / 1e6,
    });
    for (const [at, slot] of batch.entries()) this.#answer(slot, failure ?? (results[at] as OpResult));
    // Only now, so that whoever was answered has had its turn before the engine counts as idle.
    await Promise.resolve();
    this.#release(batch.length);
  }

  #answer({ submission, at }: Slot, answer: OpResult | SuhoError): void {
    if (submission.failed) return;
    if (answer instanceof SuhoError) {
      this.#withdraw(submission);
      submission.reject(answer);
      return;
    }
    submission.results[at] = answer;
    submission.unanswered -= 1;
    if (submission.unanswered > 0) return;
    this.#open.delete(submission);
    submission.resolve(submission.results);
  }

  /** What a failed submission still has waiting will not be sent. */
  #withdraw(submission: Submission): void {
    submission.failed = true;
    this.#open.delete(submission);
    const turn = this.#turns.find((candidate) => candidate.submission === submission);
    if (turn === undefined) return;
    const waiting = turn.slots.filter(({ left }) => !left);
    for (const slot of waiting) this.#leave(slot);
    this.#release(waiting.length);
  }

  #release(count: number): void {
    this.#pending -= count;
    this.#options.activity?.end(count);
  }

  /** Takes turns until the batch is full; one operation larger than a batch travels alone. */
  #nextBatch(): readonly Slot[] {
    const batch: Slot[] = [];
    const tenants = new Set<string>();
    let rows = 0;
    let turn = 0;
    while (turn < this.#turns.length) {
      const current = this.#turns[turn] as Turn;
      const wanted = this.#nextOf(current);
      turn += 1;
      if (wanted === undefined) continue;
      const slot = (this.#byAccount.get(wanted.op.accountId) as Slot[])[0] as Slot;
      const tenant = tenantTold(slot.op);
      const oneMore = tenant !== undefined && !tenants.has(tenant) && tenants.size === this.#batchTenants;
      if (batch.length > 0 && (oneMore || rows + rowsOf(slot.op) > this.#batchRows)) {
        turn -= 1;
        break;
      }
      if (tenant !== undefined) tenants.add(tenant);
      this.#leave(slot);
      batch.push(slot);
      rows += rowsOf(slot.op);
      // Its own turn is used up only by its own operation or those that had to go before it.
      this.#turns.push(current);
    }
    this.#turns = this.#turns.slice(turn);
    return batch;
  }

  #nextOf({ submission, slots }: Turn): Slot | undefined {
    while (slots[submission.next]?.left) submission.next += 1;
    return slots[submission.next];
  }

  #leave(slot: Slot): void {
    slot.left = true;
    const waiting = this.#byAccount.get(slot.op.accountId) as Slot[];
    waiting.splice(waiting.indexOf(slot), 1);
    if (waiting.length === 0) this.#byAccount.delete(slot.op.accountId);
  }
}
