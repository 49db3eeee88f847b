/**
 * Signing in by an OpenID provider: the code flow with PKCE, state and nonce, held to the browser that began it by a cookie. A claim
 * tells the role, by a table of the settings; whoever fits none is not let in. The provider is asked for what it is at the first
 * sign-in, so that a node starts without it.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { NODE_USERS } from '../access/principal.js';
import { isTenantRole, ROLES, type Role } from '../access/roles.js';
import type { Vouched } from '../access/sign-ins.js';
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { Refusal } from './problem.js';

export interface OidcOptions {
  readonly issuer: string;
  readonly client: string;
  readonly secret: string;
  readonly claim: string;
  readonly roles: readonly RoleOfClaim[];
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Logger;
}

export interface RoleOfClaim {
  readonly value: string;
  readonly role: Role;
  readonly tenantId: string;
}

/** `VALUE=ROLE` or `VALUE=ROLE@TENANT`. */
export function roleOfClaim(text: string): RoleOfClaim {
  const at = text.lastIndexOf('=');
  const [name = '', tenant] = text.slice(at + 1).split('@');
  const role = ROLES.find((one) => one === name);
  if (role === undefined || isTenantRole(role) !== (tenant !== undefined))
    throw new SuhoError('CONFIG_INVALID', `oidcRoles: ${text} is not VALUE=ROLE of a role of no tenant, or VALUE=ROLE@TENANT`);
  return { value: text.slice(0, at), role, tenantId: tenant ?? NODE_USERS };
}

interface Begun {
  readonly verifier: string;
  readonly nonce: string;
  readonly redirect: string;
  readonly untilMs: number;
}

/** A provider tells by these (RFC 8176) that more than a password was shown. */
const FACTORS = new Set(['mfa', 'otp', 'hwk', 'swk', 'sc', 'fpt', 'face']);

export class Oidc {
  /** By state, the oldest first. */
  readonly #begun = new Map<string, Begun>();
  #provider: Promise<Configuration> | undefined;

  constructor(readonly options: OidcOptions) {}

  /** Where the browser is sent, and what it is to keep. */
  async begin(redirect: string): Promise<{ readonly url: string; readonly state: string }> {
    const provider = await this.#known();
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    this.#begun.set(state, { verifier, nonce, redirect, untilMs: this.options.clock.nowMs() + LIMITS.access.oidcMs });
    const [oldest] = this.#begun.keys();
    if (this.#begun.size > LIMITS.access.oidcWaiting && oldest !== undefined) this.#begun.delete(oldest);
    const url = buildAuthorizationUrl(provider, {
      redirect_uri: redirect,
      scope: 'openid profile email',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...{ state, nonce },
    });
    return { url: url.href, state };
  }

  /** Whom the provider vouches for, by what the browser came back with; each once. */
  async finish(query: string, state: string | undefined): Promise<Omit<Vouched, 'address'>> {
    const begun = this.#begun.get(state ?? '');
    this.#begun.delete(state ?? '');
    if (begun === undefined || begun.untilMs <= this.options.clock.nowMs())
      throw new Refusal(401, 'the sign-in at the provider took too long, or did not begin here: begin again');
    try {
      const tokens = await authorizationCodeGrant(await this.#known(), new URL(`${begun.redirect}${query}`), {
        pkceCodeVerifier: begun.verifier,
        expectedState: state as string,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      return this.#vouched((tokens.claims() ?? {}) as Readonly<Record<string, unknown>>);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.options.log.warn({ err: sentence(error) }, 'a sign-in at the OpenID provider failed');
      throw new Refusal(401, 'the provider does not vouch for this sign-in', {}, 'NOT_LET_IN');
    }
  }

  #vouched(claims: Readonly<Record<string, unknown>>): Omit<Vouched, 'address'> {
    const told = claims[this.options.claim];
    const values = new Set(Array.isArray(told) ? told : [told]);
    const fits = this.options.roles.find(({ value }) => values.has(value));
    if (fits === undefined) throw new Refusal(403, `no role here fits the claim ${this.options.claim}`, {}, 'NOT_LET_IN');
    const factors = Array.isArray(claims.amr) ? claims.amr : [];
    const shownAt = typeof claims.auth_time === 'number' ? claims.auth_time : claims.iat;
    const secondFactorAt = factors.some((one) => FACTORS.has(one as string)) ? Number(shownAt) * 1_000 : null;
    return { name: `oidc:${String(claims.sub)}`, role: fits.role, tenantId: fits.tenantId, secondFactorAt };
  }

  #known(): Promise<Configuration> {
    const { issuer, client, secret } = this.options;
    const url = new URL(issuer);
    const plain = url.protocol === 'http:' ? { execute: [allowInsecureRequests] } : {};
    this.#provider ??= discovery(url, client, secret === '' ? undefined : secret, undefined, plain).catch((error: unknown) => {
      this.#provider = undefined;
      this.options.log.warn({ err: sentence(error) }, 'the OpenID provider does not answer');
      throw new SuhoError('UNREACHABLE', 'the OpenID provider does not answer');
    });
    return this.#provider;
  }
}
