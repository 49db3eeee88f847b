import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainYaml } from './plain-yaml.js';

describe('plain YAML', () => {
  it('is read as any reader of YAML reads it', () => {
    const text = `# a comment
name: suho
"odd: key":
  - one
  - name: two
    of: [1, "b"]
    deeper:
      - 3
  - "4: \\"x\\""
empty: {}
figure: 1.5
plain: 127.0.0.1:80
flag: true
`;
    assert.deepEqual(plainYaml(text), {
      name: 'suho',
      'odd: key': ['one', { name: 'two', of: [1, 'b'], deeper: [3] }, '4: "x"'],
      empty: {},
      figure: 1.5,
      plain: '127.0.0.1:80',
      flag: true,
    });
  });

  it('that is not plain is refused with its line', () => {
    const refused: readonly (readonly [text: string, why: RegExp])[] = [
      ['a: 1\na: 2\n', /line 2 has a for the second time/],
      ['a:\n\t- b\n', /line 2 is not plain/],
      ['a: &b c\n', /line 1 is not plain/],
      ['a: |\n  b\n', /line 1 is not plain/],
      ['a: b # c\n', /line 1 is not plain/],
      ['a: b: c\n', /line 1 is not plain/],
      ['a: off\n', /line 1 must be quoted/],
      ['a:\n   b: 1\n', /nothing stands at depth 2/],
      ['a: 1\n  b: 2\n', /line 2 stands at a wrong depth/],
      ['a:\n  b: 1\n c: 2\n', /line 3 stands at a wrong depth/],
      ['just words\n', /line 1 is no entry/],
    ];
    for (const [text, why] of refused) assert.throws(() => plainYaml(text), why, text);
  });
});
