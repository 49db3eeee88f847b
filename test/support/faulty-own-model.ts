/** The entry point of a process for own models that says what it is told to say, by the last number of the window. */
import { LIMITS } from '../../src/limits.js';
import { ByteFrameReader, encodeByteFrame } from '../../src/runtime/byte-frames.js';
import { SAYS } from './faulty-own-says.js';

const reader = new ByteFrameReader({ header: LIMITS.ownModels.saidBytes, payload: LIMITS.ownModels.graphBytes });
const say = (header: object, values: readonly number[] = []): void => {
  process.stdout.write(encodeByteFrame(header, new Uint8Array(Float64Array.from(values).buffer)));
};
const answered = { kind: 'answered', tookMs: 1 };
const well = [0.25, 0.5, 0.25];

function answer(told: number): void {
  if (told === SAYS.rubbish) process.stdout.write('this is no frame, whatever else it may be');
  else if (told === SAYS.endless) for (let at = 0; at < 1_000; at++) process.stdout.write(new Uint8Array(65_536).fill(65));
  else if (told === SAYS.unasked) say({ kind: 'ready' });
  else if (told === SAYS.longFrame) say(answered, new Array(LIMITS.ownModels.saidBytes).fill(0.5));
  else if (told === SAYS.ends) process.exit(3);
  else if (told === SAYS.hangs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  else if (told === SAYS.environment) say({ kind: 'failed', message: `${JSON.stringify(process.env)} in ${process.cwd()}` });
  else {
    say(answered, well);
    if (told === SAYS.twice) say(answered, well);
  }
}

process.stdin.on('data', (piece: Buffer) => {
  for (const { header, payload } of reader.feed(piece)) {
    if ((header as { kind: string }).kind === 'load') say({ kind: 'loaded', tookMs: 1 });
    else answer(new Float64Array(payload.buffer).at(-1) as number);
  }
});
process.stdin.on('end', () => process.exit(0));
say({ kind: 'ready' });
