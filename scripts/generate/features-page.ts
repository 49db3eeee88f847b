import { CATALOGUE_HASH, CATALOGUE_VERSION } from '../../src/features/catalogue-version.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import type { IndicatorDefinition } from '../../src/indicators/indicator.js';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';
import { EARLIER_TABLES, type EarlierName } from './earlier-names.js';
import { filled } from './template.js';

function rows({ source, volume, columns }: IndicatorDefinition): readonly string[] {
  return columns.map(({ name, definition, warmup, settles, unit }) =>
    [`| \`${name}\``, definition.replaceAll('|', '\\|'), source, warmup, settles ?? '', unit, volume ? 'yes' : '', ''].join(
      ' | ',
    ),
  );
}

function families(): string {
  const names = [...new Set(CATALOGUE.map(({ family }) => family))];
  return names
    .map((family) => {
      const lines = CATALOGUE.filter((definition) => definition.family === family).flatMap(rows);
      const head = '| column | definition | source | warm-up | settles | unit | volume |\n|---|---|---|---|---|---|---|';
      return `## ${family[0]?.toUpperCase()}${family.slice(1)} (${lines.length})\n\n${head}\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

function labels(): string {
  const about = (name: string): string =>
    name.startsWith('label_return') ? 'ln(price at E + h / price at E)' : 'sign of that return, 0 where it is small';
  const lines = LABEL_COLUMNS.map((name) => `| \`${name}\` | ${name.split('_').at(-1)} | ${about(name)} |`);
  return `| column | h | |\n|---|---|---|\n${lines.join('\n')}`;
}

function earlier(): string {
  const line = ({ name, ours, about = '' }: EarlierName): string =>
    `| \`${name}\` | ${ours.map((own) => `\`${own}\``).join(', ') || 'none'} | ${about} |`;
  return Object.entries(EARLIER_TABLES)
    .map(([table, names]) => `### ${table}\n\n| theirs | ours | |\n|---|---|---|\n${names.map(line).join('\n')}`)
    .join('\n\n');
}

/** `docs/FEATURES.md`: the catalogue as the registry has it. */
export function featuresPageText(template: string): string {
  return filled(template, {
    count: String(COLUMNS.length),
    version: String(CATALOGUE_VERSION),
    hash: CATALOGUE_HASH,
    families: families(),
    labels: labels(),
    earlier: earlier(),
  });
}
