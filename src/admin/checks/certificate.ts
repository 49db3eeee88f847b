import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Config } from '../../config.js';
import { sentence } from '../../errors.js';
import { ownCertificate, readDevelopmentCertificate } from '../../gateway/development-certificate.js';
import { type Finding, found } from './finding.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;
const NAME = 'certificate';

/** Which certificate EAs are shown, for which names, and for how long. */
export function checkCertificate(config: Config, nowMs: number): Finding {
  try {
    const own = ownCertificate(config);
    const files = own ?? readDevelopmentCertificate(config.data);
    if (files === undefined) return found(NAME, 'ok', 'there is no certificate yet; the first start makes one for development.');
    const certificate = new X509Certificate(files.cert);
    const what = own === undefined ? 'the development certificate' : `the certificate ${config.cert}`;
    if (!certificate.checkPrivateKey(createPrivateKey(files.key))) {
      return found(NAME, 'failed', `${what} does not belong to its private key.`);
    }
    return judged(what, certificate, nowMs, own === undefined);
  } catch (error) {
    return found(NAME, 'failed', `the certificate cannot be used: ${sentence(error).replace(/\.$/, '')}.`);
  }
}

function judged(what: string, certificate: X509Certificate, nowMs: number, development: boolean): Finding {
  const until = Date.parse(certificate.validTo);
  const from = Date.parse(certificate.validFrom);
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const days = Math.floor((until - nowMs) / DAY_MS);
  const names = namesOf(certificate);
  const told = `${what} for ${names.length > 0 ? names.join(', ') : 'no name'}`;
  if (from > nowMs) return found(NAME, 'failed', `${told} is valid only from ${day(from)}.`);
  if (until <= nowMs && development)
    return found(NAME, 'warning', `${told} ran out on ${day(until)}; the next start makes another.`);
  if (until <= nowMs) return found(NAME, 'failed', `${told} ran out on ${day(until)}.`);
  const left = `${told} is valid until ${day(until)}`;
  if (days < WARN_DAYS) return found(NAME, 'warning', `${left}, only ${days} days more.`);
  return found(NAME, 'ok', `${left}, ${days} days more.`);
}

/** Host names and addresses that the certificate is for. */
export function namesOf(certificate: X509Certificate): readonly string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((part) => part !== '')
    .map((part) => part.replace(/^(DNS|IP Address):/, ''));
}
