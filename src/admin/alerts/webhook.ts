/**
 * Alerts as a POST of JSON to an address of the operator's. The body is signed with the secret that both sides know, together
 * with the time, so that the receiver can tell who sent it and that it is not an old one sent again.
 */
import { createHmac } from 'node:crypto';
import { subjectOf, textOf } from '../../alerts/message-text.js';
import type { AlertMessage } from '../../alerts/outbox.js';
import type { ChannelSettings } from '../../alerts/settings.js';
import type { Clock } from '../../runtime/clock.js';
import { SUHO_VERSION } from '../../version.js';
import type { AlertChannel } from './channel.js';
import { postJson, refusedBy } from './http-call.js';

type WebhookSettings = Extract<ChannelSettings, { kind: 'webhook' }>;

/** `t=MS,v1=HEX`: HMAC-SHA-256 over `MS.BODY`. */
export function signatureOf(secret: string, atMs: number, body: string): string {
  return `t=${atMs},v1=${createHmac('sha256', secret).update(`${atMs}.${body}`).digest('hex')}`;
}

export function webhookChannel({ url, secret }: WebhookSettings, clock: Pick<Clock, 'nowMs' | 'after'>): AlertChannel {
  const ending = new AbortController();
  return {
    send: async (message: AlertMessage) => {
      const { id, notices, givenUp } = message;
      const atMs = clock.nowMs();
      const body = JSON.stringify({ id, sentAtMs: atMs, subject: subjectOf(message), text: textOf(message), notices, givenUp });
      const headers = {
        'user-agent': `suho/${SUHO_VERSION}`,
        'x-suho-delivery': id,
        'x-suho-signature': signatureOf(secret, atMs, body),
      };
      const answer = await postJson({ url, body, headers, timers: clock, signal: ending.signal });
      if (answer.status < 200 || answer.status > 299) throw refusedBy(answer);
    },
    close: () => ending.abort(),
  };
}
