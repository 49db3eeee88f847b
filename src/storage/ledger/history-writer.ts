/**
 * How balances, risk events and usage get into the ledger without anyone waiting for it, and without holding up what has to be
 * committed: taken at once, written in small transactions, each of which first lets waiting commits go; on disk while the
 * ledger does not answer. Nothing of it is ever dropped: `full` says that new signals must stop.
 *
 * Each row is numbered as it is taken, by a writer that is one run of one node, and the ledger stores each number once.
 */
import { join } from 'node:path';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS, type Limits } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { Random } from '../../runtime/random.js';
import { BatchWriter, type WriterFigures } from '../writer/batch-writer.js';
import { type Batch, type Codec, ItemsRefused, type Sink } from '../writer/sink.js';
import { Spill } from '../writer/spill.js';
import type { HistoryRows, HistoryStore, HistoryTable, PlacedRow } from './history.js';
import { byTenant } from './history-rows.js';
import { wellFormedHistory } from './history-shape.js';

/** A row with who numbered it: on disk there may be rows of an earlier run. */
interface Numbered {
  readonly writer: string;
  readonly placed: PlacedRow;
}

interface Spilled {
  readonly writer: string;
  readonly rows: readonly PlacedRow[];
}

/** A batch is of one writer: what is on disk is read back as it was put there. */
const CODEC: Codec<Numbered> = {
  encode: (items) => {
    const spilled: Spilled = { writer: items[0]?.writer ?? '', rows: items.map(({ placed }) => placed) };
    return Buffer.from(JSON.stringify(spilled));
  },
  decode: (bytes) => {
    const { writer, rows } = JSON.parse(bytes.toString('utf8')) as Spilled;
    return rows.map((placed) => ({ writer, placed }));
  },
};

/** Transactions: a tenant's rows stay in their order, and as many tenants go together as may. */
function transactionsOf(rows: readonly PlacedRow[]): readonly (readonly PlacedRow[])[] {
  const { historyRows, batchTenants } = LIMITS.ledger;
  const transactions: PlacedRow[][] = [];
  let current: PlacedRow[] = [];
  let tenants = 0;
  for (const own of byTenant(rows).values()) {
    for (let from = 0; from < own.length; ) {
      if (current.length >= historyRows || tenants >= batchTenants) {
        transactions.push(current);
        current = [];
        tenants = 0;
      }
      const piece = own.slice(from, from + historyRows - current.length);
      current.push(...piece);
      tenants += 1;
      from += piece.length;
    }
  }
  if (current.length > 0) transactions.push(current);
  return transactions;
}

class HistorySink implements Sink<Numbered> {
  readonly #options: HistoryWriterOptions;

  constructor(options: HistoryWriterOptions) {
    this.#options = options;
  }

  async write({ list }: Batch<Numbered>): Promise<void> {
    const writer = list[0]?.writer ?? '';
    let refused = 0;
    let why = '';
    for (const rows of transactionsOf(list.map(({ placed }) => placed))) {
      await this.#yield();
      await this.#store(writer, rows, (message) => {
        refused += 1;
        why = message;
      });
    }
    if (refused > 0) throw new ItemsRefused(refused, why);
  }

  /** What cannot be read back from the disk is told in the log, and counted: whose rows they were, nobody knows. */
  async markGap(): Promise<void> {}

  /** Finds the rows that the ledger will never take, by halves, and stores the others in their order. */
  async #store(writer: string, rows: readonly PlacedRow[], refuse: (why: string) => void): Promise<void> {
    const { store, clock, activity } = this.#options;
    activity?.begin();
    try {
      await store.storeHistory({ writer, atMs: clock.nowMs(), rows });
      return;
    } catch (error) {
      if (!(error instanceof SuhoError && error.code === 'INPUT_INVALID')) throw error;
      if (rows.length === 1) return refuse(error.message);
    } finally {
      activity?.end();
    }
    const middle = rows.length >> 1;
    await this.#store(writer, rows.slice(0, middle), refuse);
    await this.#store(writer, rows.slice(middle), refuse);
  }

  /** Lets commits go first, but not for ever: under a load that never ends history would stop signals in the end. */
  async #yield(): Promise<void> {
    const { clock, before } = this.#options;
    const untilMs = clock.nowMs() + LIMITS.ledger.historyYieldMs;
    while (before !== undefined && before.pending > 0 && clock.nowMs() < untilMs)
      await new Promise<void>((resolve) => void clock.after(1, resolve));
  }
}

export interface HistoryWriterOptions {
  readonly store: Pick<HistoryStore, 'storeHistory'>;
  /** UUID of this run: never the same twice, also where ids come from a seed. */
  readonly writer: string;
  /** The node's data folder, which the caller has locked. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Commits that go first: the group commit. */
  readonly before?: { readonly pending: number };
  /** Where time is simulated it waits for what is under way to disk and store. */
  readonly activity?: Activity;
  readonly limits?: Partial<Limits['writer']>;
}

const NAME = 'account history';

export class HistoryWriter {
  readonly #writer: BatchWriter<Numbered>;
  readonly #id: string;
  readonly #logger: Logger;
  #place = 0;
  #malformed = 0;

  private constructor(writer: BatchWriter<Numbered>, { writer: id, logger }: HistoryWriterOptions) {
    this.#writer = writer;
    this.#id = id;
    this.#logger = logger;
  }

  static async open(options: HistoryWriterOptions): Promise<HistoryWriter> {
    const { folder, clock, random, logger, activity } = options;
    const limits = { ...LIMITS.writer, batchItems: LIMITS.ledger.historyBatch, ...options.limits };
    const { segment: segmentBytes, segments } = limits;
    const spill = await Spill.open({ folder: join(folder, 'spill', 'ledger', 'history'), segmentBytes, segments });
    if (spill.torn > 0) logger.warn({ writer: NAME, bytes: spill.torn }, 'the newest record on disk was cut short by a kill');
    const writer = new BatchWriter<Numbered>({
      name: NAME,
      sink: new HistorySink(options),
      codec: CODEC,
      spill,
      loss: 'kept',
      clock,
      random: random.fork(NAME),
      logger,
      ...(activity ? { activity } : {}),
      limits,
    });
    return new HistoryWriter(writer, options);
  }

  /** Whether it was taken; false only where `full` has been true for a while. What can never be stored is counted and gone. */
  record<T extends HistoryTable>(table: T, row: HistoryRows[T]): boolean {
    let clean: HistoryRows[T];
    try {
      clean = wellFormedHistory(table, row);
    } catch (error) {
      this.#malformed += 1;
      this.#logger.error({ writer: NAME }, sentence(error));
      return true;
    }
    const placed = { table, place: this.#place + 1, row: clean } as PlacedRow;
    if (!this.#writer.offer({ writer: this.#id, placed })) return false;
    this.#place += 1;
    return true;
  }

  /** There is no room left: no new signal is raised until this is false again. */
  get full(): boolean {
    return this.#writer.full;
  }

  /** For `/readyz`: why rows wait; undefined while all is well. */
  get fault(): string | undefined {
    return this.#writer.fault;
  }

  /** `refused`: rows that the ledger will never take. */
  get figures(): WriterFigures {
    const figures = this.#writer.figures;
    return { ...figures, refused: figures.refused + this.#malformed };
  }

  /** Before the ledger is closed. What it does not take stays on disk for the next start. */
  async close(): Promise<void> {
    await this.#writer.close();
  }
}
