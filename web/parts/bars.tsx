/** A figure of each of several things, beside each other: to the right of the middle what is above zero. */
import { useMemo } from 'preact/hooks';

export interface BarRow {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}

export function Bars({ rows, label }: { readonly rows: readonly BarRow[]; readonly label: string }) {
  const { most, signed } = useMemo(
    () => ({
      most: rows.reduce((all, { value }) => Math.max(all, Math.abs(value)), 0) || 1,
      signed: rows.some(({ value }) => value < 0),
    }),
    [rows],
  );
  return (
    <ul class="bars" aria-label={label}>
      {rows.map(({ name, value, text }) => {
        const width = (Math.abs(value) / most) * (signed ? 50 : 100);
        const left = signed ? (value < 0 ? 50 - width : 50) : 0;
        return (
          <li key={name} class="bar-row">
            <span>{name}</span>
            <span class="track">
              <i class={value < 0 ? 'minus' : ''} style={{ left: `${left}%`, width: `${width}%` }} />
            </span>
            <span class="value">{text}</span>
          </li>
        );
      })}
    </ul>
  );
}
