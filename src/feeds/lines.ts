import { TextDecoder } from 'node:util';
import { SuhoError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

/** No line of market data comes near this; what does is not market data. */
const LINE_MOST = 4_096;

/** Decodes UTF-8, or UTF-16 where the bytes begin with its mark (terminals export so), and cuts lines, some at a time. */
export async function* readLines({ title, bytes }: ByteSource): AsyncGenerator<string[]> {
  let decoder: TextDecoder | undefined;
  let rest = '';
  let count = 0;
  for await (const chunk of bytes) {
    decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8');
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    count += lines.length;
    if (rest.length > LINE_MOST)
      throw new SuhoError('INPUT_INVALID', `${title}:${count + 1}: the line is longer than ${LINE_MOST} characters.`);
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  rest += decoder?.decode() ?? '';
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
