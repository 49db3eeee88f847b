/**
 * Who may come in. A HELLO is checked against the ledger (key, binding), takes the account's next epoch there, and only then
 * becomes a session in the hands of the account's actor. Everything that fails is a refusal with its code and sentence.
 *
 * However many come, the ledger is asked for accounts by one statement at a time, and takes accounts by one transaction at a
 * time: HELLOs that come meanwhile go together. So a flood of wrong ones costs the ledger no more than a few.
 */
import { hashKey, keyBytes, shownKey } from '../accounts/keys.js';
import { tableSymbols } from '../accounts/suho-1-symbols.js';
import type { AccountClaim, AccountMessage } from '../actors/account.js';
import type { ActorRef } from '../actors/actor.js';
import type { TenantsMessage } from '../actors/tenants.js';
import { type EaSession, NO_INSTANCE, type SessionPort } from '../protocol/ea-session.js';
import { type Account1Message, type Frame2, type HelloMessage, type RefusedCode, VERSION_2 } from '../protocol/messages.js';
import { ServerSession } from '../protocol/server-session.js';
import { Suho1Session } from '../protocol/suho-1-session.js';
import { helloOf } from '../protocol/suho-1-translation.js';
import { LIMITS } from '../limits.js';
import type { Activity } from '../runtime/activity.js';
import { BatchedCall } from '../runtime/batched-call.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { AccountRow, Claimed, HelloClaim, Ledger, TenantRow } from '../storage/ledger/ledger.js';

export interface DoorOptions {
  readonly ledger: Pick<Ledger, 'accounts' | 'accountByKey' | 'claimAll' | 'listTenants'>;
  readonly tenants: ActorRef<TenantsMessage>;
  /** The node's tenants by id; one that is not among them is looked for in the ledger and put there. */
  readonly known: Map<string, TenantRow>;
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

/** An account, and the hash of the key that named it. */
export interface KeyOwner {
  readonly account: AccountRow;
  readonly keyHash: string;
}

type TenantClaim = HelloClaim & { readonly tenantId: string };

export interface Admitted<S extends EaSession> {
  readonly kind: 'admitted';
  readonly session: S;
  readonly account: ActorRef<AccountMessage>;
}

/** A refused key, or an account in other hands, is not tried again at once. */
const KEY_RETRY_MS = 60_000;
const BUSY_RETRY_MS = 5_000;
const SUSPENDED = 'The account is stopped after repeated faults; an operator must look at it.';

function refused(code: RefusedCode, sentence: string, retryAfterMs = KEY_RETRY_MS): Refused {
  return { kind: 'refused', code, sentence, retryAfterMs };
}

export class Door {
  readonly #accounts: BatchedCall<string, AccountRow | undefined>;
  readonly #byKey: BatchedCall<string, AccountRow | undefined>;
  readonly #claims: BatchedCall<TenantClaim, Claimed>;

