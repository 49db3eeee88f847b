/** The OpenID provider that tests run: a package without types, of which this is what they use. */
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Context {
  readonly oidc: { readonly session?: { readonly accountId?: string } };
}

interface Account {
  readonly accountId: string;
  claims(): Promise<object>;
}

interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<string>;
}

interface Settings {
  readonly clients: readonly object[];
  readonly claims: object;
  readonly conformIdTokenClaims: boolean;
  readonly cookies: object;
  readonly pkce: object;
  readonly features: object;
  readonly interactions: { url(context: Context, interaction: { readonly uid: string }): string };
  findAccount(context: Context, id: string): Promise<Account>;
  loadExistingGrant(context: Context): Promise<Grant>;
}

export interface OidcProvider {
  readonly Grant: new (of: { readonly clientId: string; readonly accountId: string }) => Grant;
  callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
}

// A name that the compiler does not look up.
const PACKAGE: string = 'oidc-provider';
const loaded = (await import(PACKAGE)) as { readonly Provider: new (issuer: string, settings: Settings) => OidcProvider };

export function openProvider(issuer: string, settings: Settings): OidcProvider {
  return new loaded.Provider(issuer, settings);
}
