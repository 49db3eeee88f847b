/** What the page's browser keeps: no script can read it, no other site sends it, and over TLS it goes over TLS alone. */
import type { SignedIn } from '../access/sign-ins.js';
import { LIMITS } from '../limits.js';
import type { From, SetCookie } from './route.js';

const SESSION = 'suho_session';
const REFRESH = 'suho_refresh';
const OIDC = 'suho_oidc';
/** Where the refresh token is sent, and nowhere else. */
const REFRESH_PATH = '/v1/session';
const OIDC_PATH = '/v1/oidc';

export interface Carried {
  readonly session: string | undefined;
  readonly refresh: string | undefined;
  readonly oidc: string | undefined;
}

export function carriedBy({ cookies }: Pick<From, 'cookies'>): Carried {
  return { session: cookies[SESSION], refresh: cookies[REFRESH], oidc: cookies[OIDC] };
}

export class Cookies {
  constructor(readonly secure: boolean) {}

  given({ access, accessExpiresMs, refresh, refreshExpiresMs }: SignedIn, nowMs: number): readonly SetCookie[] {
    const seconds = (untilMs: number): number => Math.max(0, Math.floor((untilMs - nowMs) / 1_000));
    return [
      this.#cookie(SESSION, access, '/', seconds(accessExpiresMs)),
      this.#cookie(REFRESH, refresh, REFRESH_PATH, seconds(refreshExpiresMs)),
    ];
  }

  taken(): readonly SetCookie[] {
    return [this.#cookie(SESSION, '', '/', 0), this.#cookie(REFRESH, '', REFRESH_PATH, 0)];
  }

  /** Comes back from another site, with the browser that was sent there: so not strict, and for that address alone. */
  oidc(state: string): SetCookie {
    return this.#cookie(OIDC, state, OIDC_PATH, state === '' ? 0 : LIMITS.access.oidcMs / 1_000, 'lax');
  }

  #cookie(name: string, value: string, path: string, maxAge: number, sameSite: 'strict' | 'lax' = 'strict'): SetCookie {
    return { name, value, options: { path, maxAge, httpOnly: true, sameSite, secure: this.secure } };
  }
}
