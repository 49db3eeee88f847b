// A process that opens the pattern store in the folder it is given and writes without end from a number on, telling each number
// once it is answered. It is killed by the test, at any moment.
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { write } from './numbered-writes.js';

const store = await EmbeddedPatterns.open(process.argv[2] as string, systemClock);
for (let number = Number(process.argv[3]); ; number++) {
  await write(store, number);
  process.stdout.write(`${number}\n`);
}
