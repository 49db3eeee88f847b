/** A line from whoever types it, which a terminal does not show; or the first line of standard input. Never a flag: those are seen by all. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { SuhoError } from '../errors.js';

export interface Lines {
  /** The next line; on a terminal asked for by `prompt`, and where it is `hidden` not shown. */
  next(prompt: string, hidden: boolean): Promise<string>;
  close(): void;
}

export function openLines(): Lines {
  const terminal = process.stdin.isTTY === true;
  let muted = false;
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input: process.stdin, output, terminal });
  const lines = reader[Symbol.asyncIterator]();
  return {
    next: async (prompt, hidden) => {
      if (terminal) process.stderr.write(prompt);
      muted = hidden && terminal;
      const { value, done } = await lines.next();
      if (muted) process.stderr.write('\n');
      muted = false;
      if (done === true) throw new SuhoError('USAGE', `${prompt.replace(/: $/, '')}: standard input ended before it`);
      return value;
    },
    close: () => reader.close(),
  };
}
