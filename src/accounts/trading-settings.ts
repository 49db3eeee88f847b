/**
 * How a tenant lets the engine trade: the limits of risk, and what becomes of a position once it is open. One table says all
 * there is to say of each setting: its schema, default and meaning (docs/RISK.md holds the same table, and a test compares).
 * Stored is what was set; an account's settings are laid over its tenant's, and those over the defaults, field by field.
 *
 * null is no limit.
 */
import { z } from 'zod';
import { canonicalSymbol, instrumentOf } from '../market/instrument.js';

export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export const IMPACTS = ['high', 'medium', 'low'] as const;
export type Impact = (typeof IMPACTS)[number];
export const BREACH_ACTIONS = ['disable', 'close'] as const;
export const DIRECTIONS_ALLOWED = ['both', 'long-only', 'short-only', 'close-only'] as const;
export const TRAILING_MODES = ['atr', 'pips', 'r'] as const;

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly default: z.output<T>;
  /** What it is, for docs/RISK.md. */
  readonly help: string;
}

function setting<T extends z.ZodType>(schema: T, value: z.output<T>, help: string): Setting<T> {
  return { schema, default: value, help };
}

function amount(least: number, most: number) {
  const must = `must be a number from ${least} to ${most}`;
  return z.number(must).min(least, must).max(most, must);
}

function count(least: number, most: number) {
  const must = `must be a whole number from ${least} to ${most}`;
  return z.int(must).min(least, must).max(most, must);
}

/** A limit, or none. */
function limit(kind: typeof amount | typeof count, least: number, most: number) {
  const whole = kind === count ? 'whole ' : '';
  const must = `must be a ${whole}number from ${least} to ${most}, or null for no limit`;
  const number = kind === count ? z.int(must) : z.number(must);
  return number.min(least, must).max(most, must).nullable();
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, `must be one of ${words.join(', ')}`);
}

const flag = z.boolean('must be true or false');
const time = z
  .string('must be a time of day, HH:MM in UTC')
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM in UTC');
const endTime = z
  .string('must be a time of day, HH:MM in UTC')
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day, HH:MM in UTC, or 24:00');

const symbols = z
  .array(z.string('must be the name of a symbol'), 'must be a list of symbols, or null for all')
  .min(1, 'must name a symbol at least, or be null for all')
  .transform((names, context) => {
    const known = names.map((name) => {
      const symbol = canonicalSymbol(name);
      if (symbol !== undefined && instrumentOf(symbol) !== undefined) return symbol;
      context.addIssue({ code: 'custom', message: `names ${name}, which is not a symbol of this engine` });
      return '';
    });
    return [...new Set(known)] as readonly string[];
  })
  .nullable();

const brokerNames = z
  .record(z.string(), z.string('must be a broker’s name of a symbol').min(1, 'must be a broker’s name of a symbol').max(64))
  .superRefine((names, context) => {
    for (const symbol of Object.keys(names))
      if (instrumentOf(symbol) === undefined)
        context.addIssue({ code: 'custom', message: `names ${symbol}, which is not a symbol of this engine` });
  })
  .nullable();

const span = z
  .strictObject({
    days: z.array(oneOf(WEEKDAYS), 'must be a list of weekdays').min(1, 'must name a weekday at least'),
    from: time,
    to: endTime,
  })
  .refine(({ from, to }) => from < to, 'must end after it begins; over midnight it takes two spans');
const hours = z.array(span, 'must be a list of spans, or null for always').min(1, 'must hold a span at least').nullable();
/** A span of the week in which new trades may be opened: on these days, from a time to before another, UTC. */
export type TradingSpan = z.output<typeof span>;

const impacts = z.array(oneOf(IMPACTS), 'must be a list of impacts').min(1, 'must name an impact at least');

