import type { ModelCard } from './model-card.js';

type Port = ModelCard['outputs'][number];

/** What of a card does not fit itself, a sentence each: outputs that it reads by, and does not tell of, or otherwise. */
export function cardFaults({ outputs, says, outlier }: ModelCard): readonly string[] {
  const port = (name: string): Port | undefined => outputs.find((output) => output.name === name);
  const wrong = (name: string, row: readonly number[], what: string): readonly string[] => {
    const found = port(name);
    if (found === undefined) return [`it has no output ${name}, which is to tell ${what}`];
    if (found.type === 'int64') return [`its output ${name} is to tell ${what}, and is of whole numbers`];
    return String(found.row) === String(row)
      ? []
      : [`its output ${name} has [${found.row}] numbers a row, and ${what} are [${row}]`];
  };
  const faults = outlier === undefined ? [] : wrong(outlier.output, [], 'how far a row lies out');
  if (says.kind === 'sides') return [...faults, ...wrong(says.output, [3], 'SELL, HOLD and BUY')];
  if (says.kind === 'quantiles')
    return [...faults, ...wrong(says.output, [says.horizons.length, says.levels.length], 'quantiles by horizon')];
  return [
    ...faults,
    ...wrong(says.output, [says.names.length], 'shapes'),
    ...embeddingFaults(port(says.embedding), says.embedding),
  ];
}

function embeddingFaults(found: Port | undefined, name: string): readonly string[] {
  if (found === undefined) return [`it has no output ${name}, which is to be its embedding`];
  return found.row.length === 1 ? [] : [`its output ${name} is to be its embedding, and is not one list of numbers`];
}
