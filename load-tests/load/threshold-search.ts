/**
 * The highest load that holds: doubled until it does not, then halved in ratio between the two. Measured on a machine that others
 * use as well, so one failed try proves nothing: a load fails when it has failed more often than it held, and what is answered has held
 * once more after the search. Pure: what a load is, and how long one try takes, is the caller's.
 */
export interface SearchOptions {
  readonly first: number;
  readonly most: number;
  /** The search ends when the next is less than this share above the last that held. */
  readonly tolerance: number;
  /** Of so many tries at most the majority counts. */
  readonly tries: number;
  readonly holds: (load: number) => Promise<boolean>;
  /** True once no further try may begin. */
  readonly over: () => boolean;
}

export interface Probe {
  readonly load: number;
  readonly held: boolean;
}

export interface Found {
  /** 0 where not even the first that was tried held. */
  readonly load: number;
  /** Whether it was reached within the tolerance, and held again at the end; else time or `most` ended the search. */
  readonly confirmed: boolean;
  readonly endedBy: 'found' | 'most' | 'time';
  readonly probes: readonly Probe[];
}

class Search {
  readonly probes: Probe[] = [];

  constructor(readonly options: SearchOptions) {}

  /** Undefined where time was over before the majority was known. */
  async majority(load: number): Promise<boolean | undefined> {
    const { tries, holds, over } = this.options;
    const needed = Math.floor(tries / 2) + 1;
    let [held, failed] = [0, 0];
    while (held < needed && failed < needed) {
      if (over()) return undefined;
      const one = await holds(load);
      this.probes.push({ load, held: one });
      if (one) held += 1;
      else failed += 1;
    }
    return held >= needed;
  }

  found(load: number, confirmed: boolean, endedBy: Found['endedBy']): Found {
    return { load, confirmed, endedBy, probes: this.probes };
  }
}

export async function findThreshold(options: SearchOptions): Promise<Found> {
  const search = new Search(options);
  const { first, most, tolerance } = options;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  while (low < most && high - low > Math.max(1, low * tolerance)) {
    const load = nextLoad(low, high, first, most);
    const held = await search.majority(load);
    if (held === undefined) return search.found(low, false, 'time');
    if (held) low = load;
    else high = load;
  }
  return confirm(search, low, low >= most ? 'most' : 'found');
}

/** Doubled while everything held; then the geometric mean, for the tolerance is a ratio; halves while nothing did. */
function nextLoad(low: number, high: number, first: number, most: number): number {
  if (high === Number.POSITIVE_INFINITY) return Math.min(most, low === 0 ? first : 2 * low);
  const mean = Math.round(low === 0 ? high / 2 : Math.sqrt(low * high));
  return Math.min(high - 1, Math.max(low + 1, mean));
}

/** What held by luck while the machine was quiet does not hold again: one step of the tolerance down, until one does. */
async function confirm(search: Search, found: number, endedBy: Found['endedBy']): Promise<Found> {
  const { tolerance } = search.options;
  for (let load = found; load >= 1; load = Math.floor(load / (1 + tolerance))) {
    const held = await search.majority(load);
    if (held === undefined) return search.found(load, false, 'time');
    if (held) return search.found(load, true, endedBy);
  }
  return search.found(0, false, endedBy);
}
