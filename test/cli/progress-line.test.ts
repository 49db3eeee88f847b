import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { ProgressLine } from '../../src/cli/progress-line.js';

function terminal(isTTY: boolean): {
  readonly stream: Writable & { readonly isTTY: boolean; readonly columns: number };
  readonly lines: string[];
} {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk).replace('\r\u001b[K', ''));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 60 }), lines };
}

describe('a line of progress', () => {
  it('tells how far it is and how long it may take, by how fast this stage has been', () => {
    const { stream, lines } = terminal(true);
    let seconds = 100;
    const line = new ProgressLine(stream, () => seconds);
    line.show({ stage: 'reading EURUSD', done: 4_000, of: 0 });
    line.show({ stage: 'trees', done: 100, of: 1_000, note: 'validation loss 1.08000' });
    seconds = 110;
    line.show({ stage: 'trees', done: 200, of: 1_000 });
    seconds = 1_110;
    line.show({ stage: 'trees', done: 250, of: 1_000 });
    line.clear();
    assert.deepEqual(lines, [
      'reading EURUSD, 4000',
      'trees, 10 %, validation loss 1.08000',
      // A hundred in ten seconds, and eight hundred are left.
      'trees, 20 %, 80 s left',
      // A hundred and fifty in a thousand and ten seconds.
      'trees, 25 %, 84 min left',
      '',
    ]);
  });

  it('is not written where no one looks, and never longer than the terminal is wide', () => {
    const file = terminal(false);
    new ProgressLine(file.stream, () => 1).show({ stage: 'trees', done: 1, of: 2 });
    assert.deepEqual(file.lines, []);
    const { stream, lines } = terminal(true);
    new ProgressLine(stream, () => 1).show({ stage: 'a'.repeat(200), done: 1, of: 2 });
    assert.equal(lines[0]?.length, 59);
  });
});
