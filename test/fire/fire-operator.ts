/** The operator of the world's one account: asks through the node that is there, and again until somebody has taken it. */
import { Catalogue } from '../../src/accounts/catalogue.js';
import { CommandRequests } from '../../src/accounts/command-requests.js';
import { AWAY } from '../../src/accounts/commands.js';
import type { Tiers } from '../../src/accounts/tiers.js';
import type { ActorRef } from '../../src/actors/actor.js';
import type { TenantsMessage } from '../../src/actors/tenants.js';
import { seededIds } from '../../src/runtime/ids.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import type { FireWorld } from './fire-world.js';

/** The node's side of what an operator asks, as its control socket has it. */
export interface OperatorDesk {
  readonly catalogue: Catalogue;
  readonly requests: CommandRequests;
}

export function operatorDesk(ledger: Ledger, clock: Clock, tenants: ActorRef<TenantsMessage>, tiers: Tiers): OperatorDesk {
  return {
    catalogue: new Catalogue({
      ledger,
      clock,
      tiers,
      changed: (account) => void tenants.tell({ kind: 'account', account }),
    }),
    requests: new CommandRequests({
      ledger,
      clock,
      ids: seededIds('operator'),
      tell: (tenantId, accountId, wish, answered) => {
        const to = { kind: 'command', accountId, message: { kind: 'command', wish, answered } } as const;
        if (!tenants.tell({ kind: 'command', tenantId, to })) answered(AWAY);
      },
    }),
  };
}

type Asking =
  | { readonly action: 'close-all'; readonly waitMs?: number }
  | { readonly action: 'close'; readonly position: string; readonly volume: number }
  | { readonly action: 'modify'; readonly position: string; readonly stopLoss: number }
  | { readonly action: 'reconnect' };

const AGAIN_MS = 2_003;
const TRIES = 30;
const UNDER_WAY_MS = 1_000;

export class FireOperator {
  #requests = 0;
  /** All that there ever were. */
  readonly #keys = new Set<string>();
  /** Since when they are worth nothing. */
  readonly #dead = new Map<string, number>();

  constructor(readonly world: FireWorld) {
    this.#keys.add(world.account.key);
  }

  ask(asking: Asking): void {
    const { world } = this;
    const id = world.account.id;
    const request = world.ids.idFor(`request ${++this.#requests}`, world.clock.nowMs());
    this.#insist(`ask ${asking.action}`, async ({ requests }) => {
      const answer = await requests.ask({ id, request, ...asking });
      return answer.kind === 'asked' || answer.away !== true;
    });
  }

  disable(): void {
    const { id } = this.world.account;
    this.#insist('disable', async ({ catalogue }) => Boolean(await catalogue.disable({ id, reason: 'a test' })));
  }

  enable(): void {
    const { id } = this.world.account;
    this.#insist('enable', async ({ catalogue }) => Boolean(await catalogue.enable({ id })));
  }

  /** Another key beside the one before, or in its place; each EA is given it by `giveKey`. */
  rotate(now = false): void {
    const { world } = this;
    const { id } = world.account;
    let asked = 0;
    this.#insist('rotate', async ({ catalogue }) => {
      // Of one that was not heard it is not known whether there are two keys now: a new one in the place of all is sure.
      const over = now || asked++ > 0;
      const { key, previousUntil } = await catalogue.rotateKey({ id, now: over });
      if (previousUntil === null) this.#die(...this.#keys);
      this.#keys.add(key);
      world.account.key = key;
      return true;
    });
  }

  /** The user puts the newest key into its EAs, which begins them anew. */
  giveKey(): void {
    for (const ea of this.world.eas) ea.crash();
  }

  /** Ends the older key of two. */
  finish(): void {
    const { id, key } = this.world.account;
    this.#insist('finish', async ({ catalogue }) => {
      const { previousKeyHash } = await catalogue.finishRotation({ id });
      if (previousKeyHash === null) this.#die(...[...this.#keys].filter((one) => one !== key));
      return true;
    });
  }

  revoke(): void {
    const { id } = this.world.account;
    this.#insist('revoke', async ({ catalogue }) => {
      await catalogue.revokeKey({ id });
      this.#die(...this.#keys);
      return true;
    });
  }

  unbind(): void {
    const { id } = this.world.account;
    this.#insist('unbind', async ({ catalogue }) => Boolean(await catalogue.unbind({ id })));
  }

  /** Whether a key was worth nothing for so long that nothing can be under way to its EA. */
  isDead(key: string): boolean {
    const sinceMs = this.#dead.get(key);
    return sinceMs !== undefined && this.world.clock.nowMs() > sinceMs + UNDER_WAY_MS;
  }

  /** A ledger from before has the keys from before. */
  forgetKeys(): void {
    this.#dead.clear();
  }

  get changedKeys(): boolean {
    return this.#keys.size > 1 || this.#dead.size > 0;
  }

  #die(...keys: readonly string[]): void {
    for (const key of keys) if (!this.#dead.has(key)) this.#dead.set(key, this.world.clock.nowMs());
  }

  /** Of a node that is away, or whose ledger is, nothing is known: it is asked again, in the same words. */
  #insist(step: string, what: (desk: OperatorDesk) => Promise<boolean>, tries = TRIES): void {
    const { world } = this;
    const again = (): void => {
      if (tries > 1) world.clock.after(AGAIN_MS, () => this.#insist(step, what, tries - 1));
    };
    world.steps.pass(step, 'before');
    const desk = world.engine?.desk;
    if (desk === undefined) again();
    else
      void what(desk).then(
        (taken) => {
          if (!taken) again();
        },
        () => again(),
      );
    world.steps.pass(step, 'after');
  }
}
