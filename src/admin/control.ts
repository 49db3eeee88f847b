/**
 * How commands reach a running node: a Unix socket in the data folder (a named pipe on Windows) that only the folder's owner
 * may open. One request, one reply, a JSON line each.
 */
import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { SuhoError, ERROR_CODES, type ErrorCode, sentence } from '../errors.js';

export type ControlMethods = Readonly<Record<string, (parameters: unknown) => Promise<unknown>>>;

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

export function controlPath(dataFolder: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\suho-${resolve(dataFolder).replace(/[^A-Za-z0-9]/g, '-')}`;
  return join(dataFolder, 'control.sock');
}

async function answer(methods: ControlMethods, line: string): Promise<Reply> {
  try {
    const { method, parameters } = JSON.parse(line) as { method: string; parameters: unknown };
    const call = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (call === undefined)
      throw new SuhoError('NOT_FOUND', `this node does not know the request ${method}; is it of another version?`);
    return { result: (await call(parameters)) ?? null };
  } catch (error) {
    return { error: { code: error instanceof SuhoError ? error.code : 'UNREACHABLE', message: sentence(error) } };
  }
}

/** The caller holds the folder's lock, so a socket file that is there is left over from a killed node. */
export async function serveControl(dataFolder: string, methods: ControlMethods): Promise<{ close(): Promise<void> }> {
  const path = controlPath(dataFolder);
  if (process.platform !== 'win32' && existsSync(path)) unlinkSync(path);
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on('line', async (line) => {
      const reply = await answer(methods, line);
      if (!socket.destroyed) socket.end(`${JSON.stringify(reply)}\n`);
    });
  });
  // Created under a umask that leaves it to its owner from the first moment on; chmod says so once more.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        failed(
          new SuhoError(
            'FILE_UNREADABLE',
            `the control socket ${path} cannot be made (${error.code ?? error.message}); is the path too long?`,
          ),
        ),
      );
      server.listen(path, done);
    });
  } finally {
    process.umask(umask);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
      }),
  };
}

/** Undefined when no node runs on the folder. */
export async function callNode<R>(
  dataFolder: string,
  method: string,
  parameters: unknown,
): Promise<{ readonly result: R } | undefined> {
  const socket = createConnection(controlPath(dataFolder));
  const connected = await new Promise<boolean>((done, failed) => {
    socket.once('connect', () => done(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') done(false);
      else failed(new SuhoError('UNREACHABLE', `the node on ${dataFolder} cannot be reached: ${error.code ?? error.message}`));
    });
  });
  if (!connected) return undefined;
  socket.on('error', () => socket.destroy());
  socket.write(`${JSON.stringify({ method, parameters })}\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  if (text === '') throw new SuhoError('UNREACHABLE', `the node on ${dataFolder} closed without an answer`);
  const reply = JSON.parse(text) as Reply;
  if (reply.error !== undefined) {
    const code = reply.error.code in ERROR_CODES ? (reply.error.code as ErrorCode) : 'UNREACHABLE';
    throw new SuhoError(code, reply.error.message);
  }
  return { result: reply.result as R };
}
