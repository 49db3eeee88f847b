/** How people call an account: by its login at the broker; until its EA has come, by the end of its id. */
import type { AccountRow } from './answers.js';
import { get } from './api.js';
import { shortId } from './format.js';
import { useResource } from './resource.js';

/** Those beyond one page keep their ids. */
const NAMED_MOST = 500;
const EVERY_MS = 60_000;

export function accountName({ id, login }: Pick<AccountRow, 'id' | 'login'>): string {
  return login === null ? shortId(id) : String(login);
}

export function useAccountNames(): (id: string) => string {
  const { value } = useResource('account names', () => get('/v1/accounts', { most: NAMED_MOST }), {
    everyMs: EVERY_MS,
  });
  const names = new Map(value?.rows.map((account) => [account.id, accountName(account)]));
  return (id) => names.get(id) ?? shortId(id);
}
