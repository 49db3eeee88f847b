/** Ids in order, in runs short enough that one comes or goes without moving the others. */
const RUN_MOST = 512;

/** Where in a sorted list those after `id` begin. */
function firstAfter(sorted: readonly string[], id: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as string) <= id) from = middle + 1;
    else to = middle;
  }
  return from;
}

export class SortedIds {
  /** None is empty. */
  readonly #runs: string[][] = [];

  /** One that is not there. */
  add(id: string): void {
    const at = this.#runOf(id);
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([id]);
      return;
    }
    run.splice(firstAfter(run, id), 0, id);
    if (run.length > RUN_MOST) this.#runs.splice(at + 1, 0, run.splice(RUN_MOST / 2));
  }

  delete(id: string): void {
    const at = this.#runOf(id);
    const run = this.#runs[at];
    const place = run === undefined ? -1 : firstAfter(run, id) - 1;
    if (run === undefined || run[place] !== id) return;
    run.splice(place, 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** At most so many after `id`, in order. */
  after(id: string, count: number): readonly string[] {
    const found: string[] = [];
    for (let at = this.#runOf(id); at < this.#runs.length && found.length < count; at++) {
      const run = this.#runs[at] as string[];
      const from = firstAfter(run, id);
      found.push(...run.slice(from, from + count - found.length));
    }
    return found;
  }

  /** The last run that begins at or before an id; the first where none does. */
  #runOf(id: string): number {
    let [from, to] = [0, this.#runs.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#runs[middle]?.[0] as string) <= id) from = middle + 1;
      else to = middle;
    }
    return Math.max(0, from - 1);
  }
}
