/**
 * Settings, and the only reader of the environment. One table says all there is to say of each: its schema, default and
 * help; a value comes from the flag, then `SUHO_*`, then `suho.config.json`, then the default. Parsed once and frozen; what
 * is wrong is said in one sentence that names the setting and where it was set.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { SuhoError } from './errors.js';

/** A number, or its digits: what `Number` makes of '', null or true is none. */
const numeral = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'a number')
    .transform(Number),
]);
const whole = (least: number, most: number) => numeral.pipe(z.number().int().min(least).max(most));

/** 0 takes any free port; `off` opens none. */
const port = z.union([z.literal('off'), whole(0, 65_535)]);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

const ranges = z.string().regex(/^([0-9a-fA-F.:]+(\/\d+)?(,\s*|$))*$/, 'addresses, or ranges like 10.0.0.0/8');

/** What a header of HTTP can carry. */
const key = z.string().regex(/^[\x21-\x7e]*$/, 'a key without spaces');

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly default: z.input<T>;
  readonly help: string;
  /** `whole`: nothing of it is shown; true: a URL, of which passwords are not. */
  readonly secret?: boolean | 'whole';
}

function setting<T extends z.ZodType>(schema: T, value: z.input<T>, help: string, secret: boolean | 'whole' = false): Setting<T> {
  return { schema, default: value, help, secret };
}

