// A process that opens the pattern store in the folder it is given and writes without end from a number on, telling each number
// once it is answered. It is killed by the test, at any moment.
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { write, writeAll } from './numbered-writes.js';

const [, , folder, from, kind] = process.argv as [string, string, string, string, string];
const one = kind === 'all' ? writeAll : write;
const store = await EmbeddedPatterns.open(folder, systemClock);
for (let number = Number(from); ; number++) {
  await one(store, number);
  process.stdout.write(`${number}\n`);
}
