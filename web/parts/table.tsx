/** Rows under columns. On a narrow screen columns of lesser weight leave, and what is left scrolls by itself. */
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  readonly name: string;
  /** Figures stand to the right. */
  readonly figure?: boolean;
  /** Sentences: they may take several lines. */
  readonly text?: boolean;
  /** The screen from which on it is shown. */
  readonly from?: 'phone' | 'tablet' | 'desk' | 'wide';
  cell(row: T): ComponentChildren;
}

function classes<T>({ figure, text, from }: Column<T>): string {
  const fromOn = from === undefined || from === 'phone' ? '' : `from-${from}`;
  return [figure ? 'figure' : '', text ? 'text' : '', fromOn].filter(Boolean).join(' ');
}

export function Table<T>(props: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly toneOf?: (row: T) => string;
}) {
  const { label, columns, rows, keyOf, toneOf } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={classes(column)}>
                {column.name || <span class="hidden">What may be done</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={toneOf?.(row) ?? ''}>
              {columns.map((column) => (
                <td key={column.name} class={classes(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
