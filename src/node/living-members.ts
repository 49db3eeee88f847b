/** Who is in a cluster before one joins it: an entry alone may be of a node that was killed, one that is renewed is of a living one. */
import type { Timers } from '../runtime/clock.js';
import type { Registry } from '../storage/bus/registry.js';
import type { Member } from '../cluster/member.js';
import { memberOf } from '../cluster/registry-values.js';

export interface LivingWish {
  /** Those that are waited for; where there are none the answer is at once. */
  readonly about: (member: Member) => boolean;
  /** Who is not renewed for so long does not live. */
  readonly ttlMs: number;
  readonly timers: Pick<Timers, 'after'>;
}

/** The first of those asked about that is renewed while it is looked at; undefined where none is, or the registry does not answer. */
export function livingMember(registry: Registry, { about, ttlMs, timers }: LivingWish): Promise<Member | undefined> {
  return new Promise((resolve) => {
    const seen = new Set<string>();
    const end = (member: Member | undefined): void => {
      cancel();
      watch.close();
      resolve(member);
    };
    const watch = registry.watch((change) => {
      if (change.kind === 'anew') seen.clear();
      if (change.kind === 'whole' && seen.size === 0) queueMicrotask(() => end(undefined));
      if (change.kind !== 'entry' || !change.entry.name.startsWith('member/')) return;
      const member = memberOf(change.entry.value);
      if (member === undefined || !about(member)) return;
      const life = `${member.node} ${member.session}`;
      if (seen.has(life)) queueMicrotask(() => end(member));
      seen.add(life);
    });
    const cancel = timers.after(ttlMs, () => end(undefined));
  });
}
