/** A real OpenID provider in this process, and the people whom it knows. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OidcProvider, openProvider } from './oidc-provider.js';

export const SECRET = 'a-secret-of-the-node-at-the-provider';
export const CLIENT = 'suho';
export interface Person {
  readonly groups: readonly string[];
  readonly amr: readonly string[];
}

/** Whoever is sent there is signed in as the person, and consents. */
export async function providerFor(people: Readonly<Record<string, Person>>) {
  let who = '';
  let answer: ReturnType<OidcProvider['callback']> | undefined;
  const server = createServer((request, response) => void answer?.(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (callback: string): void => {
    const provider = openProvider(issuer, {
      clients: [
        {
          ...{
            client_id: CLIENT,
            client_secret: SECRET,
            redirect_uris: [callback],
            token_endpoint_auth_method: 'client_secret_post',
          },
          ...{ response_types: ['code'], grant_types: ['authorization_code'] },
        },
      ],
      claims: { openid: ['sub', 'groups', 'amr', 'auth_time'], profile: [], email: [] },
      conformIdTokenClaims: false,
      cookies: { keys: ['of the test'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      findAccount: async (_context, id) => ({
        accountId: id,
        claims: async () => ({ sub: id, groups: [...(people[id]?.groups ?? [])] }),
      }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      loadExistingGrant: async ({ oidc }) => {
        const grant = new provider.Grant({ clientId: CLIENT, accountId: oidc.session?.accountId ?? '' });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
    const usual = provider.callback();
    answer = async (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return usual(request, response);
      const login = { accountId: who, amr: [...(people[who]?.amr ?? [])] };
      await provider.interactionFinished(request, response, { login });
    };
  };
  return {
    ...{ issuer, open },
    signInAs: (name: string) => {
      who = name;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
