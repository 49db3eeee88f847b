import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { generate } from 'selfsigned';

import { ChannelFault } from '../../../src/admin/alerts/channel.js';
import { emailChannel } from '../../../src/admin/alerts/email.js';
import { alertOf, messageOf } from '../../support/alert-servers.js';
import { SMTPServer } from '../../support/smtp-server.js';

const MADE = await generate([{ name: 'commonName', value: 'mail of tests' }], {
  keyType: 'ec',
  curve: 'P-256',
  extensions: [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ],
});

interface Mail {
  readonly secure: boolean;
  readonly to: readonly string[];
  readonly text: string;
}

async function mailServer(options: { readonly secure: boolean; readonly plain?: boolean; readonly full?: () => boolean }) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ secure: options.secure, key: MADE.private, cert: MADE.cert, logger: false },
    ...(options.plain ? { disabledCommands: ['STARTTLS'] } : {}),
    onAuth: ({ username, password }, _session, done) =>
      username === 'suho' && password === 'p@ss:word' ? done(null, { user: username }) : done(new Error('no')),
    onData: (stream, { secure, envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (options.full?.()) return done(Object.assign(new Error('the box of suho is full'), { responseCode: 452 }));
        mails.push({ secure, to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    mails,
    port: (server.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

const MESSAGE = messageOf(alertOf({ severity: 'critical', sentence: 'Signals are late – sehr spät.' }));

function channelTo(server: string, trusted: string | undefined = MADE.cert) {
  return emailChannel({
    ...{ kind: 'email', server, from: 'suho@engine.example', to: ['anna@desk.example', 'boris@desk.example'] },
    ...(trusted === undefined ? {} : { trusted }),
    ...{ least: 'info', perMinute: 6 },
  });
}

async function faultOf(server: string, trusted?: string | undefined): Promise<string> {
  const channel = channelTo(server, trusted);
  try {
    const error = await channel.send(MESSAGE).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ChannelFault, String(error));
    return error.message;
  } finally {
    await channel.close();
  }
}

describe('mail', () => {
  for (const secure of [true, false])
    it(`goes over TLS ${secure ? 'from the first byte' : 'after STARTTLS'}, to everybody at once`, async () => {
      await using server = await mailServer({ secure });
      const channel = channelTo(`${secure ? 'smtps' : 'smtp'}://suho:p%40ss%3Aword@127.0.0.1:${server.port}`);
      await channel.send(MESSAGE);
      await channel.close();
      const [mail] = server.mails;
      assert.deepEqual([mail?.secure, mail?.to], [true, ['anna@desk.example', 'boris@desk.example']]);
      assert.match(mail?.text ?? '', /^Subject: .*Suho #1 CRITICAL signals-late/im);
      assert.match(mail?.text ?? '', /^Message-ID: <alert-1-fired-1@suho>/im);
      assert.match(mail?.text ?? '', /What to look at: look at the load\./);
    });

  it('goes to no server that offers no TLS, or that is not who it says', async () => {
    await using plain = await mailServer({ secure: false, plain: true });
    assert.match(await faultOf(`smtp://suho:p%40ss%3Aword@127.0.0.1:${plain.port}`, MADE.cert), /^ETLS/);
    await using stranger = await mailServer({ secure: true });
    const channel = emailChannel({
      ...{ kind: 'email', server: `smtps://suho:p%40ss%3Aword@127.0.0.1:${stranger.port}`, from: 'a@b.example' },
      ...{ to: ['c@d.example'], least: 'info', perMinute: 6 },
    });
    await assert.rejects(
      channel.send(MESSAGE),
      (error: Error) => error instanceof ChannelFault && !error.message.includes('word'),
    );
    await channel.close();
    assert.deepEqual([plain.mails, stranger.mails], [[], []]);
  });

  it('that is refused is told by the server’s status, and not in its words', async () => {
    await using server = await mailServer({ secure: true, full: () => true });
    assert.equal(
      await faultOf(`smtps://suho:p%40ss%3Aword@127.0.0.1:${server.port}`, MADE.cert),
      'EMESSAGE, the server answers 452',
    );
    assert.equal(await faultOf(`smtps://suho:wrong@127.0.0.1:${server.port}`, MADE.cert), 'EAUTH, the server answers 535');
  });
});
