import { type AccountMessage, type AccountOptions, accountActor } from './account.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { AccountDirectory } from './signal.js';

export type AccountsMessage = {
  readonly kind: 'attach';
  readonly accountId: string;
  readonly message: AccountMessage;
  /** Called with the account's actor once it has the session; with undefined where it is stopped and takes none. */
  readonly attached: (account: ActorRef<AccountMessage> | undefined) => void;
};

/** A command on its way to an account that may have no session. */
export interface AccountCommand {
  readonly kind: 'command';
  readonly accountId: string;
  readonly message: Extract<AccountMessage, { kind: 'command' }>;
}

export interface AccountsOptions {
  readonly account: Omit<AccountOptions, 'accountId'>;
  readonly directory: Accounts;
}

/** The accounts of one tenant that have had a session since the node started. Outlives a crash of their supervisor. */
export class Accounts implements AccountDirectory {
  readonly #refs = new Map<string, ActorRef<AccountMessage>>();

  get(accountId: string): ActorRef<AccountMessage> | undefined {
    return this.#refs.get(accountId);
  }

  all(): readonly ActorRef<AccountMessage>[] {
    return [...this.#refs.values()];
  }

  keep(accountId: string, ref: ActorRef<AccountMessage>): void {
    this.#refs.set(accountId, ref);
  }
}

/** Supervises a tenant's accounts: makes one at its first session. Gets a message a session, never one a tick. */
class AccountsActor implements Behaviour<AccountsMessage> {
  constructor(
    readonly context: ActorContext<AccountsMessage>,
    readonly options: AccountsOptions,
  ) {}

  receive({ accountId, message, attached }: AccountsMessage): void {
    const { directory } = this.options;
    if (directory.get(accountId) === undefined) {
      directory.keep(accountId, this.context.spawn(accountActor({ ...this.options.account, accountId })));
    }
    const account = directory.get(accountId);
    // What came with it is the answer to a claim.
    attached(account?.tell(message, 'answered') ? account : undefined);
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { accounts: this.options.directory.all().length };
  }
}

export function accountsActor(options: AccountsOptions): ActorSpec<AccountsMessage> {
  return { name: 'accounts', passesOn: true, create: (context) => new AccountsActor(context, options) };
}
