import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** `instant`: UTC milliseconds. `optional`: a number that may be missing, NaN or null; `remark`: a text that may be, null. */
export type ParquetKind = 'instant' | 'text' | 'remark' | 'number' | 'optional';

export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetKind;
}

export interface ParquetFileOptions {
  readonly columns: readonly ParquetColumn[];
  /** Kept in the file's footer. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdBy: string;
  readonly sink: (bytes: Uint8Array) => void;
  readonly groupRows?: number;
  /** Snappy unless told. */
  readonly compressor?: { readonly codec: 'ZSTD'; readonly compress: (bytes: Uint8Array) => Uint8Array };
}

export type ParquetValue = number | string | null;

/** Rows held until a group of them is written: for 200 columns of doubles some 25 MB. */
const GROUP_ROWS = 16_384;

const ELEMENTS: Readonly<Record<ParquetKind, Omit<SchemaElement, 'name'>>> = {
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    repetition_type: 'REQUIRED',
  },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type: 'REQUIRED' },
  remark: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type: 'OPTIONAL' },
  number: { type: 'DOUBLE', repetition_type: 'REQUIRED' },
  optional: { type: 'DOUBLE', repetition_type: 'OPTIONAL' },
};

/** Bytes leave after each row group, so that memory holds one group and the footer, however long the file grows. */
class GroupBytes extends ByteWriter {
  constructor(readonly sink: (bytes: Uint8Array) => void) {
    super(1 << 20);
  }

  flush(): void {
    // The buffer is written over by the next group.
    this.sink(this.getBytes().slice());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

const isText = (kind: ParquetKind): boolean => kind === 'text' || kind === 'remark';

/** A Parquet file made of rows, in row groups that are handed on as they fill. */
export class ParquetFile {
  readonly #columns: readonly ParquetColumn[];
  readonly #groupRows: number;
  readonly #numbers: readonly Float64Array[];
  readonly #texts: readonly (string | null)[][];
  readonly #isText: readonly boolean[];
  readonly #writer: ParquetWriter;
  #count = 0;

  constructor({ columns, metadata, createdBy, sink, groupRows = GROUP_ROWS, compressor }: ParquetFileOptions) {
    this.#columns = columns;
    this.#groupRows = groupRows;
    this.#numbers = columns.map(({ kind }) => new Float64Array(isText(kind) ? 0 : groupRows));
    this.#texts = columns.map(() => []);
    this.#isText = columns.map(({ kind }) => isText(kind));
    const elements = columns.map(({ name, kind }) => ({ name, ...ELEMENTS[kind] }));
    this.#writer = new ParquetWriter({
      writer: new GroupBytes(sink),
      schema: [{ name: 'root', num_children: columns.length }, ...elements],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy,
      ...(compressor === undefined ? {} : { codec: compressor.codec, compressors: { [compressor.codec]: compressor.compress } }),
    });
  }

  /** A value per column, in their order. */
  add(row: readonly ParquetValue[]): void {
    for (let at = 0; at < row.length; at++) {
      const value = row[at] as ParquetValue;
      if (this.#isText[at]) (this.#texts[at] as (string | null)[]).push(value as string | null);
      else (this.#numbers[at] as Float64Array)[this.#count] = value === null ? Number.NaN : (value as number);
    }
    this.#count += 1;
    if (this.#count === this.#groupRows) this.#writeGroup();
  }

  end(): void {
    if (this.#count > 0) this.#writeGroup();
    this.#writer.finish();
  }

  #writeGroup(): void {
    const columnData = this.#columns.map((column, at) => this.#source(column, at));
    this.#writer.write({ columnData, rowGroupSize: this.#groupRows });
    this.#count = 0;
    for (const texts of this.#texts) texts.length = 0;
  }

  #source({ name, kind }: ParquetColumn, at: number): ColumnSource {
    if (isText(kind)) return { name, data: this.#texts[at] as (string | null)[] };
    const numbers = (this.#numbers[at] as Float64Array).subarray(0, this.#count);
    if (kind === 'instant') return { name, data: Array.from(numbers, BigInt) };
    // Extremes of a column in the middle of the market rule nothing out for a reader; those of the time do.
    if (!numbers.some(Number.isNaN)) return { name, data: numbers, statistics: false };
    return { name, data: Array.from(numbers, (value) => (Number.isNaN(value) ? null : value)), statistics: false };
  }
}
