/** The operator of the world's one account: asks through the node that is there, and again until somebody has taken it. */
import { Catalogue } from '../../src/accounts/catalogue.js';
import { CommandRequests } from '../../src/accounts/command-requests.js';
import { AWAY } from '../../src/accounts/commands.js';
import type { Tiers } from '../../src/accounts/tiers.js';
import type { ActorRef } from '../../src/actors/actor.js';
import type { TenantsMessage } from '../../src/actors/tenants.js';
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

export class FireOperator {
  #requests = 0;

  constructor(readonly world: FireWorld) {}

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
