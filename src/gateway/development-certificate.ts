import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { SuhoError } from '../errors.js';
import type { TlsFiles } from './tcp-listener.js';

/** Two years and a bit: long enough to be forgotten, so `doctor` tells how much is left. */
const LIFE_DAYS = 800;

const CERT_FILE = 'development-cert.pem';
const KEY_FILE = 'development-key.pem';

/** The one in the folder, also where its time is over; undefined where none was made yet. */
export function readDevelopmentCertificate(folder: string): TlsFiles | undefined {
  const certPath = join(folder, CERT_FILE);
  const keyPath = join(folder, KEY_FILE);
  if (!existsSync(certPath) || !existsSync(keyPath)) return undefined;
  return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

/** Made at first start for loopback, kept in the data folder with the key readable by its owner alone; `ea-sim` pins it. */
export async function developmentCertificate(folder: string, nowMs: number): Promise<TlsFiles> {
  const known = readDevelopmentCertificate(folder);
  if (known !== undefined && Date.parse(new X509Certificate(known.cert).validTo) > nowMs) return known;
  const made = await generate([{ name: 'commonName', value: 'suho development' }], {
    keyType: 'ec',
    curve: 'P-256',
    notBeforeDate: new Date(nowMs - 86_400_000),
    notAfterDate: new Date(nowMs + LIFE_DAYS * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  writeFileSync(join(folder, KEY_FILE), made.private, { mode: 0o600 });
  writeFileSync(join(folder, CERT_FILE), made.cert);
  return { cert: made.cert, key: made.private };
}

/** The operator's own certificate, undefined where none is set. */
export function ownCertificate(settings: { readonly cert: string; readonly certKey: string }): TlsFiles | undefined {
  if (settings.cert === '' && settings.certKey === '') return undefined;
  if (settings.cert === '' || settings.certKey === '') {
    throw new SuhoError('CONFIG_INVALID', 'cert and cert-key belong together: one of them is not set');
  }
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${(error as Error).message}`);
    }
  };
  return { cert: read(settings.cert), key: read(settings.certKey) };
}

/** The operator's own certificate, or the development one. */
export async function certificateFor(
  settings: { cert: string; certKey: string; data: string },
  nowMs: number,
): Promise<TlsFiles> {
  return ownCertificate(settings) ?? developmentCertificate(settings.data, nowMs);
}
