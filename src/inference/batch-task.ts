/** The words between the pool and its threads (workers/inference.ts). */

/** Where a model's graph is. A thread reads a key once; what it reads must be what the hash says. */
export interface ModelSource {
  /** Name and version, and what the file holds: no two contents share one. */
  readonly key: string;
  readonly file: string;
  readonly sha256: string;
}

/** Rows for one run of a model, filled up with zeros to the shape that every run has. */
export interface BatchTask {
  readonly model: ModelSource;
  /** Rows of every run. */
  readonly runRows: number;
  /** Rows that are asked for; more than `runRows` are as many runs as they need. */
  readonly rows: number;
  /** Numbers of a row. */
  readonly rowLength: number;
  readonly values: Float64Array;
}

/** What a thread does with a model before anybody relies on it: tells its ports, and runs it. */
export interface TrialTask {
  readonly model: ModelSource;
  readonly runRows: number;
  /** Runs; the fastest counts, for the machine may be busy with something else. */
  readonly runs: number;
}

/** What goes in or comes out, without the dimension of the batch. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly row: readonly number[];
}

/** One output within an answer's values: the rows of one output stand together. */
export interface OutputSpan {
  readonly name: string;
  /** Numbers of a row. */
  readonly width: number;
}

export type BatchReport =
  | { readonly kind: 'answered'; readonly outputs: readonly OutputSpan[]; readonly values: Float64Array }
  | { readonly kind: 'failed'; readonly message: string };

export type TrialReport =
  | { readonly kind: 'tried'; readonly inputs: readonly Port[]; readonly outputs: readonly Port[]; readonly fastestMs: number }
  /** The file is not there, or not what the hash says. */
  | { readonly kind: 'other file'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export function widthOf(row: readonly number[]): number {
  return row.reduce((product, size) => product * size, 1);
}
