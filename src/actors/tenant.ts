import type { SharedTerms } from '../accounts/assessment.js';
import type { Halt } from '../accounts/halt.js';
import { AWAY } from '../accounts/commands.js';
import { DEFAULT_TRADING, resolveTrading, type TradingSettings } from '../accounts/trading-settings.js';
import type { AccountRow, TenantRow } from '../storage/ledger/ledger.js';
import type { AccountMessage, AccountObserver, CancelledSignal } from './account.js';
import { type AccountCommand, Accounts, type AccountsMessage, type AccountsOptions, accountsActor } from './accounts.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import { type PatternsMessage, type PatternsOptions, patternsActor } from './patterns.js';
import { type SignalMessage, type SignalOptions, type SignalSettings, signalActor } from './signal.js';

export interface TenantOptions {
  readonly signal: Omit<SignalOptions, 'settings' | 'accounts' | 'patterns'>;
  readonly account: Omit<AccountsOptions['account'], 'tenant' | 'shared'>;
  /** The node's emergency stop, as it is now; left out where there is none. */
  readonly halted?: () => Halt | null;
  /** What a tenant's row and tier come to. */
  readonly settingsOf: (tenant: TenantRow) => SignalSettings;
  /** Left out where there is no pattern store. */
  readonly patterns?: Omit<PatternsOptions, 'tenantId' | 'settings' | 'keeps'> & {
    /** Whether the tenant's tier keeps patterns. */
    readonly keeps: (tenant: TenantRow) => boolean;
  };
}

export type TenantMessage =
  | { readonly kind: 'tenant'; readonly tenant: TenantRow }
  | { readonly kind: 'account'; readonly account: AccountRow }
  /** The node was stopped, or trades again. */
  | { readonly kind: 'halted' }
  | { readonly kind: 'to-signal'; readonly message: SignalMessage }
  | CancelledSignal
  | AccountCommand
  | AccountsMessage;

/** What an account's observer hears, told to the tenant's patterns as well. */
function heardBy(observer: AccountObserver, patterns: ActorRef<PatternsMessage>): AccountObserver {
  return {
    ...observer,
    began: (terms, takeovers, atMs) => {
      observer.began(terms, takeovers, atMs);
      patterns.tell({ kind: 'closed', accountId: terms.account.id });
    },
    executed: (terms, row, execution, atMs) => {
      observer.executed(terms, row, execution, atMs);
      if (execution.outcome === 'EXECUTED') patterns.tell({ kind: 'executed', row });
    },
    moved: (row, terms) => {
      observer.moved(row, terms);
      if (row.kind === 'OPEN' && row.state === 'CLOSED') patterns.tell({ kind: 'closed', accountId: row.accountId });
    },
  };
}

/** One tenant: its signals, its patterns, and its accounts under a supervisor of their own. */
class TenantActor implements Behaviour<TenantMessage> {
  readonly #signal: ActorRef<SignalMessage>;
  readonly #accounts: ActorRef<AccountsMessage>;
  readonly #patterns: ActorRef<PatternsMessage> | undefined;

  constructor(
    readonly context: ActorContext<TenantMessage>,
    readonly options: TenantOptions,
    readonly kept: { tenant: TenantRow; trading: TradingSettings; readonly directory: Accounts },
  ) {
    const { directory } = kept;
    const settings = (): SignalSettings => options.settingsOf(kept.tenant);
    this.#patterns = context.child<PatternsMessage>('patterns') ?? this.#spawnPatterns(settings);
    const { observer } = options.account;
    const heard = this.#patterns === undefined ? observer : heardBy(observer, this.#patterns);
    this.#signal =
      context.child<SignalMessage>('signal') ??
      context.spawn(signalActor({ ...options.signal, ...this.#asPatterns(), settings, accounts: directory }));
    this.#accounts =
      context.child<AccountsMessage>('accounts') ??
      context.spawn(
        accountsActor({
          account: { ...options.account, observer: heard, tenant: this.#signal, shared: () => this.#shared() },
          directory,
        }),
      );
  }

  #spawnPatterns(settings: () => SignalSettings): ActorRef<PatternsMessage> | undefined {
    const { context, kept, options } = this;
    if (options.patterns === undefined) return undefined;
    const { keeps, ...patterns } = options.patterns;
    const tenantId = kept.tenant.id;
    return context.spawn(patternsActor({ ...patterns, tenantId, settings, keeps: () => keeps(kept.tenant) }));
  }

  #asPatterns(): Pick<SignalOptions, 'patterns'> {
    return this.#patterns === undefined ? {} : { patterns: this.#patterns };
  }

  receive(message: TenantMessage): void {
    if (message.kind === 'attach') {
      if (!this.#accounts.tell(message)) message.attached(undefined);
    } else if (message.kind === 'account') this.kept.directory.get(message.account.id)?.tell(message);
    else if (message.kind === 'command') {
      const { answered } = message.message;
      if (!this.kept.directory.get(message.accountId)?.tell(message.message)) answered(AWAY);
    } else if (message.kind === 'cancelled') {
      const { signal } = message;
      if (!this.kept.directory.get(signal.accountId)?.tell(message)) this.options.account.observer.moved(signal, undefined);
    } else if (message.kind === 'to-signal') this.#signal.tell(message.message);
    else if (message.kind === 'halted') this.#tellAll({ kind: 'terms' });
    else this.#changed(message.tenant);
  }

  #changed(tenant: TenantRow): void {
    const { kept } = this;
    const before = kept.tenant;
    kept.tenant = tenant;
    this.#signal.tell({ kind: 'settings' });
    const shared = ({ trading, stopped }: TenantRow): string => JSON.stringify([trading, stopped]);
    if (shared(before) === shared(tenant)) return;
    kept.trading = resolveTrading(DEFAULT_TRADING, tenant.trading);
    this.#tellAll({ kind: 'terms' });
  }

  #shared(): SharedTerms {
    const { tenant, trading } = this.kept;
    return { trading, stopped: this.options.halted?.() ?? tenant.stopped };
  }

  #tellAll(message: AccountMessage): void {
    for (const account of this.kept.directory.all()) account.tell(message);
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { tier, signalTimeframe, name } = this.kept.tenant;
    return { name, tier, signalTimeframe };
  }
}

export function tenantActor(tenant: TenantRow, options: TenantOptions): ActorSpec<TenantMessage> {
  const kept = { tenant, trading: resolveTrading(DEFAULT_TRADING, tenant.trading), directory: new Accounts() };
  return { name: tenant.id, passesOn: true, create: (context) => new TenantActor(context, options, kept) };
}
