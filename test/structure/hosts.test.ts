import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTree, type TextFile } from './tree.js';

/** Hosts that packages come from, public ones and the usual names of private ones, and settings that name one. */
const REGISTRIES = [
  /\b(npmjs|npmmirror|yarnpkg|pythonhosted|pypi|jsr)\.(org|com|io)\b/i,
  /\b(registry|artifactory|nexus|verdaccio)[\w-]*(\.[\w-]+)*\.(com|org|net|io|dev|local|internal|lan)\b/i,
  /https?:\/\/[^\s"'`]*(artifactory|nexus|verdaccio|\/npm\/|\/simple\/)/i,
  /^\s*(@[\w-]+:)?registry\s*=/im,
];

function problems(files: readonly TextFile[]): readonly string[] {
  const said: string[] = [];
  for (const { path, text } of files) {
    const named = REGISTRIES.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
    if (named !== undefined) said.push(`${path} names ${named.trim()}`);
    if (/(^|\/)(package-lock|npm-shrinkwrap)\.json$/.test(path) && /"resolved":\s*"https?:/.test(text))
      said.push(`${path} carries download addresses`);
  }
  return said;
}

describe('hosts', () => {
  it('no committed file names a registry, and no lock carries a download address', () => {
    const tree = readTree();
    assert.ok(tree.filter(({ path }) => path.endsWith('package-lock.json')).length >= 2, 'both locks were read');
    assert.deepEqual(problems(tree), []);
  });

  it('one that does is told', () => {
    const host = ['registry', 'npm' + 'js', 'org'].join('.');
    const own = ['artifactory', 'example', 'com'].join('.');
    const tarball = ['https:/', 'packages.example', 'left-pad.tgz'].join('/');
    assert.deepEqual(
      problems([
        { path: 'package-lock.json', text: `{"resolved": "${tarball}"}` },
        { path: '.npmrc', text: `registry${'='}http://10.0.0.1/` },
        { path: 'docs/a.md', text: `see https://${host}/left-pad` },
        { path: 'scripts/a.mjs', text: `fetch("https://${own}/a")` },
        { path: 'src/a.ts', text: 'metrics.registry.metrics(); const registry = 1;' },
      ]),
      [
        'package-lock.json carries download addresses',
        `.npmrc names registry${'='}`,
        `docs/a.md names npm${'js'}.org`,
        `scripts/a.mjs names ${own}`,
      ],
    );
  });
});
