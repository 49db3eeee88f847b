import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXIT_SETTINGS, RISK_SETTINGS } from '../../src/accounts/trading-settings.js';
import { CHECKS } from '../../src/risk/checks.js';
import { BREACH_KINDS } from '../../src/risk/limit-watch.js';
import { REFUSAL_REASONS } from '../../src/risk/refusal-reason.js';
import { readPage } from './tree.js';

function settingsTable(): string {
  const rows = Object.entries({ risk: RISK_SETTINGS, exits: EXIT_SETTINGS }).flatMap(([section, settings]) =>
    Object.entries(settings).map(
      ([name, { default: value, help }]) => `| \`${section}.${name}\` | \`${JSON.stringify(value)}\` | ${help} |`,
    ),
  );
  return ['| setting | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
}

describe('docs/RISK.md', () => {
  const page = readPage('docs/RISK.md');

  it('has the trading settings as they are', () => {
    assert.ok(page.includes(settingsTable()), `put this into docs/RISK.md:\n${settingsTable()}`);
  });

  it('tells of each check, in the order they are asked, and of each limit that is watched', () => {
    const told = [...page.matchAll(/^\| (\d+) `([a-z-]+)`/gm)].map(([, , name]) => name);
    assert.deepEqual(
      told,
      CHECKS.map(({ name }) => name),
    );
    for (const kind of BREACH_KINDS) assert.ok(page.includes(`| \`${kind}\` |`), kind);
  });

  it('names every reason for which risk refuses', () => {
    for (const reason of REFUSAL_REASONS) assert.ok(page.includes(`\`${reason}\``), reason);
  });
});
