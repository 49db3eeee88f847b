/** Signing in by an OpenID provider: there and back. */
import { z } from 'zod';
import type { SignIns } from '../../access/sign-ins.js';
import type { Clock } from '../../runtime/clock.js';
import { carriedBy, type Cookies } from '../cookies.js';
import type { Oidc } from '../oidc.js';
import { Reply, type Route, route } from '../route.js';

export interface OidcParts {
  readonly oidc: Oidc;
  readonly signIns: SignIns;
  readonly cookies: Cookies;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** How browsers reach this node. */
  readonly origin: () => string;
}

const UNKEPT = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

export function oidcRoutes({ oidc, signIns, cookies, clock, origin }: OidcParts): readonly Route[] {
  return [
    route({
      url: '/v1/oidc/login',
      tag: 'session',
      summary: 'Sends a browser to the OpenID provider.',
      needs: 'anyone',
      handle: async () => {
        const { url, state } = await oidc.begin(`${origin()}/v1/oidc/callback`);
        return new Reply('', { status: 303, headers: { ...UNKEPT, location: url }, cookies: [cookies.oidc(state)] });
      },
    }),
    route({
      url: '/v1/oidc/callback',
      tag: 'session',
      summary: 'Where the provider sends the browser back to.',
      needs: 'anyone',
      query: z.looseObject({ state: z.string().max(1_024) }),
      handle: async ({ from, query }) => {
        // The state that came back must be the one that this browser was sent away with.
        const own = carriedBy(from).oidc === query.state ? query.state : undefined;
        const vouched = await oidc.finish(new URL(from.url, 'http://here').search, own);
        const into = await signIns.vouched({ ...vouched, address: from.address });
        const set = [...cookies.given(into, clock.nowMs()), cookies.oidc('')];
        return new Reply('', { status: 303, headers: { ...UNKEPT, location: '/' }, cookies: set });
      },
    }),
  ];
}
