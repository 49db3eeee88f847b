/** What a client may say: topics that it wants to hear, from which places on, and topics that it does not any more. */
import { z } from 'zod';
import { LIMITS } from '../../limits.js';

const topic = z.string().max(64);
const topics = z.array(topic).max(LIMITS.streams.asked);

const schema = z.strictObject({
  subscribe: topics.default([]),
  unsubscribe: topics.default([]),
  /** Cursors by topic. */
  from: z.record(topic, z.string().max(64)).default({}),
});

export type ClientMessage = z.output<typeof schema>;

/** Undefined where it is none. */
export function readClientMessage(text: string): ClientMessage | undefined {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
