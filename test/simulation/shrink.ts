/**
 * Delta debugging (Zeller's ddmin): a list that fails is cut into parts; a part that still fails takes the list's place, or
 * the list without a part does; when neither does, the parts get smaller, down to single members. Bounded in trials, since
 * each is a whole world.
 */
export interface Shrunk<T> {
  readonly smallest: readonly T[];
  readonly trials: number;
}

function parts<T>(list: readonly T[], count: number): readonly (readonly T[])[] {
  const made: (readonly T[])[] = [];
  for (let at = 0; at < count; at++) {
    const part = list.slice(Math.floor((at * list.length) / count), Math.floor(((at + 1) * list.length) / count));
    if (part.length > 0) made.push(part);
  }
  return made;
}

export async function shrink<T>(
  list: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
  trialsMost: number,
): Promise<Shrunk<T>> {
  let smallest = list;
  let count = 2;
  let trials = 0;
  const tried = async (part: readonly T[]): Promise<boolean> => {
    trials += 1;
    return fails(part);
  };
  if (list.length > 0 && trialsMost > 0 && (await tried([]))) return { smallest: [], trials };
  while (smallest.length > 1 && trials < trialsMost) {
    const cut = parts(smallest, count);
    const without = cut.map((part) => smallest.filter((member) => !part.includes(member)));
    let found: readonly T[] | undefined;
    for (const part of count === 2 ? cut : [...cut, ...without]) {
      if (trials >= trialsMost) break;
      if (await tried(part)) {
        found = part;
        break;
      }
    }
    if (found !== undefined) {
      count = Math.max(2, cut.some((part) => part === found) ? 2 : count - 1);
      smallest = found;
    } else if (count >= smallest.length) break;
    else count = Math.min(smallest.length, 2 * count);
  }
  return { smallest, trials };
}
