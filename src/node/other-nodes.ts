/**
 * The other nodes of a cluster, as this one deals with them: what lives there is asked for over the bus, what is changed here is
 * told to them, and what they change is looked up in the ledger, which alone says how it is now.
 */
import { type AccountWish, AWAY, type CommandAnswer, isKnownAction } from '../accounts/commands.js';
import type { ActorRef } from '../actors/actor.js';
import type { TenantsMessage } from '../actors/tenants.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { Logger } from '../runtime/logger.js';
import type { Bus, Subscription } from '../storage/bus/bus.js';
import { Questions } from '../storage/bus/questions.js';
import { parseSubject, patternOf, subjectOf } from '../storage/bus/subjects.js';
import type { EmergencyStop } from '../storage/emergency-stop.js';
import { ChangeWatch } from '../storage/ledger/change-watch.js';
import type { AccountRow, Ledger, TenantRow } from '../storage/ledger/ledger.js';
import { SharedStop } from '../storage/shared-stop.js';

export interface OtherNodesOptions {
  readonly node: string;
  readonly bus: Bus;
  readonly ledger: Pick<Ledger, 'emergencyStop' | 'setEmergencyStop' | 'changedAccounts' | 'changedTenants'>;
  /** Of this node. */
  readonly stop: EmergencyStop;
  /** Those that are there, as far as is known. */
  readonly others: () => readonly string[];
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'idFor'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** What of this node the others' words and questions are about. */
export interface ServedNode {
  readonly tenants: ActorRef<TenantsMessage>;
  /** A tenant that is new or another in the ledger. */
  readonly tenantChanged: (tenant: TenantRow) => void;
  readonly ownModelsChanged: (tenantId: string) => void;
  /** What an account's actor shows of itself; undefined where it has no session here. */
  readonly view: (tenantId: string, accountId: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** What may be another in the ledger; of a tenant's own models the tenant is named. */
export type ChangedKind = 'account' | 'tenant' | 'own-models';

/** What another node shows of an account: which that is, and why nothing is shown where one is silent. */
export type ViewElsewhere =
  | { readonly kind: 'told'; readonly node: string; readonly figures: Readonly<Record<string, unknown>> }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'silent'; readonly nodes: readonly string[] };

export class OtherNodes {
  readonly stop: SharedStop;
  readonly #options: OtherNodesOptions;
  readonly #questions: Questions;

  constructor(options: OtherNodesOptions) {
    this.#options = options;
    const { node, bus, ledger, stop: own, log } = options;
    this.#questions = new Questions(options);
    const tell = (stopped: Parameters<SharedStop['heard']>[0]['stopped']): void =>
      void bus.publish(subjectOf('stop', { node }), { node, stopped });
    this.stop = new SharedStop({ own, ledger, tell, log });
  }

  /** Asks for a command where the account's session is; the node that has it makes the row, under its epoch, and sends it. */
  async command({ id, tenantId }: Pick<AccountRow, 'id' | 'tenantId'>, wish: AccountWish): Promise<CommandAnswer> {
    const outcome = await this.#questions.ask(subjectOf('command', { account: id, command: wish.action }), { tenantId, wish });
    switch (outcome.kind) {
      case 'told':
        return outcome.value as CommandAnswer;
      case 'nobody':
        return AWAY;
      case 'silent': {
        const nodes = `${outcome.nodes.join(', ')} may have the session of account ${id}`;
        const sentence = `${nodes} and does not answer; look at its commands before you ask again`;
        return { kind: 'refused', sentence, away: true, unsure: true };
      }
    }
  }

  async view({ id, tenantId }: Pick<AccountRow, 'id' | 'tenantId'>): Promise<ViewElsewhere> {
    const outcome = await this.#questions.ask(subjectOf('view', { account: id }), { tenantId });
    if (outcome.kind !== 'told') return outcome;
    return { kind: 'told', node: outcome.node, figures: outcome.value as Readonly<Record<string, unknown>> };
  }

  /** After it is in the ledger. */
  tellChanged(kind: ChangedKind, name: string): void {
    const { bus, node } = this.#options;
    bus.publish(subjectOf('changed', { kind, name }), { node });
  }

  /** From here on what others ask is answered and what they change is heard of; ends what it answers. */
  serve(served: ServedNode): () => Promise<void> {
    const { bus, ledger, clock, node } = this.#options;
    const accounts = new ChangeWatch({
      changes: (after) => ledger.changedAccounts(after),
      timers: clock,
      changed: (account) => void served.tenants.tell({ kind: 'account', account }),
    });
    const tenants = new ChangeWatch({
      changes: (after) => ledger.changedTenants(after),
      timers: clock,
      changed: served.tenantChanged,
    });
    for (const watch of [accounts, tenants]) watch.start();
    const cancel = clock.every(LIMITS.session.changesMs, () => void this.stop.look());
    const listening: readonly Subscription[] = [
      this.#questions.answer(patternOf('command'), ({ subject, payload }) =>
        commandHere(served.tenants, parseSubject(subject)?.parts.account ?? '', payload),
      ),
      this.#questions.answer(patternOf('view'), ({ subject, payload }) =>
        served.view(payload.tenantId, parseSubject(subject)?.parts.account ?? ''),
      ),
      bus.subscribe(patternOf('changed'), ({ subject, payload }) => {
        if (payload.node === node) return;
        const { kind, name = '' } = parseSubject(subject)?.parts ?? {};
        if (kind === 'account') accounts.look();
        if (kind === 'tenant') tenants.look();
        if (kind === 'own-models') served.ownModelsChanged(name);
      }),
      bus.subscribe(patternOf('stop'), ({ payload }) => {
        if (payload.node !== node) void this.stop.heard(payload);
      }),
    ];
    return async () => {
      cancel();
      for (const one of listening) one.close();
      this.#questions.close();
      await Promise.all([accounts.close(), tenants.close()]);
    };
  }
}

/** Undefined where the account has no session here. */
async function commandHere(
  tenants: ActorRef<TenantsMessage>,
  accountId: string,
  { tenantId, wish }: { readonly tenantId: string; readonly wish: AccountWish },
): Promise<CommandAnswer | undefined> {
  if (!isKnownAction(wish.action))
    return { kind: 'refused', sentence: `the account’s node does not know ${String(wish.action)} yet` };
  const answer = await new Promise<CommandAnswer>((answered) => {
    const to = { kind: 'command', accountId, message: { kind: 'command', wish, answered } } as const;
    if (!tenants.tell({ kind: 'command', tenantId, to })) answered(AWAY);
  });
  return answer.kind === 'refused' && answer.away === true ? undefined : answer;
}
