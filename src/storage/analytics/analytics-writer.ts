/**
 * How rows get into the analytics store without anyone waiting for it: made into text when handed over, then by one of two
 * writers with a spill each. What can be had again may lose its oldest when the disk is full; account history may not, and
 * stops new signals instead.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SuhoError } from '../../errors.js';
import { LIMITS, type Limits } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { Random } from '../../runtime/random.js';
import { BatchWriter, type WriterFigures } from '../writer/batch-writer.js';
import { type Batch, type Codec, ItemsRefused, type Sink } from '../writer/sink.js';
import { type Extent, Spill } from '../writer/spill.js';
import type { AnalyticsStore } from './analytics.js';
import { isRefusal } from './engine.js';
import { COLUMN_NAMES, encodeRow } from './rows.js';
import { type Loss, type RowOf, TABLES, type TableName } from './tables.js';

/** A row as text, with the columns that it has: those of the version that wrote it, which may be an older one's. */
interface Line {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly text: string;
}

interface Group {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly lines: string[];
}

/** Rows of one table and of the same columns, in order; tables in the order of their first row. */
function grouped(lines: readonly Line[]): readonly Group[] {
  const groups = new Map<readonly string[], Group>();
  for (const { table, columns, text } of lines) {
    const group = groups.get(columns);
    if (group === undefined) groups.set(columns, { table, columns, lines: [text] });
    else group.lines.push(text);
  }
  return [...groups.values()];
}

/** Order within a table is kept; between tables there is none to keep. */
const CODEC: Codec<Line> = {
  encode: (lines) => Buffer.from(JSON.stringify(grouped(lines))),
  decode: (bytes) =>
    (JSON.parse(bytes.toString('utf8')) as readonly Group[]).flatMap(({ table, columns, lines }) =>
      lines.map((text) => ({ table, columns, text })),
    ),
};

function tokenOf({ table, columns, lines }: Group, { fromMs, toMs }: Extent): string {
  const hash = createHash('sha256').update(`${table}\n${columns.join()}\n${fromMs}\n${toMs}\n`);
  for (const line of lines) hash.update(line);
  return hash.digest('hex');
}

class AnalyticsSink implements Sink<Line> {
  #migrated = false;

  constructor(
    readonly store: AnalyticsStore,
    readonly lane: Loss,
    readonly activity: Activity | undefined,
  ) {}

  async write(batch: Batch<Line>): Promise<void> {
    this.activity?.begin();
    try {
      await this.#write(batch);
    } finally {
      this.activity?.end();
    }
  }

  async #write(batch: Batch<Line>): Promise<void> {
    await this.#migrate();
    let refused = 0;
    let why = '';
    for (const group of grouped(batch.list)) {
      const { table, columns, lines } = group;
      try {
        await this.store.insertText({ table, columns, lines: `${lines.join('\n')}\n`, token: tokenOf(group, batch) });
      } catch (error) {
        if (!(error instanceof SuhoError && isRefusal(error))) throw error;
        refused += lines.length;
        why = `${table}: ${error.message}`;
      }
    }
    if (refused > 0) throw new ItemsRefused(refused, why);
  }

  async markGap({ items, fromMs, toMs }: Extent): Promise<void> {
    await this.#migrate();
    const row = { time: toMs, tenantId: '', lane: this.lane, fromTime: fromMs, toTime: toMs, items };
    await this.store.insert('gaps', [row]);
  }

  /** Here and not at the node's start: a node starts without its store, and rows wait until there is one. */
  async #migrate(): Promise<void> {
    if (!this.#migrated) await this.store.migrate();
    this.#migrated = true;
  }
}

export interface AnalyticsWriterOptions {
  readonly store: AnalyticsStore;
  /** The node's data folder, which the caller has locked. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where time is simulated it waits for what is under way to disk and store. */
  readonly activity?: Activity;
  readonly limits?: Partial<Limits['writer']>;
}

/** What names of its writers begin with, in log lines. */
export const WRITER_NAME = 'analytics';
const LANES: readonly Loss[] = ['droppable', 'kept'];

async function openLane(lane: Loss, options: AnalyticsWriterOptions): Promise<BatchWriter<Line>> {
  const { store, folder, clock, random, logger, activity } = options;
  const { segment, segments } = { ...LIMITS.writer, ...options.limits };
  const name = `${WRITER_NAME}, ${lane}`;
  const spill = await Spill.open({ folder: join(folder, 'spill', 'analytics', lane), segmentBytes: segment, segments });
  if (spill.torn > 0) logger.warn({ writer: name, bytes: spill.torn }, 'the newest record on disk was cut short by a kill');
  return new BatchWriter({
    name,
    sink: new AnalyticsSink(store, lane, activity),
    codec: CODEC,
    spill,
    loss: lane,
    clock,
    random: random.fork(name),
    logger,
    ...(activity ? { activity } : {}),
    limits: options.limits ?? {},
  });
}

export class AnalyticsWriter {
  readonly #lanes: Readonly<Record<Loss, BatchWriter<Line>>>;

  private constructor(lanes: Readonly<Record<Loss, BatchWriter<Line>>>) {
    this.#lanes = lanes;
  }

  static async open(options: AnalyticsWriterOptions): Promise<AnalyticsWriter> {
    const [droppable, kept] = await Promise.all(LANES.map((lane) => openLane(lane, options)));
    return new AnalyticsWriter({ droppable, kept } as Record<Loss, BatchWriter<Line>>);
  }

  /** Whether it was taken; false of account history alone, when `full` has been true for a while. */
  record<T extends TableName>(table: T, row: RowOf<T>): boolean {
    const line: Line = { table, columns: COLUMN_NAMES[table], text: encodeRow(table, row) };
    return this.#lanes[TABLES[table].loss].offer(line);
  }

  /** Account history has no room left: no new signal is raised until this is false again. */
  get full(): boolean {
    return this.#lanes.kept.full;
  }

  /** For `/readyz`: why rows wait; undefined while all is well. */
  get fault(): string | undefined {
    return this.#lanes.kept.fault ?? this.#lanes.droppable.fault;
  }

  get figures(): Readonly<Record<Loss, WriterFigures>> {
    return { droppable: this.#lanes.droppable.figures, kept: this.#lanes.kept.figures };
  }

  /** Before the store is closed. What it does not take stays on disk for the next start. */
  async close(): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#lanes[lane].close()));
  }
}