export const SETTINGS = {
  data: setting(z.string().min(1), './var', 'data folder, locked by its node'),
  seed: setting(whole(0, Number.MAX_SAFE_INTEGER), 1, 'seed of the synthetic market and of the demo'),
  speed: setting(numeral.pipe(z.number().min(0.1).max(600)), 4, 'how many times faster than real time the demo runs'),
  demo: setting(flag, true, 'run the demo: synthetic market, three tenants, simulated EAs'),
  demoEas: setting(whole(0, 200), 9, 'simulated EAs of the demo, spread over its tenants'),
  demoBegan: setting(
    z.union([z.literal(''), z.iso.datetime()]),
    '',
    'when the demo began, by the machine’s clock, as 2026-03-02T07:00:00Z: nodes that are told the same share one time and market; empty: each has its own',
  ),
  demoClockOff: setting(
    whole(-3_600_000, 3_600_000),
    0,
    'milliseconds that a node’s clock is ahead of the demo’s market, to see what a wrong clock does; less than 0: behind',
  ),
  history: setting(
    z.string(),
    '',
    'files of ticks or bars that a node without the demo warms up from: SYMBOL=FILE, several with commas',
  ),
  historyClock: setting(z.string(), '', 'clock of the history where its format does not fix it: utc, est, eet or +HH:MM'),
  feed: setting(
    z.string().regex(/^(off|ea:[0-9a-f-]{36}(,\s*[0-9a-f-]{36})*)$/i, 'off, or ea:ACCOUNT_ID'),
    'off',
    'market of a node without the demo: off, or ea:ACCOUNT_ID, the quotes of an account here; several with commas, in order of preference',
  ),
  feedShared: setting(flag, false, 'let tenants decide by prices that come from an account of another tenant'),
  cluster: setting(
    z.string().regex(/^((nats|tls):\/\/[^\s]+)?$/, 'nats://HOST:PORT, several with commas'),
    '',
    'NATS servers over which this node works together with others; they share one ledger server',
    true,
  ),
  node: setting(
    z.string().regex(/^[A-Za-z0-9_.-]{0,60}$/, 'letters, digits, dots, dashes'),
    '',
    'name of this node in its cluster; by chance where none is given',
  ),
  advertise: setting(
    z
      .string()
      .regex(/^((tls|tcp|wss|ws):\/\/(\[[0-9a-fA-F:]+\]|[^\s/:,[\]]+):\d{1,5}(,\s*|$))*$/, 'addresses like tls://HOST:PORT'),
    '',
    'addresses by which EAs reach this node, as other nodes of its cluster send them here: tls://HOST:PORT, or tcp, wss, ws, several with commas; none: its listeners, where they are on loopback',
  ),
  host: setting(z.string().min(1), '127.0.0.1', 'address that the listeners bind to'),
  eaPort: setting(port, 8443, 'EAs over TLS'),
  wsPort: setting(port, 8444, 'EAs over WebSocket'),
  tcpPort: setting(port, 'off', 'EAs over plain TCP'),
  suho1Port: setting(port, 'off', 'EAs that speak suho-1, over WebSocket'),
  allowPlain: setting(flag, false, 'let plain TCP and WebSocket bind beyond loopback'),
  httpPort: setting(port, 8080, 'HTTP: the page, the interface, health, metrics'),
  httpTls: setting(flag, false, 'HTTP over TLS, with the certificate of the EAs’ listeners'),
  httpPlain: setting(flag, false, 'let HTTP without TLS bind beyond loopback, as behind a proxy that has TLS'),
  publicUrl: setting(
    z.string().regex(/^(https?:\/\/[^\s/?#]+)?$/, 'an http:// or https:// URL without a path'),
    '',
    'how browsers reach HTTP, where that is not by host and port',
  ),
  metricsFrom: setting(
    ranges,
    '127.0.0.0/8, ::1/128',
    'addresses that /metrics, and the parts of /readyz, are told to without a sign-in; several with commas',
  ),
  trustedProxies: setting(
    ranges,
    '',
    'addresses of proxies in front of HTTP whose X-Forwarded-For is believed; several with commas; none: the socket’s address counts',
  ),
  roleAddresses: setting(
    z.string().regex(/^([a-z-]+=[0-9a-fA-F.:/]+(,\s*|$))*$/, 'ROLE=RANGE'),
    '',
    'addresses that users of a role may come from: ROLE=RANGE, several with commas; a role without one may come from everywhere',
  ),
  oidcIssuer: setting(
    z.string().regex(/^(https?:\/\/\S+)?$/, 'an http:// or https:// URL'),
    '',
    'URL of the OpenID provider that users may sign in by; none: by password alone',
  ),
  oidcClient: setting(key, '', 'id of this node at the OpenID provider'),
  oidcSecret: setting(key, '', 'its secret there', 'whole'),
  oidcClaim: setting(z.string().regex(/^[\w.:/-]{1,128}$/, 'the name of a claim'), 'groups', 'claim that tells a user’s role'),
  oidcRoles: setting(
    z.string().regex(/^([^\s,=]+=[a-z-]+(@[a-z0-9-]+)?(,\s*|$))*$/, 'VALUE=ROLE or VALUE=ROLE@TENANT'),
    '',
    'roles by values of that claim: VALUE=ROLE or VALUE=ROLE@TENANT, several with commas; the first that fits counts',
  ),
  ledger: setting(
    z.union([z.literal('embedded'), z.string().regex(/^postgres(ql)?:\/\//, 'embedded, or a postgres:// URL')]),
    'embedded',
    'embedded, or postgres://…',
    true,
  ),
  analytics: setting(
    z.union([z.enum(['embedded', 'off']), z.string().regex(/^https?:\/\//, 'embedded, off, or an http:// URL')]),
    'embedded',
    'embedded, off, or http(s)://… of a ClickHouse server',
    true,
  ),
  cache: setting(
    z.union([z.literal('embedded'), z.string().regex(/^rediss?:\/\//, 'embedded, or a redis:// URL')]),
    'embedded',
    'hot cache: embedded, or redis://… or rediss://… of Redis or DragonflyDB',
    true,
  ),
  bus: setting(
    z.union([z.literal('embedded'), z.string().regex(/^(nats|tls):\/\//, 'embedded, or nats:// URLs')]),
    'embedded',
    'bus: embedded, or nats://… or tls://…, several with commas',
    true,
  ),
  patterns: setting(
    z.union([z.literal('embedded'), z.string().regex(/^weaviates?:\/\//, 'embedded, or a weaviate:// URL')]),
    'embedded',
    'pattern store: embedded, or weaviate://[KEY@]HOST[:PORT][?grpc=PORT], weaviates:// with TLS',
    true,
  ),
  cert: setting(z.string(), '', 'TLS certificate (PEM); with none a development certificate is made'),
  certKey: setting(z.string(), '', 'private key of the certificate (PEM)'),
  archive: setting(
    z.string().regex(/^(embedded$|\/|[A-Za-z]:[\\/]|s3\+https?:\/\/)/, 'embedded, an absolute path, or an s3+https:// URL'),
    'embedded',
    'embedded, the absolute path of a folder, or s3+https://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=REGION]',
    true,
  ),
  news: setting(
    z.string(),
    '',
    'file of news times that trading settings keep clear of: CSV or JSON of time, currency, impact, title',
  ),
  modelDays: setting(whole(1, 3_650), 180, 'days after which a model that was trained now is not used any more'),
  advisers: setting(
    z
      .string()
      .regex(
        /^(off|[a-z]+:[^\s,@]+(@https?:\/\/[^\s,?#@]+)?(,\s*[a-z]+:[^\s,@]+(@https?:\/\/[^\s,?#@]+)?)*)$/,
        'off, or PROVIDER:MODEL',
      ),
    'off',
    'models outside that join predictions: off, or openai:MODEL, deepseek:MODEL, google:MODEL, other:MODEL@URL, several with commas',
    true,
  ),
  openaiKey: setting(key, '', 'key of the adviser openai', 'whole'),
  deepseekKey: setting(key, '', 'key of the adviser deepseek', 'whole'),
  googleKey: setting(key, '', 'key of the adviser google', 'whole'),
  adviserKey: setting(key, '', 'key of the adviser other', 'whole'),
  adviserRequests: setting(whole(0, 1_000_000), 500, 'requests to each adviser in a day of UTC'),
  adviserTokens: setting(whole(0, 1_000_000_000), 500_000, 'tokens that each adviser may use in a day of UTC'),
  traces: setting(
    z.string().regex(/^(off$|https?:\/\/)/, 'off, or an http:// URL'),
    'off',
    'collector of OpenTelemetry traces: off, or where it takes OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces',
    true,
  ),
  traceShare: setting(numeral.pipe(z.number().min(0).max(1)), 0.05, 'share of candle closes that are traced, from 0 to 1'),
  alerts: setting(z.string(), '', 'file of how alerts reach somebody: channels, steps, quiet hours, limits (docs/ALERTS.md)'),
  logLevel: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info', 'least level that is logged'),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Config = { readonly [N in SettingName]: z.output<(typeof SETTINGS)[N]['schema']> };
export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

export interface ResolvedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
  readonly file: string | undefined;
}

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

function words(name: string): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

/** `eaPort` → `--ea-port`. */
export function flagOf(name: SettingName): string {
  return `--${words(name).join('-')}`;
}

/** `eaPort` → `SUHO_EA_PORT`. */
export function variableOf(name: SettingName): string {
  return `SUHO_${words(name).join('_').toUpperCase()}`;
}

const CONFIG_FILE = 'suho.config.json';

function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SuhoError('CONFIG_INVALID', `${path} cannot be read: ${(error as Error).message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('CONFIG_INVALID', `${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SuhoError('CONFIG_INVALID', `${path} must hold one object of settings`);
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(SETTINGS, key)) throw new SuhoError('CONFIG_INVALID', `${path} sets ${key}, which is not a setting`);
  }
  return value as Record<string, unknown>;
}

export interface ConfigInput {
  /** Values of flags, by setting name. */
  readonly flags?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Path of the settings file; by default `suho.config.json` in the working folder, where there is one. */
  readonly file?: string;
}

export function resolveConfig(input: ConfigInput = {}): ResolvedConfig {
  const environment = input.environment ?? process.env;
  const file = input.file ?? environment.SUHO_CONFIG ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  const fromFile = file === undefined ? {} : readConfigFile(file);
  rejectUnknownVariables(environment);
  const config: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of SETTING_NAMES) {
    const { schema } = SETTINGS[name];
    const [source, raw, where] = pick(name, input.flags ?? {}, environment, fromFile, file);
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      const shown = SETTINGS[name].secret ? '' : ` is ${JSON.stringify(raw)}, but`;
      throw new SuhoError('CONFIG_INVALID', `${where}${shown} must be: ${problemOf(parsed.error)} (${SETTINGS[name].help})`);
    }
    config[name] = parsed.data;
    sources[name] = source;
  }
  checkTogether(config as Config);
  return { config: Object.freeze(config) as Config, sources: sources as Record<SettingName, SettingSource>, file };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Whether keys may travel in the clear: to loopback, or where the operator says so. */
export function mayBePlain({ host, allowPlain }: Pick<Config, 'host' | 'allowPlain'>): boolean {
  return allowPlain || isLoopback(host);
}

/** The parts of a setting that takes several with commas. */
export function several(value: string): readonly string[] {
  return value.split(/,\s*/).filter((one) => one !== '');
}

/** What each setting allows by itself, and another forbids. */
function checkTogether(config: Config): void {
  if (config.history !== '' && config.demo)
    throw new SuhoError('CONFIG_INVALID', 'history warms up a node that has no demo: set demo to false as well');
  if (config.feed !== 'off' && config.demo)
    throw new SuhoError('CONFIG_INVALID', 'the demo has its own market: for feed set demo to false as well');
  if (config.httpPort !== 'off' && !config.httpTls && !config.httpPlain && !isLoopback(config.host))
    throw new SuhoError(
      'CONFIG_INVALID',
      `HTTP without TLS on ${config.host} would carry passwords in the clear: set httpTls, or httpPlain behind a proxy, or httpPort to off`,
    );
  if (config.cluster !== '' && config.ledger === 'embedded')
    throw new SuhoError('CONFIG_INVALID', 'nodes of a cluster share one ledger: set ledger to a PostgreSQL server as well');
  if (config.cluster !== '' && config.bus !== 'embedded' && config.bus !== config.cluster)
    throw new SuhoError('CONFIG_INVALID', 'the servers of a cluster are its bus: leave bus out');
  if (config.oidcIssuer !== '' && config.oidcClient === '')
    throw new SuhoError('CONFIG_INVALID', 'oidcIssuer needs the id of this node there: set oidcClient as well');
  if (config.tcpPort !== 'off' && !mayBePlain(config)) {
    throw new SuhoError(
      'CONFIG_INVALID',
      `plain TCP (tcpPort) on ${config.host} would carry keys in the clear: set allowPlain as well, or tcpPort to off`,
    );
  }
}

function pick(
  name: SettingName,
  flags: Readonly<Partial<Record<SettingName, unknown>>>,
  environment: Readonly<Record<string, string | undefined>>,
  fromFile: Readonly<Record<string, unknown>>,
  file: string | undefined,
): [SettingSource, unknown, string] {
  const variable = variableOf(name);
  if (flags[name] !== undefined) return ['flag', flags[name], flagOf(name)];
  if (environment[variable] !== undefined) return ['environment', environment[variable], variable];
  if (Object.hasOwn(fromFile, name)) return ['file', fromFile[name], `${name} in ${file}`];
  return ['default', SETTINGS[name].default, name];
}

/** Variables that the tests and the settings file's own path use, and that are not settings. */
const OTHER_VARIABLES = new Set(['SUHO_CONFIG', 'SUHO_PROOF', 'SUHO_TEST_WEAVIATE']);

function rejectUnknownVariables(environment: Readonly<Record<string, string | undefined>>): void {
  const known = new Set<string>([...SETTING_NAMES.map(variableOf), ...OTHER_VARIABLES]);
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('SUHO_') && !known.has(variable)) {
      throw new SuhoError('CONFIG_INVALID', `${variable} is set, but there is no such setting; see suho config print`);
    }
  }
}

function problemOf(error: z.ZodError): string {
  const describe = (issue: z.core.$ZodIssue): string => {
    if (issue.code === 'invalid_union') return [...new Set(issue.errors.flat().map(describe))].join(', or ');
    if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    if (issue.code === 'too_small') return `at least ${issue.minimum}`;
    if (issue.code === 'too_big') return `at most ${issue.maximum}`;
    if (issue.code === 'invalid_type') return `a ${issue.expected === 'int' ? 'whole number' : issue.expected}`;
    return issue.message;
  };
  return error.issues.map(describe).join('; ');
}

/** A password before the host, which may hold an @ of its own, or in the query; and where a key stands alone before the host. */
const URL_SECRETS = [
  /((?:nats|tls|weaviates?):\/\/)[^:/?#@,]+(?=@)/gi,
  /(:\/\/[^:/?#@]*:).*(?=@)/,
  /([?&](?:password|sslpassword|sslkey)=)[^&]*/gi,
];

/** A setting as it may be shown: passwords in URLs are not. */
export function shownValue(name: SettingName, value: unknown): unknown {
  const { secret } = SETTINGS[name];
  if (!secret || typeof value !== 'string') return value;
  if (secret === 'whole') return value === '' ? '' : '[secret]';
  return URL_SECRETS.reduce((shown, secret) => shown.replace(secret, '$1[secret]'), value);
}
