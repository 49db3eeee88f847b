import type { SuhoError } from '../../errors.js';
import type { Bound } from './named-query.js';

export type EngineSettings = Readonly<Record<string, string | number>>;

/** One statement, its parameters and its settings. */
export interface EngineStatement {
  readonly sql: string;
  readonly parameters?: Bound;
  readonly settings?: EngineSettings;
}

export interface EngineInsert {
  /** Full name. */
  readonly table: string;
  readonly columns: readonly string[];
  /** JSONCompactEachRow. */
  readonly lines: string;
  readonly settings: EngineSettings;
}

/** ClickHouse, wherever it runs. What it refuses and what it cannot do just now are different errors: see `isRefusal`. */
export interface AnalyticsEngine {
  /** Answers JSONCompactEachRow, nothing for a statement without an answer. */
  run(statement: EngineStatement): Promise<string>;
  insert(insert: EngineInsert): Promise<void>;
  close(): Promise<void>;
}

/**
 * ClickHouse's codes of rows that will be refused however often they are sent: their text cannot be read as the column's type.
 * Everything else (memory, network, too many parts, an engine that has gone, a table that an operator took away) may pass.
 */
const REFUSALS = new Set([6, 26, 27, 38, 41, 53, 69, 70, 72, 117, 131, 349]);

/** Whether the same rows would fail again. */
export function isRefusal(error: SuhoError): boolean {
  const code = /\bCode: (\d+)\./.exec(error.message)?.[1];
  return error.code === 'ANALYTICS_FAILED' && REFUSALS.has(Number(code));
}