/** `risk`: what a new trade must keep to. */
export const RISK_SETTINGS = {
  riskPercentMost: setting(amount(0.01, 10), 2, 'most of the equity that one trade may lose at its stop, in percent'),
  symbols: setting(symbols, null, 'symbols that may be traded; null for all that the tenant follows'),
  brokerNames: setting(
    brokerNames,
    null,
    'broker’s symbol to trade, by the engine’s name, where the broker has several of the same: {"EURUSD": "EURUSD.pro"}',
  ),
  directions: setting(oneOf(DIRECTIONS_ALLOWED), 'both', 'both, long-only, short-only, or close-only for no new trade at all'),
  hours: setting(hours, null, 'when new trades may be opened: {days, from, to} in UTC; null for always'),
  newsBlackout: setting(flag, true, 'no new trade around news of its currencies, where the node has a file of news'),
  newsMinutesBefore: setting(count(0, 1_440), 15, 'minutes before a time of news from which on none is opened'),
  newsMinutesAfter: setting(count(0, 1_440), 15, 'minutes after it until which none is opened'),
  newsImpacts: setting(impacts, ['high'], 'which news count: high, medium, low'),
  spreadPipsMost: setting(limit(amount, 0.1, 10_000), null, 'widest spread at which a trade is opened, in pips'),
  openPositionsMost: setting(
    limit(count, 1, 1_000),
    20,
    'positions and undecided signals of the account, the user’s own among them',
  ),
  positionsPerSymbolMost: setting(limit(count, 1, 1_000), null, 'the same, of one symbol'),
  currencyExposureMostPercent: setting(
    limit(amount, 1, 100_000),
    null,
    'net worth of one currency, bought or sold, in percent of equity',
  ),
  correlatedExposureMostPercent: setting(
    limit(amount, 1, 100_000),
    null,
    'net worth of the symbol and of those that go with it or against it, in percent of equity',
  ),
  correlationLeast: setting(amount(0.1, 1), 0.7, 'from which correlation on, either sign, symbols count as going together'),
  leverageMost: setting(limit(amount, 0.1, 5_000), null, 'worth of all positions, as a multiple of equity'),
  marginLevelLeastPercent: setting(limit(amount, 1, 100_000), 150, 'equity in percent of the margin in use, with the new trade'),
  marginLevelStopsPercent: setting(
    limit(amount, 1, 100_000),
    100,
    'margin level of the account as it is, below which onBreach is done',
  ),
  marginFreeLeastPercent: setting(limit(amount, 0, 100), null, 'free margin left in percent of equity, with the new trade'),
  dailyLossMostPercent: setting(
    limit(amount, 0.1, 100),
    5,
    'loss of the broker’s day, closed and floating, in percent of the balance that it began with',
  ),
  weeklyLossMostPercent: setting(
    limit(amount, 0.1, 100),
    10,
    'loss of the broker’s week from Monday, in percent of the balance that it began with',
  ),
  drawdownHalvesPercent: setting(limit(amount, 0.1, 100), 10, 'drawdown from the highest equity beyond which sizes are halved'),
  drawdownStopsPercent: setting(limit(amount, 0.1, 100), 20, 'drawdown beyond which no trade is opened'),
  onBreach: setting(
    oneOf(BREACH_ACTIONS),
    'disable',
    'once a loss, the drawdown or the margin level is past its limit: disable the account, or close what the engine opened',
  ),
} as const;

/** `exits`: what becomes of an open position of ours, beside its stop and target. */
export const EXIT_SETTINGS = {
  breakEven: setting(flag, false, 'move the stop to the entry once the trade has earned breakEvenAfterR'),
  breakEvenAfterR: setting(amount(0.1, 20), 1, 'that gain, as a multiple of the risk at entry'),
  breakEvenLockPips: setting(amount(0, 1_000), 0, 'how far beyond the entry the stop is put, in pips'),
  trailing: setting(flag, false, 'let the stop follow the price'),
  trailingMode: setting(
    oneOf(TRAILING_MODES),
    'atr',
    'unit of its distance: atr (atr_14 of the signal’s timeframe at its last close), pips, or r (risk at entry)',
  ),
  trailingDistance: setting(amount(0.1, 10_000), 1.5, 'distance of the stop from the price, in that unit'),
  trailingAfterR: setting(amount(0, 20), 1, 'gain from which on it follows, as a multiple of the risk at entry'),
  trailingStepPips: setting(amount(0.1, 1_000), 1, 'least that the stop is moved, in pips'),
  partial: setting(flag, false, 'close a share of the position once the trade has earned partialAtR'),
  partialAtR: setting(amount(0.1, 20), 1, 'that gain, as a multiple of the risk at entry'),
  partialShare: setting(amount(0.05, 0.95), 0.5, 'share of the volume that is closed'),
  timeStop: setting(flag, false, 'close a position that is older than timeStopCandles'),
  timeStopCandles: setting(count(1, 10_000), 48, 'that age, in candles of the signal’s timeframe'),
  fridayClose: setting(flag, false, 'close everything of ours on Friday at fridayCloseAt, and open nothing after'),
  fridayCloseAt: setting(time, '20:30', 'that time, UTC'),
} as const;

