/** Who looks at the page, and what that lets them see. */
import { isTenantRole, may, type Permission } from '../src/access/roles.js';
import type { Me } from './answers.js';
import { Cell } from './cell.js';

export interface Session {
  /** False until the node has told. */
  readonly known: boolean;
  readonly me: Me | undefined;
  /** Whether an OpenID provider vouches for people here. */
  readonly oidc: boolean;
}

export const session = new Cell<Session>({ known: false, me: undefined, oidc: false });

export function can(permission: Permission): boolean {
  const { me } = session.value;
  return me !== undefined && may(me.role, permission);
}

/** Whether the page is a tenant's own. */
export function ofTenant(): boolean {
  const { me } = session.value;
  return me !== undefined && isTenantRole(me.role);
}

/** The node has told of it anew: who came in, or showed the second factor. */
export function isNow(me: Me | undefined): void {
  session.set({ ...session.value, known: true, me });
}
