/**
 * An operator of a world: closes everything of an account, by whichever node has its session; where none has, he lets it wait
 * for one, as `suho account` does, in a row under the account's present epoch.
 */
import { type AccountWish, type CommandAnswer, newCommand } from '../../src/accounts/commands.js';
import { type Ids, seededIds } from '../../src/runtime/ids.js';
import { LIMITS } from '../../src/limits.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import type { ClusterWorld } from './cluster-world.js';
import type { SimulatedEa } from './simulated-ea.js';

export class SimulatedOperator {
  readonly #ids: Ids;
  readonly #whenSent = new Set<string>();
  #asked = 0;

  constructor(readonly world: ClusterWorld) {
    this.#ids = seededIds(`operator ${world.seed}`);
  }

  /** At once, or when its next signal has just left: then it may still be called back. */
  closeAll(ea: SimulatedEa, whenSent: boolean, waitMs: number): void {
    if (whenSent) this.#whenSent.add(ea.accountId);
    else this.#ask(ea, waitMs);
  }

  signalLeft(ea: SimulatedEa): void {
    if (!this.#whenSent.delete(ea.accountId)) return;
    this.world.clock.after(1, () => this.#ask(ea, 0));
  }

  /** Nobody came for what has waited, and nobody need come to say so. */
  async expire(rows: readonly CommandRow[]): Promise<void> {
    const { ledger, clock } = this.world;
    const atMs = clock.nowMs();
    for (const { id, accountId, state, validUntil } of rows) {
      if (state !== 'PENDING' || validUntil > atMs) continue;
      const [account] = await ledger.accounts([accountId]);
      const move = { kind: 'command-transition', from: ['PENDING'], to: 'EXPIRED', said: 'no session came', atMs } as const;
      await ledger.commit([{ ...move, accountId, epoch: account?.epoch ?? 0, commandId: id }]);
    }
  }

  #ask(ea: SimulatedEa, waitMs: number): void {
    this.#asked += 1;
    const reason = 'an operator asked for it';
    const wish: AccountWish = {
      action: 'CLOSE_ALL',
      scope: 'OURS',
      cause: `operator:${this.#asked}`,
      reason,
      askedBy: 'operator',
    };
    const { accountId, tenantId } = ea.made;
    let away = 0;
    const answered = (answer: CommandAnswer): void => {
      if (answer.kind !== 'refused' || answer.away !== true) return;
      away += 1;
      if (away === this.world.nodes.length && waitMs > 0) void this.#wait(ea, wish, waitMs);
    };
    const to = { kind: 'command', accountId, message: { kind: 'command', wish, answered } } as const;
    for (const { process } of this.world.nodes) {
      if (process === undefined) answered({ kind: 'refused', sentence: 'the node does not answer', away: true });
      else process.root.tenants.tell({ kind: 'command', tenantId, to });
    }
  }

  async #wait({ made: { accountId, tenantId } }: SimulatedEa, wish: AccountWish, waitMs: number): Promise<void> {
    const { ledger, clock } = this.world;
    const nowMs = clock.nowMs();
    const [account] = await ledger.accounts([accountId]);
    const id = this.#ids.idFor(`${accountId} ${wish.cause}`, nowMs);
    const validUntil = nowMs + Math.min(waitMs, LIMITS.command.waitMostMs);
    const command = newCommand(wish, { id, accountId, tenantId, instance: null, validUntil, nowMs });
    await ledger.commit([{ kind: 'command', accountId, epoch: account?.epoch ?? 0, command }]);
  }
}
