/** Tells the hub what the engine does: an observer of it. Nothing is copied: rows are as they were stored. */
import type { AccountTerms } from '../../accounts/assessment.js';
import type { OpenPosition, PositionBook } from '../../accounts/position-book.js';
import type { OpenCandles } from '../../market/open-candles.js';
import type { Candle } from '../../market/candle.js';
import type { Quote } from '../../market/quote.js';
import type { TickBatch } from '../../market/tick.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { FinanceMessage } from '../../protocol/messages.js';
import { LIMITS } from '../../limits.js';
import type { Decision } from '../../signals/signal.js';
import type { CommandRow } from '../../storage/ledger/commands.js';
import type { RiskEventRow } from '../../storage/ledger/history.js';
import type { ExecutionRow, RefusalRow, SignalRow } from '../../storage/ledger/ledger.js';
import type { StreamHub } from './hub.js';
import type { Topic } from './topics.js';

interface Owned {
  readonly tenantId: string;
  readonly accountId?: string;
}

const EVENT_TOPICS = ['signals', 'accounts'] as const;
type EventTopic = (typeof EVENT_TOPICS)[number];

/** An event as other nodes are told it. */
export interface SpreadEvent {
  readonly topic: EventTopic;
  readonly owner: Owned;
  readonly data: unknown;
}

export interface StreamObserverOptions {
  readonly hub: StreamHub;
  readonly latest: (symbol: string) => Quote | undefined;
  readonly openCandles: OpenCandles;
}

export class StreamObserver {
  readonly #options: StreamObserverOptions;
  /** By symbol the topics that somebody hears, and what there is to say: a tick of any other symbol costs one look. */
  readonly #symbols = new Map<string, Map<string, () => unknown>>();

  #spread: (event: SpreadEvent) => void = () => {};

  constructor(options: StreamObserverOptions) {
    this.#options = options;
    options.hub.onHeard((topic, heard) => this.#listen(topic, heard));
  }

  /** Told of each event of a tenant's, for those who hear streams on other nodes. */
  onEvent(spread: (event: SpreadEvent) => void): void {
    this.#spread = spread;
  }

  /** What happened on another node. */
  elsewhere({ topic, owner, data }: SpreadEvent): void {
    if (EVENT_TOPICS.includes(topic)) this.#options.hub.publish(topic, owner, data);
  }

  #listen({ name, symbol, timeframe }: Topic, heard: boolean): void {
    if (symbol === undefined) return;
    const topics = this.#symbols.get(symbol) ?? new Map<string, () => unknown>();
    if (heard) {
      const read = timeframe === undefined ? (): unknown => this.#options.latest(symbol) : this.#candleOf(symbol, timeframe);
      this.#symbols.set(symbol, topics.set(name, read));
      // So that whoever comes is told what is now, and not with the next tick.
      this.#options.hub.changed(name, '', 'anyone', read);
      return;
    }
    topics.delete(name);
    if (topics.size === 0) this.#symbols.delete(symbol);
  }

  ticked({ symbol }: TickBatch): void {
    const topics = this.#symbols.get(symbol);
    if (topics === undefined) return;
    for (const [topic, read] of topics) this.#options.hub.changed(topic, '', 'anyone', read);
  }

  candle(candle: Candle): void {
    const { symbol, timeframe } = candle;
    const topic = `candles:${symbol}:${timeframe}`;
    this.#options.hub.publish(topic, 'anyone', { kind: 'closed', candle });
    // What was in progress is not any more.
    const read = this.#symbols.get(symbol)?.get(topic);
    if (read !== undefined) this.#options.hub.changed(topic, '', 'anyone', read);
  }

  decision(decision: Decision): void {
    this.#signal({ tenantId: decision.tenantId }, { kind: 'decision', decision });
  }

  sent(signal: SignalRow): void {
    this.#signal(signal, { kind: 'raised', signal });
  }

  moved(signal: SignalRow): void {
    this.#signal(signal, { kind: 'moved', signal });
  }

  executed(_terms: AccountTerms, signal: SignalRow, execution: ExecutionRow): void {
    this.#signal(signal, { kind: 'execution', execution });
  }

  refused(_reason: string, _symbol: string, _accountId: string, refusal: RefusalRow): void {
    this.#signal(refusal, { kind: 'refusal', refusal });
  }

  began({ account, hello }: AccountTerms, takeovers: number, atMs: number): void {
    const { login, server, company, currency, eaBuild } = hello;
    const session = { state: 'began', login, server, company, currency, eaBuild, takeovers, atMs };
    this.#account(account.id, account.tenantId, { kind: 'session', session });
  }

  ended({ account }: AccountTerms, atMs: number): void {
    this.#account(account.id, account.tenantId, { kind: 'session', session: { state: 'ended', atMs } });
  }

  commanded(command: CommandRow): void {
    this.#account(command.accountId, command.tenantId, { kind: 'command', command });
  }

  /** After the ledger's writer has taken it. */
  riskEvent(event: RiskEventRow): void {
    this.#account(event.accountId, event.tenantId, { kind: 'risk', event });
  }

  finance({ account }: AccountTerms, told: FinanceMessage, atMs: number): void {
    const { kind: _kind, ...figures } = told;
    const accountId = account.id;
    this.#figure(account, 'finance', () => ({ kind: 'finance', finance: { ...figures, atMs }, accountId }));
  }

  held({ account }: AccountTerms, open: Pick<PositionBook, 'whole' | 'all'>, atMs: number): void {
    this.#figure(account, 'positions', () =>
      open.whole ? { kind: 'positions', accountId: account.id, positions: [...open.all()].map(shown), atMs } : undefined,
    );
  }

  #candleOf(symbol: string, timeframe: Timeframe): () => unknown {
    return () => {
      const candle = this.#options.openCandles.of(symbol, timeframe);
      return candle && { kind: 'open', candle };
    };
  }

  #signal({ tenantId, accountId }: Owned, data: unknown): void {
    this.#event('signals', { tenantId, ...(accountId === undefined ? {} : { accountId }) }, data);
  }

  #account(accountId: string, tenantId: string, data: object): void {
    this.#event('accounts', { tenantId, accountId }, { ...data, accountId });
  }

  #event(topic: EventTopic, owner: Owned, data: unknown): void {
    this.#options.hub.publish(topic, owner, data);
    this.#spread({ topic, owner, data });
  }

  #figure({ id: accountId, tenantId }: AccountTerms['account'], what: string, read: () => unknown): void {
    this.#options.hub.changed('accounts', `${accountId} ${what}`, { tenantId, accountId }, read, LIMITS.streams.figures);
  }
}

function shown({ position, brokerName, magic, ...rest }: OpenPosition): object {
  return { position, brokerName, magic: String(magic), ...rest };
}