type Values<T extends Readonly<Record<string, Setting<z.ZodType>>>> = { readonly [N in keyof T]: z.output<T[N]['schema']> };
export type RiskSettings = Values<typeof RISK_SETTINGS>;
export type ExitSettings = Values<typeof EXIT_SETTINGS>;

export interface TradingSettings {
  readonly risk: RiskSettings;
  readonly exits: ExitSettings;
}

/** What was set of them. */
export interface TradingOverrides {
  readonly risk?: Partial<RiskSettings>;
  readonly exits?: Partial<ExitSettings>;
}

function section<T extends Readonly<Record<string, Setting<z.ZodType>>>>(settings: T) {
  const shape = Object.fromEntries(Object.entries(settings).map(([field, { schema }]) => [field, schema.optional()]));
  return z.strictObject(shape as { [N in keyof T]: z.ZodOptional<T[N]['schema']> }, 'must be an object of settings');
}

function defaultsOf<T extends Readonly<Record<string, Setting<z.ZodType>>>>(settings: T): Values<T> {
  return Object.freeze(
    Object.fromEntries(Object.entries(settings).map(([name, { default: value }]) => [name, value])),
  ) as Values<T>;
}

export const DEFAULT_TRADING: TradingSettings = Object.freeze({
  risk: defaultsOf(RISK_SETTINGS),
  exits: defaultsOf(EXIT_SETTINGS),
});

const overrides = z.strictObject(
  { risk: section(RISK_SETTINGS).optional(), exits: section(EXIT_SETTINGS).optional() },
  'trading settings must be an object with the sections risk and exits',
);

/** What each setting allows by itself, and another forbids. */
function faultTogether({ risk }: TradingSettings): string | undefined {
  const { drawdownHalvesPercent: halves, drawdownStopsPercent: stops } = risk;
  if (halves !== null && stops !== null && halves > stops)
    return `risk.drawdownHalvesPercent must not be above risk.drawdownStopsPercent, and ${halves} is above ${stops}`;
  const { dailyLossMostPercent: daily, weeklyLossMostPercent: weekly } = risk;
  if (daily !== null && weekly !== null && daily > weekly)
    return `risk.dailyLossMostPercent must not be above risk.weeklyLossMostPercent, and ${daily} is above ${weekly}`;
  return undefined;
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    return `${path === '' ? key : `${path}.${key}`} is not a trading setting`;
  }
  return path === '' ? issue.message : `${path} ${issue.message}`;
}

function laid<T extends object>(under: T, over: Partial<T> | undefined): T {
  return over === undefined || Object.keys(over).length === 0 ? under : { ...under, ...over };
}

/** The settings with what was set laid over them; the same object where nothing was. */
export function resolveTrading(under: TradingSettings, over: TradingOverrides): TradingSettings {
  const risk = laid(under.risk, over.risk);
  const exits = laid(under.exits, over.exits);
  return risk === under.risk && exits === under.exits ? under : { risk, exits };
}

export type ParsedTrading =
  | { readonly ok: true; readonly overrides: TradingOverrides }
  | { readonly ok: false; readonly sentence: string };

/** What was set, checked by itself and laid over what it will lie on: the defaults for a tenant, its tenant's for an account. */
export function parseTrading(input: unknown, under: TradingSettings = DEFAULT_TRADING): ParsedTrading {
  const parsed = overrides.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { ok: false, sentence: issue === undefined ? 'trading settings are not right' : sentenceOf(issue) };
  }
  const told = withoutEmpty(parsed.data as TradingOverrides);
  const sentence = faultTogether(resolveTrading(under, told));
  return sentence === undefined ? { ok: true, overrides: told } : { ok: false, sentence };
}

function withoutEmpty({ risk, exits }: TradingOverrides): TradingOverrides {
  const filled = (of: object | undefined): boolean => of !== undefined && Object.keys(of).length > 0;
  return { ...(filled(risk) ? { risk } : {}), ...(filled(exits) ? { exits } : {}) } as TradingOverrides;
}
