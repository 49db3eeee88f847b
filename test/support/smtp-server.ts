/** The package smtp-server, which tells no types: as much of it as tests use. */
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import type { Readable } from 'node:stream';

export interface SmtpSession {
  readonly secure: boolean;
  readonly envelope: { readonly rcptTo: readonly { readonly address: string }[] };
}

interface SmtpOptions {
  readonly secure: boolean;
  readonly key: string;
  readonly cert: string;
  readonly logger: boolean;
  readonly disabledCommands?: readonly string[];
  onAuth(
    auth: { readonly username: string; readonly password: string },
    session: SmtpSession,
    done: (error: Error | null, who?: object) => void,
  ): void;
  onData(stream: Readable, session: SmtpSession, done: (error?: Error) => void): void;
}

interface SmtpServer {
  readonly server: Server;
  on(event: 'error', call: () => void): void;
  listen(port: number, host: string, done: () => void): void;
  close(done: () => void): void;
}

export const { SMTPServer } = createRequire(import.meta.url)('smtp-server') as {
  readonly SMTPServer: new (options: SmtpOptions) => SmtpServer;
};
