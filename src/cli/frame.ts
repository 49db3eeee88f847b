import { createInterface } from 'node:readline';
import { Command } from 'commander';
import type { ProtocolFault } from '../protocol/fault.js';
import { hexOfText, textOfHex } from '../protocol/frame-text.js';

/** Exit code for bad input. */
const BAD_INPUT = 3;
/** Longest line taken: hex of the largest frame, or its JSON. */
const LINE_MOST = 4_000_000;

async function* lines(given: readonly string[]): AsyncGenerator<string> {
  if (given.length > 0 && !(given.length === 1 && given[0] === '-')) yield* given;
  else yield* createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}

function tooLong(line: string): ProtocolFault | undefined {
  if (line.length <= LINE_MOST) return undefined;
  return { code: 'too-long', offset: 0, message: `The line has ${line.length} characters and may have ${LINE_MOST}.` };
}

async function print(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** One line in, one line out, also where it is refused; the exit code tells at the end. */
async function convert(given: readonly string[], one: (line: string) => string | ProtocolFault): Promise<void> {
  for await (const line of lines(given)) {
    if (line.trim() === '') continue;
    const done = tooLong(line) ?? one(line);
    if (typeof done !== 'string') process.exitCode = BAD_INPUT;
    await print(typeof done === 'string' ? done : JSON.stringify({ error: done }));
  }
}

function decoded(line: string): string | ProtocolFault {
  const frame = textOfHex(line);
  return 'code' in frame ? frame : JSON.stringify(frame);
}

export function frameCommand(): Command {
  const command = new Command('frame').description('Turns frames of the wire protocol into JSON and back, one a line.');
  command
    .command('decode')
    .description('hex digits of a frame → {"profile","type","flags","seq","ack","time","body"}')
    .argument('[hex...]', 'frames; from standard input where none is given')
    .option('--json', 'accepted for uniformity: the output is JSON in any case')
    .action((hex: string[]) => convert(hex, decoded));
  command
    .command('encode')
    .description('{"profile","type","flags","seq","ack","time","body"} → hex digits of the frame')
    .argument('[json...]', 'frames; from standard input where none is given')
    .option('--json', 'write {"hex"} instead of bare digits')
    .action((json: string[], options: { readonly json?: boolean }) =>
      convert(json, (line) => {
        const hex = hexOfText(line);
        return typeof hex === 'string' && options.json ? JSON.stringify({ hex }) : hex;
      }),
    );
  return command;
}
