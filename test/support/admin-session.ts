/** Into a running node as its owner, by the link that it gives to whoever has its folder. */
import { callNode } from '../../src/admin/control.js';
import type { AdminLink } from '../../src/node/access.js';

export async function enterNode(folder: string): Promise<{ readonly cookie: string }> {
  const answered = await callNode<AdminLink>(folder, 'admin.link', null);
  if (answered === undefined) throw new Error(`no node runs on ${folder}`);
  const entered = await fetch(answered.result.url, { redirect: 'manual' });
  return { cookie: cookiesOf(entered) };
}

/** As a browser would send them back. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
