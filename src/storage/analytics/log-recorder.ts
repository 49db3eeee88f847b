/**
 * What the engine logs becomes rows of `logs`: each line as it was written, secrets already out of it. Lines of the writer that
 * takes these rows are left out: one about a row that the store refuses would be refused as well, and so on for ever.
 *
 * A row has the machine's time, as its line has, whatever clock the engine runs by.
 */
import { LIMITS } from '../../limits.js';
import { type AnalyticsWriter, WRITER_NAME } from './analytics-writer.js';
import type { RowOf } from './tables.js';

type Fields = Readonly<Record<string, unknown>>;

const { logLines: LINES_MOST, logText: TEXT_MOST, logFields: FIELDS_MOST } = LIMITS.analytics;
const LEVELS = new Set(['debug', 'info', 'warn', 'error', 'fatal']);
const WELL = new Set(['debug', 'info']);
/** Which part of the engine speaks, by the field that it names itself with. */
const SERVICES = Object.entries({ actor: 'actors', job: 'jobs', writer: 'writers' });
/** Columns of their own. */
const PLACED = new Set(['level', 'time', 'msg', 'tenantId', 'accountId', 'signalId', 'tookMs']);
const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;

function textOf(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A cut may part a pair, and half of one is not text.
  return text.slice(0, TEXT_MOST).replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The line's number in this process comes with it: two that say the same at once are two. */
function rowOf(fields: Fields, line: number): RowOf<'logs'> {
  const { level, time, msg, tenantId, accountId, signalId, tookMs } = fields;
  const service = SERVICES.find(([field]) => field in fields)?.[1] ?? 'node';
  const rest = Object.entries(fields).filter(([name]) => !PLACED.has(name));
  return {
    time: Date.parse(String(time)),
    tenantId: typeof tenantId === 'string' && TENANT.test(tenantId) ? tenantId : '',
    service,
    level: LEVELS.has(String(level)) ? String(level) : 'debug',
    traceId: textOf(signalId),
    accountId: textOf(accountId),
    action: textOf(fields.job ?? fields.event),
    durationMs: typeof tookMs === 'number' ? tookMs : null,
    success: WELL.has(String(level)),
    message: textOf(msg),
    metadata: Object.fromEntries(rest.slice(0, FIELDS_MOST).map(([name, value]) => [textOf(name), textOf(value)])),
    line,
  };
}

export class LogRecorder {
  readonly #writer: Pick<AnalyticsWriter, 'record'>;
  #line = 0;
  /** The second of the newest line, and its lines: kept, and too many to be. */
  #second = 0;
  #kept = 0;
  #more = 0;

  constructor(writer: Pick<AnalyticsWriter, 'record'>) {
    this.#writer = writer;
  }

  /** As a logger writes it. */
  line(text: string): void {
    const fields = JSON.parse(text) as Fields;
    if (typeof fields.writer === 'string' && fields.writer.startsWith(WRITER_NAME)) return;
    const second = Math.floor(Date.parse(String(fields.time)) / 1_000);
    if (second !== this.#second) this.#turn(second);
    if (this.#kept >= LINES_MOST) this.#more += 1;
    else {
      this.#kept += 1;
      this.#record(fields);
    }
  }

  /** Tells what it has not told yet. */
  close(): void {
    this.#turn(this.#second);
  }

  #turn(second: number): void {
    const time = new Date(this.#second * 1_000 + 999).toISOString();
    if (this.#more > 0) this.#record({ level: 'warn', time, msg: `${this.#more} more lines of this second are not kept here` });
    this.#second = second;
    this.#kept = 0;
    this.#more = 0;
  }

  #record(fields: Fields): void {
    this.#line += 1;
    this.#writer.record('logs', rowOf(fields, this.#line));
  }
}
