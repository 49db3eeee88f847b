/**
 * Who may come in. A HELLO is checked against the ledger (key, binding), takes the account's next epoch there, and only then
 * becomes a session in the hands of the account's actor. Everything that fails is a refusal with its code and sentence.
 */
import { keyMatches } from '../accounts/keys.js';
import type { AccountMessage } from '../actors/account.js';
import type { ActorRef } from '../actors/actor.js';
import type { TenantsMessage } from '../actors/tenants.js';
import { type HelloMessage, type RefusedCode, VERSION_2 } from '../protocol/messages.js';
import { ServerSession, type SessionPort } from '../protocol/server-session.js';
import type { Activity } from '../runtime/activity.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { AccountRow, Ledger, TenantRow } from '../storage/ledger/ledger.js';

export interface DoorOptions {
  readonly ledger: Pick<Ledger, 'accounts' | 'claim' | 'listTenants'>;
  readonly tenants: ActorRef<TenantsMessage>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly activity: Activity;
  readonly heartbeatMs: number;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusedCode;
  readonly sentence: string;
  readonly retryAfterMs: number;
}

export interface Admitted {
  readonly kind: 'admitted';
  readonly session: ServerSession;
  readonly account: ActorRef<AccountMessage>;
}

/** A refused key, or an account in other hands, is not tried again at once. */
const KEY_RETRY_MS = 60_000;
const BUSY_RETRY_MS = 5_000;

function refused(code: RefusedCode, sentence: string, retryAfterMs = KEY_RETRY_MS): Refused {
  return { kind: 'refused', code, sentence, retryAfterMs };
}

export class Door {
  readonly #tenants = new Map<string, TenantRow>();

  constructor(readonly options: DoorOptions) {}

  /** A tenant that is new or has changed. */
  know(tenant: TenantRow): void {
    this.#tenants.set(tenant.id, tenant);
  }

  async admit(hello: HelloMessage, port: SessionPort): Promise<Admitted | Refused> {
    this.options.activity.begin();
    try {
      return await this.#admit(hello, port);
    } catch {
      return refused('BUSY', 'The ledger does not answer; try again.', BUSY_RETRY_MS);
    } finally {
      this.options.activity.end();
    }
  }

  async #admit(hello: HelloMessage, port: SessionPort): Promise<Admitted | Refused> {
    if (hello.versionMin > VERSION_2 || hello.versionMax < VERSION_2) {
      return refused(
        'VERSION',
        `This server speaks version ${VERSION_2}; the EA speaks ${hello.versionMin} to ${hello.versionMax}.`,
      );
    }
    const [account] = await this.options.ledger.accounts([hello.accountId]);
    // One sentence for an unknown account and for a wrong key: neither tells which accounts there are.
    if (account === undefined || !keyMatches(hello.apiKey, account.keyHash))
      return refused('BAD_KEY', 'The account or its key is not right.');
    const tenant = await this.#tenantOf(account);
    if (tenant === undefined) return refused('INTERNAL', 'The account belongs to no tenant.');
    const { instance, login, server, currency } = hello;
    const atMs = this.options.clock.nowMs();
    const claim = await this.options.ledger.claim({ accountId: account.id, instance, login, server, currency, atMs });
    if (claim.kind === 'missing') return refused('BAD_KEY', 'The account or its key is not right.');
    if (claim.kind === 'bound') {
      return refused(
        'BOUND_ELSEWHERE',
        `The key belongs to login ${claim.login} on ${claim.server} in ${claim.currency}; an operator can bind it anew.`,
      );
    }
    const { epoch } = claim.account;
    const id = this.options.ids.idFor(`session:${account.id}:${epoch}`, atMs);
    const { heartbeatMs, clock } = this.options;
    const session = new ServerSession({ id, accountId: account.id, instance, epoch, heartbeatMs, clock, port });
    return this.#attach(tenant, session, { kind: 'session', session, claim, hello });
  }

  #attach(
    tenant: TenantRow,
    session: ServerSession,
    message: Extract<AccountMessage, { kind: 'session' }>,
  ): Promise<Admitted | Refused> {
    return new Promise((resolve) => {
      const attached = (account: ActorRef<AccountMessage>): void => resolve({ kind: 'admitted', session, account });
      const to = { kind: 'attach', accountId: message.claim.account.id, session, message, attached } as const;
      if (!this.options.tenants.tell({ kind: 'attach', tenant, to }))
        resolve(refused('BUSY', 'The server is busy; try again.', BUSY_RETRY_MS));
    });
  }

  async #tenantOf({ tenantId }: AccountRow): Promise<TenantRow | undefined> {
    if (!this.#tenants.has(tenantId)) for (const tenant of await this.options.ledger.listTenants()) this.know(tenant);
    return this.#tenants.get(tenantId);
  }
}