  constructor(readonly options: DoorOptions) {
    const { ledger, clock } = options;
    const { lookups, claims } = LIMITS.session;
    this.#accounts = new BatchedCall({
      most: lookups,
      call: async (ids) => {
        const found = new Map((await ledger.accounts(ids)).map((account) => [account.id, account]));
        return ids.map((id) => found.get(id));
      },
    });
    this.#byKey = new BatchedCall({
      most: 1,
      call: async ([keyHash = '']) => [await ledger.accountByKey(keyHash, clock.nowMs())],
    });
    this.#claims = new BatchedCall({
      most: claims,
      keyOf: ({ accountId }) => accountId,
      groups: { of: ({ tenantId }) => tenantId, most: LIMITS.ledger.batchTenants },
      call: (asked) => ledger.claimAll(asked.map(({ tenantId: _, ...hello }) => hello)),
    });
  }

  admit(hello: HelloMessage, port: SessionPort): Promise<Admitted<ServerSession> | Refused> {
    return this.#busy(refused('BUSY', 'The ledger does not answer; try again.', BUSY_RETRY_MS), () => this.#admit(hello, port));
  }

  /** Whose key it is; undefined where it is nobody's. */
  accountOf(key: string | undefined): Promise<KeyOwner | undefined | 'busy'> {
    const bytes = keyBytes(key ?? '');
    if (bytes === undefined) return Promise.resolve(undefined);
    const keyHash = hashKey(bytes);
    return this.#busy<KeyOwner | undefined | 'busy'>('busy', async () => {
      const account = await this.#byKey.ask(keyHash);
      return account && { account, keyHash };
    });
  }

  /** A suho-1 EA, whose key has named its account, with the first snapshot it told. */
  admitSuho1(owner: KeyOwner, presented: Account1Message, port: SessionPort): Promise<Admitted<Suho1Session> | Refused> {
    return this.#busy(refused('BUSY', 'The ledger does not answer; try again.', BUSY_RETRY_MS), async () => {
      const hello = helloOf(presented, owner.account.id);
      let actor: ActorRef<AccountMessage> | undefined;
      const make = (claim: AccountClaim, id: string): Suho1Session => {
        const { suho1Table, epoch } = claim.account;
        const { heartbeatMs, clock } = this.options;
        const symbols = suho1Table === null ? undefined : tableSymbols(suho1Table, presented.currency);
        const open = claim.open
          .filter(({ instance, kind }) => instance === NO_INSTANCE && kind === 'OPEN')
          .map((row) => ({ signalId: row.id, number: row.seq, volume: row.volume }));
        const tell = (frame: Frame2): void => void actor?.tell({ kind: 'frame', session, frame });
        const options = { id, epoch, heartbeatMs, clock, port, account: presented, symbols, open, tell };
        const session: Suho1Session = new Suho1Session(options);
        return session;
      };
      return this.#claim(owner, hello, make, (attached) => {
        actor = attached;
      });
    });
  }

  async #busy<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    this.options.activity.begin();
    try {
      return await work();
    } catch {
      return otherwise;
    } finally {
      this.options.activity.end();
    }
  }

  async #admit(hello: HelloMessage, port: SessionPort): Promise<Admitted<ServerSession> | Refused> {
    if (hello.versionMin > VERSION_2 || hello.versionMax < VERSION_2) {
      return refused(
        'VERSION',
        `This server speaks version ${VERSION_2}; the EA speaks ${hello.versionMin} to ${hello.versionMax}.`,
      );
    }
    const account = await this.#accounts.ask(hello.accountId);
    const keyHash = shownKey(hello.apiKey, account, this.options.clock.nowMs());
    // One sentence for an unknown account and for a wrong key: neither tells which accounts there are.
    if (account === undefined || keyHash === undefined) return refused('BAD_KEY', 'The account or its key is not right.');
    // An EA without an instance could take up what was sent to one that keeps no record.
    if (hello.instance === NO_INSTANCE) return refused('UNEXPECTED', 'A HELLO names the instance of its EA.');
    return this.#claim({ account, keyHash }, hello, (claim, id) => {
      const { heartbeatMs, clock } = this.options;
      const { instance } = hello;
      return new ServerSession({ id, accountId: account.id, instance, epoch: claim.account.epoch, heartbeatMs, clock, port });
    });
  }

  async #claim<S extends EaSession>(
    { account, keyHash }: KeyOwner,
    hello: HelloMessage,
    make: (claim: AccountClaim, id: string) => S,
    attached: (actor: ActorRef<AccountMessage>) => void = () => {},
  ): Promise<Admitted<S> | Refused> {
    const tenant = await this.#tenantOf(account);
    if (tenant === undefined) return refused('INTERNAL', 'The account belongs to no tenant.');
    const { instance, login, server, currency } = hello;
    const atMs = this.options.clock.nowMs();
    const { id: accountId, tenantId } = account;
    const claim = await this.#claims.ask({ accountId, tenantId, keyHash, instance, login, server, currency, atMs });
    if (claim.kind === 'missing') return refused('BAD_KEY', 'The account or its key is not right.');
    if (claim.kind === 'bound') {
      return refused(
        'BOUND_ELSEWHERE',
        `The key belongs to login ${claim.login} on ${claim.server} in ${claim.currency}; an operator can bind it anew.`,
      );
    }
    const session = make(claim, this.options.ids.idFor(`session:${account.id}:${claim.account.epoch}`, atMs));
    return this.#attach(tenant, session, { kind: 'session', session, claim, hello }, attached);
  }

  #attach<S extends EaSession>(
    tenant: TenantRow,
    session: S,
    message: Extract<AccountMessage, { kind: 'session' }>,
    handedTo: (actor: ActorRef<AccountMessage>) => void,
  ): Promise<Admitted<S> | Refused> {
    return new Promise((resolve) => {
      // Called before the actor has its turn, so whatever the session says from there on finds it.
      const attached = (account: ActorRef<AccountMessage> | undefined): void => {
        if (account === undefined) return resolve(refused('SUSPENDED', SUSPENDED));
        handedTo(account);
        resolve({ kind: 'admitted', session, account });
      };
      const to = { kind: 'attach', accountId: message.claim.account.id, message, attached } as const;
      if (!this.options.tenants.tell({ kind: 'attach', tenant, to }))
        resolve(refused('BUSY', 'The server is busy; try again.', BUSY_RETRY_MS));
    });
  }

  async #tenantOf({ tenantId }: AccountRow): Promise<TenantRow | undefined> {
    const { known, ledger } = this.options;
    // One that another process has made since.
    if (!known.has(tenantId)) for (const tenant of await ledger.listTenants()) known.set(tenant.id, tenant);
    return known.get(tenantId);
  }
}
