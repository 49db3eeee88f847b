import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../../src/limits.js';
import { STREAMS, type StreamName, SUBJECTS, type SubjectName, type SubjectSpec } from '../../../src/storage/bus/streams.js';
import { matches, parseSubject, patternOf, patternsOf, subjectOf } from '../../../src/storage/bus/subjects.js';
import { readPage } from '../../structure/tree.js';
import { proofCount } from '../../support/price-paths.js';

const NAMES = Object.keys(SUBJECTS) as SubjectName[];
const specOf = (name: SubjectName): SubjectSpec => SUBJECTS[name];
const partNames = (name: SubjectName): readonly string[] =>
  [...specOf(name).template.matchAll(/\{(\w+)\}/g)].map(([, part]) => part as string);
type AnyParts = Readonly<Record<string, string>>;
const built = (name: SubjectName, parts: AnyParts): string =>
  (subjectOf as (name: SubjectName, parts: AnyParts) => { text: string })(name, parts).text;
const wide = (name: SubjectName, parts: AnyParts): string =>
  (patternOf as (name: SubjectName, parts: AnyParts) => { text: string })(name, parts).text;

const hostile = fc.oneof(
  fc.constantFrom(
    '.',
    '*',
    '>',
    'a.b',
    'a.>',
    ' ',
    'a b',
    '\t',
    '\r\nPUB x 1\r\n',
    '%',
    '%002e',
    '{x}',
    '$JS.API',
    'é',
    '\ud800',
    'a',
  ),
  fc.string({ minLength: 1, maxLength: 10, unit: 'binary' }),
);
const named = fc
  .record({ name: fc.constantFrom(...NAMES), texts: fc.array(hostile, { minLength: 2, maxLength: 2 }) })
  .map(({ name, texts }) => ({
    name,
    parts: Object.fromEntries(partNames(name).map((part, at) => [part, texts[at] as string])),
  }));

test('a subject is read back as it was built, whatever its parts are, and has as many parts as its template', () => {
  fc.assert(
    fc.property(named, ({ name, parts }) => {
      const text = built(name, parts);
      assert.match(text, /^[A-Za-z0-9_%.-]+$/);
      assert.equal(text.split('.').length, specOf(name).template.split('.').length);
      assert.deepEqual(parseSubject(text), { name, parts });
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('a pattern fits the subjects of its own name and parts, and of no other', () => {
  fc.assert(
    fc.property(named, named, fc.boolean(), (one, other, whole) => {
      const [first] = Object.entries(one.parts);
      assert.ok(first !== undefined);
      const given = whole ? one.parts : Object.fromEntries([first]);
      const pattern = wide(one.name, given);
      assert.ok(matches(pattern, built(one.name, one.parts)));
      const fits = other.name === one.name && Object.entries(given).every(([part, text]) => other.parts[part] === text);
      assert.equal(matches(pattern, built(other.name, other.parts)), fits);
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('wildcards match as a regular expression of them would', () => {
  const tokens = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });
  const wild = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '*'), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([words, open]) => [...words, ...(open ? ['>'] : [])].join('.'));
  fc.assert(
    fc.property(wild, tokens, (pattern, subject) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace('>', '.+');
      assert.equal(matches(pattern, subject.join('.')), new RegExp(`^${source}$`).test(subject.join('.')));
    }),
    { numRuns: proofCount(20_000) },
  );
  assert.ok(matches('>', 'a.b'));
});

test('what is no subject of the list is not read as one', () => {
  for (const text of [
    '',
    'market',
    'market.tick',
    'market.tick.',
    'market.tick.a.b',
    'market.tick.a*',
    'mt5.account.a.b',
    'x.y.z',
  ])
    assert.equal(parseSubject(text), undefined, text);
});

test('each kept subject is in one stream, and no told one in any', () => {
  for (const name of NAMES) {
    const parts = Object.fromEntries(partNames(name).map((part) => [part, 'x']));
    const holding = (Object.keys(STREAMS) as StreamName[]).filter((stream) =>
      patternsOf(stream).some((pattern) => matches(pattern, built(name, parts))),
    );
    assert.deepEqual(holding, specOf(name).stream === undefined ? [] : [specOf(name).stream], name);
  }
});

test('a stream keeps a message at least as long as a repeat of it is recognised', () => {
  for (const [name, { maxAgeMs }] of Object.entries(STREAMS)) assert.ok(maxAgeMs >= LIMITS.bus.dedupMs, name);
  assert.ok(STREAMS.SIGNALS.maxAgeMs >= LIMITS.signal.validMostMs + LIMITS.signal.resultGraceMs);
});

function subjectsTable(): string {
  const rows = NAMES.map((name) => {
    const { template, stream, carries, seeds } = specOf(name);
    const before = seeds.map((seed) => (seed.includes(' ') ? seed : `\`${seed}\``)).join(', ') || '–';
    return `| \`${template}\` | ${stream ?? '–'} | ${carries} | ${before} |`;
  });
  return ['| subject | kept in | carries | in the seeds |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function streamsTable(): string {
  const span = (ms: number): string => (ms % 86_400_000 === 0 ? `${ms / 86_400_000} d` : `${ms / 60_000} min`);
  const rows = Object.entries(STREAMS).map(([name, { maxAgeMs, maxBytes, atBound, holds }]) => {
    const bound = atBound === 'oldest' ? 'the oldest leaves' : 'a new one is refused';
    return `| \`${name}\` | ${holds} | ${span(maxAgeMs)} | ${maxBytes / 1_048_576} MiB | ${bound} |`;
  });
  return ['| stream | holds | for | up to | and then |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

test('docs/SUBJECTS.md shows the list of subjects and the streams as they are', () => {
  for (const table of [subjectsTable(), streamsTable()])
    assert.ok(readPage('docs/SUBJECTS.md').includes(table), `put this into docs/SUBJECTS.md:\n${table}`);
});
