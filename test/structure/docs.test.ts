import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { ALLOWANCE_REASONS } from '../../src/accounts/meter.js';
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from '../../src/config.js';
import { ERROR_CODES } from '../../src/errors.js';
import { LIMITS } from '../../src/limits.js';
import { UNFIT_REASONS } from '../../src/protocol/ea-session.js';
import { REFUSAL_REASONS } from '../../src/risk/refusal-reason.js';
import { root } from './sources.js';
import { readPage, readTree } from './tree.js';

/** First cells of the rows of all tables under a heading, without their backticks. */
function firstCells(text: string, heading: string): readonly string[] {
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `there is a section ${heading}`);
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? '');
}

function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { default: value, help } = SETTINGS[name];
    const cells = [name, flagOf(name), variableOf(name), value === '' ? '' : String(value)];
    return `| ${cells.map((cell) => (cell === '' ? '–' : `\`${cell}\``)).join(' | ')} | ${help} |`;
  });
  return ['| setting | flag | variable | default | |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

describe('docs', () => {
  it('README.md has a line for each command, and for none that is not there', () => {
    const help = execFileSync(process.execPath, [join(root, 'bin', 'suho.mjs'), '--help'], { encoding: 'utf8' });
    const commands = [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name as string);
    assert.ok(commands.length >= 7, help);
    const told = new Set(firstCells(readPage('README.md'), 'Commands').map((cell) => cell.split(' ')[1]));
    assert.deepEqual([...told].sort(), commands.filter((name) => name !== 'help').sort());
  });

  it('docs/OPERATIONS.md has the settings as src/config.ts has them', () => {
    assert.ok(readPage('docs/OPERATIONS.md').includes(settingsTable()), `put this into docs/OPERATIONS.md:\n${settingsTable()}`);
  });

  it('docs/OPERATIONS.md lists each metric, each error code and each refusal, and no other', () => {
    const operations = readPage('docs/OPERATIONS.md');
    const made = [
      ...['src/admin/node-figures.ts', 'src/node/readiness.ts', 'src/node/ea-feed.ts', 'src/storage/keepers.ts'],
      ...['src/node/alerts.ts', 'src/node/streams.ts', 'src/admin/alerts/alert-watch.ts'],
    ]
      .map(readPage)
      .join('\n')
      .matchAll(/'(suho_[a-z_]+)'/g);
    assert.deepEqual([...firstCells(operations, 'Metrics')].sort(), [...made].map(([, name]) => name).sort());
    assert.deepEqual([...firstCells(operations, 'Error codes')].sort(), Object.keys(ERROR_CODES).sort());
    assert.deepEqual(
      [...firstCells(operations, 'Refusals')].sort(),
      [...REFUSAL_REASONS, ...UNFIT_REASONS, ...ALLOWANCE_REASONS].sort(),
    );
  });

  it('docs/OPERATIONS.md tells the exit code of each error', () => {
    const operations = readPage('docs/OPERATIONS.md');
    for (const [code, { exit }] of Object.entries(ERROR_CODES))
      assert.ok(operations.includes(`| \`${code}\` | ${exit} |`), `${code} ends with ${exit}`);
  });

  it('docs/ARCHITECTURE.md tells what happens at each bound, with its figure', () => {
    const architecture = readPage('docs/ARCHITECTURE.md');
    const bounds = Object.entries(LIMITS).flatMap(([group, members]) =>
      Object.entries(members).map(([name, value]) => [`${group}.${name}`, value] as const),
    );
    assert.deepEqual([...firstCells(architecture, 'Bounds')].sort(), bounds.map(([name]) => name).sort());
    for (const [name, value] of bounds)
      assert.ok(
        architecture.includes(`| \`${name}\` | ${value.toLocaleString('en-US', { maximumFractionDigits: 6 })} |`),
        `${name} is ${value}`,
      );
  });

  it('decisions are numbered without gaps, each with its four parts', () => {
    const names = readdirSync(join(root, 'docs', 'decisions')).sort();
    names.forEach((name, at) => {
      assert.ok(name.startsWith(`${String(at + 1).padStart(4, '0')}-`), `${name} has the number ${at + 1}`);
      for (const part of ['Context', 'Decision', 'Measurement', 'Consequence'])
        assert.match(readPage(`docs/decisions/${name}`), new RegExp(`^## ${part}$`, 'm'), `${name} has its ${part}`);
    });
  });

  it('every relative link leads to a file', () => {
    for (const { path, text } of readTree().filter(({ path }) => path.endsWith('.md'))) {
      for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        assert.ok(existsSync(join(root, dirname(path), target as string)), `${path} links to ${target}`);
      }
    }
  });
});
