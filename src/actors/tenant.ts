import type { AccountRow, TenantRow } from '../storage/ledger/ledger.js';
import { Accounts, type AccountsMessage, type AccountsOptions, accountsActor } from './accounts.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import { type SignalMessage, type SignalOptions, type SignalSettings, signalActor } from './signal.js';

export interface TenantOptions {
  readonly signal: Omit<SignalOptions, 'settings' | 'accounts'>;
  readonly account: Omit<AccountsOptions['account'], 'tenant'>;
  /** What a tenant's row and tier come to. */
  readonly settingsOf: (tenant: TenantRow) => SignalSettings;
}

export type TenantMessage =
  | { readonly kind: 'tenant'; readonly tenant: TenantRow }
  | { readonly kind: 'account'; readonly account: AccountRow }
  | AccountsMessage;

/** One tenant: its signals, and its accounts under a supervisor of their own. */
class TenantActor implements Behaviour<TenantMessage> {
  readonly #signal: ActorRef<SignalMessage>;
  readonly #accounts: ActorRef<AccountsMessage>;

  constructor(
    readonly context: ActorContext<TenantMessage>,
    readonly options: TenantOptions,
    readonly kept: { tenant: TenantRow; readonly directory: Accounts },
  ) {
    const { directory } = kept;
    const settings = (): SignalSettings => options.settingsOf(kept.tenant);
    this.#signal =
      context.child<SignalMessage>('signal') ?? context.spawn(signalActor({ ...options.signal, settings, accounts: directory }));
    this.#accounts =
      context.child<AccountsMessage>('accounts') ??
      context.spawn(accountsActor({ account: { ...options.account, tenant: this.#signal }, directory }));
  }

  receive(message: TenantMessage): void {
    if (message.kind === 'attach') {
      if (!this.#accounts.tell(message)) message.attached(undefined);
    } else if (message.kind === 'account') this.kept.directory.get(message.account.id)?.tell(message);
    else {
      this.kept.tenant = message.tenant;
      this.#signal.tell({ kind: 'settings' });
    }
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { tier, signalTimeframe, name } = this.kept.tenant;
    return { name, tier, signalTimeframe };
  }
}

export function tenantActor(tenant: TenantRow, options: TenantOptions): ActorSpec<TenantMessage> {
  const kept = { tenant, directory: new Accounts() };
  return { name: tenant.id, create: (context) => new TenantActor(context, options, kept) };
}
