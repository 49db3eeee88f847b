/** How alerts reach somebody: channels, who is told when, quiet hours, other limits. Read from a file by whoever may; checked here. */
import { z } from 'zod';
import { SuhoError } from '../errors.js';
import type { Escalation } from './alert-book.js';
import type { Rate } from './outbox.js';
import { QuietHours, WEEKDAYS } from './quiet-hours.js';
import { ALERT_SEVERITIES, type AlertRule, type AlertSeverity } from './rule.js';
import { ALERT_RULES } from './rules.js';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const severity = z.enum(ALERT_SEVERITIES);
const line = z.string().regex(/^[^\r\n]+$/, 'one line');
const minutes = z.number().min(0).max(10_080);

/** Secrets and what happened to accounts go through it: nobody reads along. */
const address = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || LOOPBACK.test(hostname);
}, 'https://, or http:// of this machine');

const mailServer = z.url({ protocol: /^smtps?$/ }).refine((text) => {
  const { pathname, search, hash } = new URL(text);
  return (pathname === '' || pathname === '/') && search === '' && hash === '';
}, 'smtps://USER:PASSWORD@HOST[:PORT], or smtp:// where TLS begins after STARTTLS');

const shared = {
  least: severity.default('info'),
  /** Only of this tenant. */
  tenant: z.string().min(1).optional(),
  perMinute: z.number().int().min(1).max(60).default(6),
};

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: address,
  secret: z.string().min(16, 'at least 16 characters'),
  ...shared,
});
const email = z.strictObject({
  kind: z.literal('email'),
  server: mailServer,
  from: line.max(254),
  to: z.array(line.max(254)).min(1).max(20),
  /** Certificates that are trusted beside the machine's, as PEM. */
  trusted: z.string().optional(),
  ...shared,
});
const telegram = z.strictObject({
  kind: z.literal('telegram'),
  token: z.string().regex(/^\d+:[A-Za-z0-9_-]{20,}$/, 'a token of the Bot API'),
  base: address.default('https://api.telegram.org'),
  ...shared,
});

const channel = z.discriminatedUnion('kind', [webhook, email, telegram]);
export type ChannelSettings = z.output<typeof channel>;

const step = z.strictObject({ afterMinutes: minutes.default(0), to: z.array(z.string()).min(1) });
const escalation = z.strictObject({
  steps: z.array(step).max(10),
  repeatMinutes: minutes.min(1, 'at least 1'),
});

const time = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
  .transform((text) => 60 * Number(text.slice(0, 2)) + Number(text.slice(3)));
const quiet = z.strictObject({
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .default([...WEEKDAYS]),
  from: time,
  to: time,
  below: severity.default('critical'),
});

const rule = z.strictObject({
  off: z.boolean().optional(),
  severity: severity.optional(),
  limit: z.number().optional(),
  clear: z.number().optional(),
  forSeconds: z.number().min(0).max(86_400).optional(),
});

const file = z.strictObject({
  timeZone: z
    .string()
    .default('UTC')
    .refine((zone) => {
      try {
        return new Intl.DateTimeFormat('en-US', { timeZone: zone }) !== undefined;
      } catch {
        return false;
      }
    }, 'a time zone such as Europe/Berlin'),
  channels: z.record(z.string().regex(NAME, 'a name in lower case'), channel).default({}),
  escalation: z.partialRecord(severity, escalation).default({}),
  quiet: z.array(quiet).max(20).default([]),
  rules: z.record(z.string(), rule).default({}),
});

export interface AlertSettings {
  readonly rules: readonly AlertRule[];
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  readonly escalation: Readonly<Record<AlertSeverity, Escalation>>;
  readonly quiet: QuietHours;
}

const MINUTE = 60_000;
/** Where the file says nothing: warnings and worse to every channel at once, and again until somebody has acknowledged them. */
const REPEAT_MS: Readonly<Record<AlertSeverity, number>> = {
  info: 24 * 60 * MINUTE,
  warning: 240 * MINUTE,
  critical: 15 * MINUTE,
};

export function rateOf({ perMinute }: ChannelSettings): Rate {
  return { most: perMinute, windowMs: MINUTE };
}

/** `where` is named in the sentence that says what is wrong. */
export function parseAlertSettings(input: unknown, where: string): AlertSettings {
  const read = file.safeParse(input);
  if (!read.success) {
    const [issue] = read.error.issues;
    const why = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
    refuse(where, `${issue?.path.join('.') || 'the file'}: ${why ?? 'is not right'}`);
  }
  const { timeZone, channels, escalation: told, quiet: spans, rules } = read.data;
  const escalationOf = (of: AlertSeverity): Escalation => {
    const everybody = Object.keys(channels).filter(() => of !== 'info');
    const steps = told[of]?.steps ?? (everybody.length === 0 ? [] : [{ afterMinutes: 0, to: everybody }]);
    let before = 0;
    for (const { afterMinutes, to } of steps) {
      const unknown = to.find((name) => !Object.hasOwn(channels, name));
      if (unknown !== undefined) refuse(where, `escalation.${of}: there is no channel ${unknown}`);
      if (afterMinutes < before) refuse(where, `escalation.${of}: a step comes no earlier than the one before`);
      before = afterMinutes;
    }
    const repeatMinutes = told[of]?.repeatMinutes;
    return {
      steps: steps.map(({ afterMinutes, to }) => ({ afterMs: afterMinutes * MINUTE, to })),
      repeatMs: repeatMinutes === undefined ? REPEAT_MS[of] : repeatMinutes * MINUTE,
    };
  };
  return {
    rules: rulesOf(rules, where),
    channels,
    escalation: { info: escalationOf('info'), warning: escalationOf('warning'), critical: escalationOf('critical') },
    quiet: new QuietHours(
      timeZone,
      spans.map(({ days, from, to, below }) => ({ days, fromMinute: from, toMinute: to, below })),
    ),
  };
}

/** The rules that stand, as the file changes them. */
function rulesOf(changes: Readonly<Record<string, z.output<typeof rule>>>, where: string): readonly AlertRule[] {
  for (const name of Object.keys(changes))
    if (!ALERT_RULES.some((rule) => rule.name === name)) refuse(where, `rules: there is no rule ${name}`);
  return ALERT_RULES.flatMap((rule) => {
    const { off = false, forSeconds, severity: level = rule.severity, limit = rule.limit, ...rest } = changes[rule.name] ?? {};
    // With another limit alone, the alert is over where it began.
    const clear = rest.clear ?? (limit === rule.limit ? rule.clear : limit);
    if (rule.side === 'above' ? clear > limit : clear < limit)
      refuse(where, `rules.${rule.name}: it would be over while it is beyond its limit`);
    const forMs = forSeconds === undefined ? rule.forMs : 1_000 * forSeconds;
    return off ? [] : [{ ...rule, severity: level, limit, clear, forMs }];
  });
}

function refuse(where: string, what: string): never {
  throw new SuhoError('CONFIG_INVALID', `${where}: ${what}`);
}
