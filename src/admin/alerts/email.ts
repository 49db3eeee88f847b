/** Alerts as mail, over TLS: from the first byte (smtps), or after STARTTLS, which the server must offer. */
import { rootCertificates } from 'node:tls';
import { createTransport } from 'nodemailer';
import { subjectOf, textOf } from '../../alerts/message-text.js';
import type { AlertMessage } from '../../alerts/outbox.js';
import type { ChannelSettings } from '../../alerts/settings.js';
import { LIMITS } from '../../limits.js';
import { type AlertChannel, ChannelFault } from './channel.js';

type EmailSettings = Extract<ChannelSettings, { kind: 'email' }>;

/** What went wrong without the server's words, which may repeat addresses or credentials. */
function faultOf(error: unknown): ChannelFault {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const what = typeof code === 'string' ? code : 'it cannot be sent';
  return new ChannelFault(typeof responseCode === 'number' ? `${what}, the server answers ${responseCode}` : what);
}

export function emailChannel({ server, from, to, trusted }: EmailSettings): AlertChannel {
  const { protocol, hostname, port, username, password } = new URL(server);
  const secure = protocol === 'smtps:';
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: true,
    ...(username === '' ? {} : { auth }),
    tls: { minVersion: 'TLSv1.2', ...(trusted === undefined ? {} : { ca: [...rootCertificates, trusted] }) },
    connectionTimeout: LIMITS.alerts.sendMs,
    greetingTimeout: LIMITS.alerts.sendMs,
    socketTimeout: LIMITS.alerts.sendMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (message: AlertMessage) => {
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: subjectOf(message),
          text: textOf(message),
          messageId: `<${message.id}@suho>`,
          headers: { 'auto-submitted': 'auto-generated' },
        });
      } catch (error) {
        throw faultOf(error);
      }
    },
    close: () => transport.close(),
  };
}
