// Writes everything that is derived: from `schema/protocol/` the TypeScript messages and codec, the MQL5 include, the
// reference page and the golden vectors; from the catalogue in `src/indicators/` the page of features. `--check` writes nothing and ends with 1 when a file is not what it would write.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAULT_CODES } from '../src/protocol/fault.js';
import { bodiesText } from './generate/bodies.js';
import { readDescription } from './generate/description.js';
import { featuresPageText } from './generate/features-page.js';
import { goldenText, refusedText } from './generate/golden.js';
import { messagesText } from './generate/messages.js';
import { mql5Text } from './generate/mql5.js';
import { pageText } from './generate/page.js';
import { shapesText } from './generate/shapes.js';
import { viewsText } from './generate/views.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Generated sources stand in the house style: the formatter that checks them also lays them out. */
function formatted(path: string, text: string): string {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const done = spawnSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`generated ${path} cannot be formatted: ${done.stderr}`);
  return done.stdout;
}

function generate(): ReadonlyMap<string, string> {
  const one = readDescription(root, 1);
  const two = readDescription(root, 2);
  const files = new Map<string, string>();
  files.set('src/protocol/messages.ts', messagesText([two, one]));
  files.set('src/protocol/generated/bodies.ts', bodiesText([two, one]));
  files.set('src/protocol/generated/shapes.ts', shapesText([two, one]));
  files.set('src/protocol/generated/views.ts', viewsText(two));
  files.set('test/golden/suho-1.json', goldenText(one));
  files.set('test/golden/suho-2.json', goldenText(two));
  files.set('test/golden/refused.json', refusedText(one, two));
  const template = (name: string): string => readFileSync(join(root, 'schema', name), 'utf8');
  files.set('docs/PROTOCOL.md', pageText(template('protocol/page.md'), one, two, FAULT_CODES));
  files.set('docs/FEATURES.md', featuresPageText(template('features/page.md')));
  files.set('ea/Include/Suho/Protocol.mqh', mql5Text(template('protocol/mql5-core.mqh'), two));
  return new Map([...files].map(([path, text]) => [path, /\.(ts|json|md)$/.test(path) ? formatted(path, text) : text]));
}

function present(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

const stale = [...generate()].filter(([path, text]) => present(path) !== text);
for (const [path, text] of stale) {
  if (process.argv.includes('--check')) {
    process.stderr.write(`${path} is stale: run npm run generate.\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stderr.write(`wrote ${path}\n`);
}
