/** Subjects and patterns, built and read by the one list of them (`streams.ts`); no other code puts one together. */
import type { BrokerQuote } from '../../accounts/account-book.js';
import type { AccountWish } from '../../accounts/commands.js';
import type { LiveTold } from '../../signals/live-told.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import type { Prediction } from '../../signals/prediction.js';
import type { Candle } from '../../market/candle.js';
import type { Quote } from '../../market/quote.js';
import type { TickBatch } from '../../market/tick.js';
import type { Decision } from '../../signals/signal.js';
import type { AccountBeat, AccountMoney } from '../account-told.js';
import type { StopTold } from '../shared-stop.js';
import type { RiskEventRow } from '../ledger/history.js';
import type { DealRow, SignalRow } from '../ledger/ledger.js';
import { decodePart, encodePart } from '../name-part.js';
import type { Packable } from '../packed.js';
import type { Pattern, Subject } from './bus.js';
import { type StreamName, SUBJECTS, type SubjectName, type SubjectSpec } from './streams.js';

/** Who tells it, and under which epoch: whoever has lost a thing since is not heard of it any more. */
export interface Under {
  readonly node: string;
  readonly generation: number;
  readonly revision: number;
}

/** Left out by a node that is in no cluster. */
export type ToldUnder<T> = T & { readonly under?: Under };

/** In each question: who asks, under which id the answer is known, and until when it is waited for. */
export interface Asks {
  readonly node: string;
  readonly question: string;
  readonly untilMs: number;
}

export type Question<T> = T & { readonly asks: Asks };

export interface Answered {
  readonly node: string;
  /** Whether it has what was asked about; where it has not, `value` is null. */
  readonly has: boolean;
  readonly value: unknown;
}

/** What each subject carries; the others' own types come with the rooms that send them. */
interface Payloads {
  readonly ticks: ToldUnder<TickBatch>;
  readonly candle: ToldUnder<Candle>;
  readonly features: ToldUnder<CatalogueVector & { readonly prediction?: Prediction }>;
  readonly decision: ToldUnder<Decision & { readonly lineage?: string }>;
  readonly live: ToldUnder<LiveTold>;
  readonly signal: SignalRow;
  readonly balance: AccountMoney;
  readonly heartbeat: AccountBeat;
  readonly quote: Quote;
  readonly trade: DealRow;
  readonly riskEvent: RiskEventRow;
  readonly command: Question<{ readonly tenantId: string; readonly wish: AccountWish }>;
  readonly view: Question<{ readonly tenantId: string }>;
  readonly answer: Answered;
  readonly shown: {
    readonly node: string;
    readonly owner: { readonly tenantId: string; readonly accountId?: string };
    readonly data: unknown;
  };
  readonly feed: { readonly node: string; readonly atMs: number; readonly quotes: readonly BrokerQuote[] };
  readonly changed: { readonly node: string };
  readonly stop: StopTold;
}
export type PayloadOf<N extends SubjectName> = N extends keyof Payloads ? Payloads[N] : Packable;

type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
/** The named parts of a subject: for `signal`, account and signal. */
export type PartsOf<N extends SubjectName> = { readonly [P in NamesIn<(typeof SUBJECTS)[N]['template']>]: string };

const NAMED = /\{(\w+)\}/g;

export function subjectOf<N extends SubjectName>(name: N, parts: PartsOf<N>): Subject<PayloadOf<N>> {
  const { template, stream }: SubjectSpec = SUBJECTS[name];
  const text = template.replace(NAMED, (_named, part: keyof PartsOf<N>) => encodePart(parts[part]));
  return { text, name, stream } as Subject<PayloadOf<N>>;
}

/** All subjects of the name whose parts are as given; a part that is not given may be any. */
export function patternOf<N extends SubjectName>(name: N, parts: Partial<PartsOf<N>> = {}): Pattern<PayloadOf<N>> {
  const { template, stream }: SubjectSpec = SUBJECTS[name];
  const given = parts as Readonly<Record<string, string | undefined>>;
  const text = template.replace(NAMED, (_named, part: string) => {
    const value = given[part];
    return value === undefined ? '*' : encodePart(value);
  });
  return { text, stream } as Pattern<PayloadOf<N>>;
}

/** Everything that a stream keeps. */
export function everythingIn(stream: StreamName): Pattern<unknown> {
  return { text: '>', stream } as Pattern<unknown>;
}

/** Everything under a first word: `market.>`. */
export function everythingUnder(word: 'market' | 'tenant' | 'mt5' | 'cluster'): Pattern<unknown> {
  return { text: `${word}.>`, stream: undefined } as Pattern<unknown>;
}

/** What a stream listens to: its subjects, with every part open. */
export function patternsOf(stream: StreamName): readonly string[] {
  return (Object.keys(SUBJECTS) as SubjectName[])
    .filter((name) => SUBJECTS[name].stream === stream)
    .map((name) => patternOf(name).text);
}

export interface ParsedSubject {
  readonly name: SubjectName;
  readonly parts: Readonly<Record<string, string>>;
}

const TEMPLATES = (Object.entries(SUBJECTS) as [SubjectName, SubjectSpec][]).map(
  ([name, { template }]) => [name, template.split('.')] as const,
);

/** Undefined where no subject of the list is written so. */
export function parseSubject(text: string): ParsedSubject | undefined {
  const tokens = text.split('.');
  for (const [name, template] of TEMPLATES) {
    if (template.length !== tokens.length) continue;
    const parts: Record<string, string> = {};
    const fits = template.every((word, at) => {
      const token = tokens[at] as string;
      if (!word.startsWith('{')) return word === token;
      parts[word.slice(1, -1)] = decodePart(token);
      return /^(?:[A-Za-z0-9_-]|%[0-9a-f]{4})+$/.test(token);
    });
    if (fits) return { name, parts };
  }
  return undefined;
}

/** As a NATS server matches. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (let at = 0; at < wanted.length; at++) {
    if (wanted[at] === '>') return tokens.length > at;
    if (at >= tokens.length || (wanted[at] !== '*' && wanted[at] !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}
