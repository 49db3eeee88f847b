import { LIMITS } from '../limits.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { AccountDesk } from './account-desk.js';

/** What is signed, but for its times. */
export interface TokenSubject {
  readonly accountId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly epoch: number;
}

export type IssueToken = (subject: TokenSubject) => {
  readonly token: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
};

/** Tokens for HTTP of the EA that asks for one; from then on it has the next before the last has ended. */
export class AccountTokens {
  #last: { readonly session: EaSession; readonly issuedMs: number; readonly send: () => void } | undefined;

  constructor(
    readonly desk: AccountDesk,
    readonly issue: IssueToken,
  ) {}

  /** One that asks again at once gets the same: signing is not for free. */
  asked(session: EaSession): void {
    const last = this.#last;
    const fresh = last?.session === session && this.desk.context.clock.nowMs() - last.issuedMs < LIMITS.tokens.againMs;
    if (fresh) last.send();
    else this.#next(session);
  }

  beat(session: EaSession): void {
    const last = this.#last;
    if (last?.session !== session) return;
    if (this.desk.context.clock.nowMs() - last.issuedMs >= (LIMITS.tokens.lifeMs * 2) / 3) this.#next(session);
  }

  #next(session: EaSession): void {
    const { accountId, tenantId } = this.desk.owner();
    const { token, issuedMs, expiresMs } = this.issue({ accountId, tenantId, sessionId: session.id, epoch: session.epoch });
    const send = (): void => void session.send({ kind: 'TOKEN', expiresMs, token });
    this.#last = { session, issuedMs, send };
    send();
  }
}
