/** What a list shows, kept in the address so that a link shows the same. */
import { useCell } from '../cell.js';
import { filterBy, place } from '../router.js';

interface Filter {
  readonly name: string;
  readonly label: string;
  /** Values and their words; free text where there are none. */
  readonly of?: readonly (readonly [value: string, word: string])[];
  readonly type?: 'date' | 'text';
}

function Control({ name, of, type = 'text' }: Filter) {
  const value = useCell(place).query[name] ?? '';
  const choose = (word: string): void => filterBy({ [name]: word.trim() });
  if (of === undefined && type === 'date')
    return <input id={`filter-${name}`} type="date" value={value} onChange={(event) => choose(event.currentTarget.value)} />;
  if (of === undefined)
    return <input id={`filter-${name}`} value={value} onChange={(event) => choose(event.currentTarget.value)} />;
  return (
    <select id={`filter-${name}`} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">All</option>
      {of.map(([one, word]) => (
        <option key={one} value={one}>
          {word}
        </option>
      ))}
    </select>
  );
}

export function Filters({ all }: { readonly all: readonly Filter[] }) {
  return (
    <search class="filters">
      {all.map((filter) => (
        <div key={filter.name} class="filter">
          <label for={`filter-${filter.name}`}>{filter.label}</label>
          <Control {...filter} />
        </div>
      ))}
    </search>
  );
}
