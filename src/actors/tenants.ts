import { AWAY } from '../accounts/commands.js';
import { unreachable } from '../runtime/assert.js';
import type { AccountRow, TenantRow } from '../storage/ledger/ledger.js';
import type { CancelledSignal } from './account.js';
import type { AccountCommand, AccountsMessage } from './accounts.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { SignalMessage } from './signal.js';
import { type TenantMessage, type TenantOptions, tenantActor } from './tenant.js';

export type TenantsMessage =
  /** A tenant that is new, or has changed. */
  | { readonly kind: 'tenant'; readonly tenant: TenantRow }
  | { readonly kind: 'account'; readonly account: AccountRow }
  /** The node was stopped, or trades again. */
  | { readonly kind: 'halted'; readonly tenantId: string }
  /** What other nodes tell of the tenant. */
  | { readonly kind: 'to-signal'; readonly tenantId: string; readonly message: SignalMessage }
  | CancelledSignal
  | { readonly kind: 'command'; readonly tenantId: string; readonly to: AccountCommand }
  | { readonly kind: 'attach'; readonly tenant: TenantRow; readonly to: AccountsMessage };

/** Supervises the tenants: one child each. */
class TenantsActor implements Behaviour<TenantsMessage> {
  constructor(
    readonly context: ActorContext<TenantsMessage>,
    readonly options: TenantOptions,
  ) {}

  receive(message: TenantsMessage): void {
    switch (message.kind) {
      case 'tenant': {
        const known = this.context.child<TenantMessage>(message.tenant.id);
        if (known === undefined) this.#spawn(message.tenant);
        else known.tell(message);
        return;
      }
      case 'account':
        this.context.child<TenantMessage>(message.account.tenantId)?.tell({ kind: 'account', account: message.account });
        return;
      case 'halted':
        this.context.child<TenantMessage>(message.tenantId)?.tell({ kind: 'halted' });
        return;
      case 'to-signal':
        this.context.child<TenantMessage>(message.tenantId)?.tell({ kind: 'to-signal', message: message.message });
        return;
      case 'cancelled':
        if (!this.context.child<TenantMessage>(message.signal.tenantId)?.tell(message))
          this.options.account.observer.moved(message.signal, undefined);
        return;
      case 'command':
        if (!this.context.child<TenantMessage>(message.tenantId)?.tell(message.to)) message.to.message.answered(AWAY);
        return;
      case 'attach': {
        const tenant = this.context.child<TenantMessage>(message.tenant.id) ?? this.#spawn(message.tenant);
        if (!tenant.tell(message.to)) message.to.attached(undefined);
        return;
      }
      default:
        return unreachable(message);
    }
  }

  #spawn(tenant: TenantRow): ActorRef<TenantMessage> {
    return this.context.spawn(tenantActor(tenant, this.options));
  }
}

export function tenantsActor(options: TenantOptions): ActorSpec<TenantsMessage> {
  return { name: 'tenants', passesOn: true, create: (context) => new TenantsActor(context, options) };
}
