/** Who comes in over HTTP: users, their sign-ins, the link for whoever has the machine, and an OpenID provider where one is named. */
import { AddressRanges, rangeFault } from '../access/address-ranges.js';
import { AdminLinks } from '../access/admin-links.js';
import { ApiKeys } from '../access/api-keys.js';
import { Passwords } from '../access/passwords.js';
import { allowed } from '../access/principal.js';
import { type Role, ROLES } from '../access/roles.js';
import { SignIns } from '../access/sign-ins.js';
import { UserDesk, userMethods } from '../access/users.js';
import type { ControlMethods } from '../admin/control.js';
import { Cookies } from '../admin/cookies.js';
import { Entrance } from '../admin/entrance.js';
import type { HttpServer } from '../admin/http.js';
import { Oidc, roleOfClaim } from '../admin/oidc.js';
import type { From, Route } from '../admin/route.js';
import { oidcRoutes } from '../admin/routes/oidc.js';
import { sessionRoutes } from '../admin/routes/session.js';
import { userRoutes } from '../admin/routes/users.js';
import { type Config, several } from '../config.js';
import { SuhoError } from '../errors.js';
import { networkOf } from '../gateway/address-book.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { Ground } from './ground.js';
import type { NodeOptions } from './node.js';

export interface AdminLink {
  readonly url: string;
  readonly expiresMs: number;
}

export interface Access {
  readonly entrance: Entrance;
  readonly keys: ApiKeys;
  readonly routes: readonly Route[];
  readonly methods: ControlMethods;
  /** Proxies in front of HTTP that are believed. */
  readonly proxies: AddressRanges;
  /** Whether what the node counts may be told there. */
  mayMeasure(from: From): Promise<boolean>;
  adminLink(): AdminLink;
}

export type AccessOptions = Pick<NodeOptions, 'config' | 'log'> & { readonly stores: { readonly ledger: Ledger } };

function rangesOf(name: string, ranges: readonly string[]): readonly string[] {
  const fault = ranges.map(rangeFault).find((one) => one !== undefined);
  if (fault !== undefined) throw new SuhoError('CONFIG_INVALID', `${name}: ${fault}`);
  return ranges;
}

export interface AccessGround extends Pick<Ground, 'tokens'> {
  readonly tenants: Pick<Ground['tenants'], 'withoutApi'>;
}

/** `ROLE=RANGE, …` */
function addressesByRole(setting: string): Readonly<Partial<Record<Role, readonly string[]>>> {
  const byRole: Partial<Record<Role, string[]>> = {};
  for (const one of several(setting)) {
    const [name, range = ''] = one.split('=');
    const role = ROLES.find((known) => known === name);
    if (role === undefined) throw new SuhoError('CONFIG_INVALID', `roleAddresses: there is no role ${name}`);
    byRole[role] = [...(byRole[role] ?? []), ...rangesOf('roleAddresses', [range])];
  }
  return byRole;
}

function oidcOf({ config, log }: AccessOptions): Oidc | undefined {
  const { oidcIssuer: issuer, oidcClient: client, oidcSecret: secret, oidcClaim: claim } = config;
  if (issuer === '') return undefined;
  const roles = several(config.oidcRoles).map(roleOfClaim);
  return new Oidc({ issuer, client, secret, claim, roles, clock: systemClock, log });
}

/** How a browser reaches the node. */
function originOf({ publicUrl }: Config, http: HttpServer | undefined): string {
  if (publicUrl !== '') return publicUrl;
  if (http === undefined) throw new SuhoError('CONFLICT', 'HTTP is off on this node');
  return http.url;
}

/** Ids and the clock are the machine's, whatever the engine's are: what people are given must not follow from a seed. */
export function openAccess(
  options: AccessOptions,
  { tokens, tenants }: AccessGround,
  http: () => HttpServer | undefined,
): Access {
  const { config, stores } = options;
  const { ledger } = stores;
  const machine = { ledger, ids: entropyIds, clock: systemClock, passwords: new Passwords(entropyIds) };
  const signIns = new SignIns({ ...machine, signer: tokens, networkOf, addresses: addressesByRole(config.roleAddresses) });
  const users = new UserDesk({ ...machine, changed: () => signIns.forget() });
  const links = new AdminLinks(entropyIds, systemClock);
  const keys = new ApiKeys({ ...machine, barred: (id) => tenants.withoutApi(id) });
  const entrance = new Entrance({
    signIns,
    keys,
    verify: (token) => tokens.verify(token),
    accounts: (ids) => ledger.accounts(ids),
  });
  const origin = (): string => originOf(config, http());
  const cookies = new Cookies(config.httpTls || config.publicUrl.startsWith('https:'));
  const oidc = oidcOf(options);
  const metricsFrom = new AddressRanges(rangesOf('metricsFrom', several(config.metricsFrom)));
  const proxies = new AddressRanges(rangesOf('trustedProxies', several(config.trustedProxies)));
  const adminLink = (): AdminLink => {
    const at = origin();
    const { token, expiresMs } = links.make();
    return { url: `${at}/enter/${token}`, expiresMs };
  };
  const parts = { signIns, users, links, entrance, cookies, clock: systemClock, origin, byProvider: oidc !== undefined };
  return {
    entrance,
    keys,
    proxies,
    routes: [...sessionRoutes(parts), ...userRoutes(users), ...(oidc === undefined ? [] : oidcRoutes({ ...parts, oidc }))],
    methods: { ...userMethods(users), 'admin.link': async () => adminLink() },
    mayMeasure: async (from) => {
      if (metricsFrom.has(from.address)) return true;
      const principal = await entrance.principal(from, 'GET');
      return principal !== undefined && allowed(principal, 'node.see');
    },
    adminLink,
  };
}
