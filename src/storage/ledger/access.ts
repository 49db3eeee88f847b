/** Users and who of them has signed in, as the ledger keeps them. Every change is told in the audit log, of secrets only that they changed. */
import type { Role } from '../../access/roles.js';
import type { Page } from './ledger.js';

export interface UserRow {
  readonly name: string;
  /** `NODE_ITSELF` of those who reach all tenants. */
  readonly tenantId: string;
  readonly role: Role;
  /** scrypt, with its parameters and salt; null where this user does not sign in by one. */
  readonly password: string | null;
  /** base32. */
  readonly totpSecret: string | null;
  /** When its first code was shown; null: it does not count yet. */
  readonly totpConfirmed: number | null;
  /** Of the newest code that was taken. */
  readonly totpStep: number;
  /** SHA-256 of the recovery codes that are left. */
  readonly recovery: readonly string[];
  /** Ranges of addresses that this user may come from; none: from everywhere. */
  readonly addresses: readonly string[];
  readonly removedAt: number | null;
  readonly createdAt: number;
}

export type NewUser = Pick<UserRow, 'name' | 'tenantId' | 'role' | 'password' | 'addresses' | 'createdAt'>;
export type UserChange = Partial<
  Pick<UserRow, 'role' | 'password' | 'totpSecret' | 'totpConfirmed' | 'totpStep' | 'recovery' | 'addresses' | 'removedAt'>
>;

export interface ByWhom {
  /** The user who changes it; `operator` where it is whoever has the machine. */
  readonly by: string;
  readonly atMs: number;
}

export interface SignInRow {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  /** Null: the user's, as it stands. */
  readonly role: Role | null;
  /** SHA-256 of the newest refresh token. */
  readonly refreshHash: string;
  /** What the page sends with everything that changes something. */
  readonly csrf: string;
  readonly secondFactorAt: number | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endedWhy: string | null;
}

export type NewSignIn = Omit<SignInRow, 'endedAt' | 'endedWhy'>;

/** `reused`: a token that another has taken the place of, so that the sign-in is ended. `ended`: it was before, or is past its time. */
export type Refreshed = { readonly kind: 'refreshed'; readonly row: SignInRow } | { readonly kind: 'reused' | 'ended' };

export interface AccessStore {
  /** `exists`: the name is taken, or was another tenant's. */
  addUser(user: NewUser, by: string): Promise<UserRow | 'exists'>;
  /** Undefined where there is none, or none any more. */
  user(name: string): Promise<UserRow | undefined>;
  /** By name, without those who were removed. */
  listUsers(filter: { readonly tenantId?: string; readonly after?: string }): Promise<Page<UserRow>>;
  /** `ends`: why all of the user's sign-ins end with it. */
  changeUser(name: string, change: UserChange, by: ByWhom & { readonly ends?: string }): Promise<UserRow | undefined>;
  /** Whether the code of that step may be taken: not where it was, or a later one. */
  takeCode(name: string, step: number, atMs: number): Promise<boolean>;
  /** Whether the code was among those that are left; it is not any more. */
  takeRecovery(name: string, hash: string, atMs: number): Promise<boolean>;
  /** `from` is the address that it came from. */
  openSignIn(signIn: NewSignIn, from: string): Promise<void>;
  signIn(id: string): Promise<SignInRow | undefined>;
  /** Puts the token's hash `to` in the place of `from`, once; who comes with another than the newest ends the sign-in. */
  refreshSignIn(
    id: string,
    change: { readonly from: string; readonly to: string; readonly atMs: number; readonly expiresAt: number },
  ): Promise<Refreshed>;
  /** False where the sign-in has ended. */
  markSecondFactor(id: string, atMs: number): Promise<boolean>;
  endSignIn(id: string, why: string, atMs: number): Promise<boolean>;
}
