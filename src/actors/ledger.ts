import { sentence } from '../errors.js';
import type { GroupCommit } from '../storage/ledger/group-commit.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';

/** Whether the ledger answers; read by `/readyz` and the status command. */
export interface LedgerHealth {
  ok: boolean;
  sentence: string | undefined;
}

export interface LedgerActorOptions {
  readonly ledger: Pick<Ledger, 'ping'>;
  readonly commits: GroupCommit;
  readonly health: LedgerHealth;
}

export type LedgerMessage =
  | { readonly kind: 'look' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly error: unknown };

const LOOK_EVERY_MS = 5_000;

/** Looks after the ledger: asks it for a sign of life, and shows what waits for its commit. */
class LedgerActor implements Behaviour<LedgerMessage> {
  constructor(
    readonly context: ActorContext<LedgerMessage>,
    readonly options: LedgerActorOptions,
  ) {
    context.after(LOOK_EVERY_MS, { kind: 'look' });
  }

  receive(message: LedgerMessage): void {
    const { health, ledger } = this.options;
    switch (message.kind) {
      case 'look':
        this.context.pipe(
          ledger.ping(),
          () => ({ kind: 'answered' }),
          (error) => ({ kind: 'failed', error }),
        );
        return;
      case 'answered':
        if (!health.ok) this.context.log.info({}, 'the ledger answers again');
        health.ok = true;
        health.sentence = undefined;
        break;
      case 'failed':
        if (health.ok) this.context.log.error({ err: sentence(message.error) }, 'the ledger does not answer');
        health.ok = false;
        health.sentence = sentence(message.error);
    }
    this.context.after(LOOK_EVERY_MS, { kind: 'look' });
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { health, commits } = this.options;
    return { ok: health.ok, sentence: health.sentence ?? null, pending: commits.pending };
  }
}

export function ledgerActor(options: LedgerActorOptions): ActorSpec<LedgerMessage> {
  return { name: 'ledger', create: (context) => new LedgerActor(context, options) };
}
