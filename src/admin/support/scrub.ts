/**
 * Takes secrets out of a text that leaves the machine: those that the settings hold, wherever they stand, and whatever has the
 * form of one. What is cut too much costs a question; what is cut too little costs money.
 */
import { type Config, SETTING_NAMES, SETTINGS, shownValue } from '../../config.js';

const CUT = '[secret]';
/** Shorter ones would cut words out of every text. */
const KNOWN_LEAST = 6;

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, CUT],
  // Keys of EAs and of programs.
  [/\bsuho_(?:[a-z0-9][a-z0-9-]*\.)?[0-9a-f]{16,}/gi, CUT],
  // Signed tokens.
  [/\beyJ[\w-]{6,}(?:\.[\w-]+){1,2}/g, CUT],
  [/\b(Bearer|Basic)\s+[\w+/.=~-]{8,}/gi, `$1 ${CUT}`],
  [/(\/enter\/)[\w-]{16,}/g, `$1${CUT}`],
  [/\b(suho_(?:session|refresh|csrf)[^=;\s]*=)[^;\s"]+/gi, `$1${CUT}`],
  // A bot's token.
  [/\b\d{6,}:[\w-]{30,}/g, CUT],
  // Who comes in at a URL, and what its query names as a secret.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"@]+@/gi, `$1${CUT}@`],
  [/([?&](?:password|token|secret|key|sig|signature|code|state)=)[^&\s"]+/gi, `$1${CUT}`],
  [
    /("(?:[a-z]*password|[a-z]*token|[a-z]*secret|authorization|cookie|apiKey|privateKey|keyHash|totp|csrf)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${CUT}"`,
  ],
  // A hash of a key opens nothing, but tells which key it was.
  [/\b([0-9a-f]{8})[0-9a-f]{56}\b/gi, '$1…'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[address]'],
];

/** The pieces of a setting that are not shown. */
function hiddenOf(value: string, shown: string): readonly string[] {
  const hidden: string[] = [];
  let rest = value;
  const [first = '', ...pieces] = shown.split(CUT);
  rest = rest.slice(first.length);
  for (const piece of pieces) {
    const end = piece === '' ? rest.length : rest.indexOf(piece);
    if (end < 0) return [value];
    hidden.push(rest.slice(0, end));
    rest = rest.slice(end + piece.length);
  }
  return hidden;
}

/** As they were set, and as a client may have decoded them. */
export function secretsOf(config: Config): readonly string[] {
  return SETTING_NAMES.flatMap((name) => {
    const value = config[name];
    if (!SETTINGS[name].secret || typeof value !== 'string' || value === '') return [];
    return hiddenOf(value, String(shownValue(name, value))).flatMap((hidden) => [hidden, decoded(hidden)]);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const SECRET_FIELD = /password|secret|token|^url$|^user$/i;

/** Every text that stands under a field of such a name, as in the file of alerts; an address there may be a key by itself. */
export function secretFieldsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'string' ? (SECRET_FIELD.test(name) ? [one] : []) : secretFieldsOf(one),
  );
}

export type Scrub = (text: string) => string;

export function scrubber(known: Iterable<string>): Scrub {
  const longestFirst = [...new Set(known)].filter(({ length }) => length >= KNOWN_LEAST).sort((a, b) => b.length - a.length);
  const said = longestFirst.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return (text) => {
    const without = said.reduce((left, secret) => left.replaceAll(secret, CUT), text);
    return FORMS.reduce((left, [form, instead]) => left.replace(form, instead), without);
  };
}
