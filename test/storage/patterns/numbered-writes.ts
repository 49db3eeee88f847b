/** Writes to a pattern store, one for each number, and what there is after the first so many of them. */
import type { PatternStore } from '../../../src/storage/patterns/patterns.js';
import { idOf, pattern, randomVector, seeded, sighting } from '../../contracts/patterns-world.js';

export const TENANT = 'tenant-a';

/** Four writes a round: a new pattern, an outcome for it, one for that before, and then one is removed or replaced. */
export async function write(store: PatternStore, number: number): Promise<void> {
  const round = Math.floor(number / 4);
  const vector = randomVector(seeded(`write ${round}`));
  const outcome = { signalId: `s${number}`, won: number % 3 === 0, profitPips: number, atMs: number };
  if (number % 4 === 0) await store.keep(TENANT, { item: sighting(`w${round}`), vector });
  else if (number % 4 === 1) await store.recordOutcome(TENANT, idOf(`w${round}`), outcome);
  else if (number % 4 === 2) await store.recordOutcome(TENANT, idOf(`w${round - 1}`), outcome);
  else if (round % 5 === 4) await store.remove(TENANT, 'patterns', [idOf(`w${round - 2}`)]);
  else await store.put(TENANT, 'patterns', [{ item: pattern(`w${round}`, { trades: 1_000 + round }), vector }]);
}

const ALL = 40;

/** Writes each of the same patterns again, with the number as its trades: the log grows by 30 kB. */
export async function writeAll(store: PatternStore, number: number): Promise<void> {
  const items = Array.from({ length: ALL }, (_, at) => ({
    item: pattern(`all ${at}`, { trades: number + 1 }),
    vector: randomVector(seeded(`all ${at}`)),
  }));
  await store.put(TENANT, 'patterns', items);
}

/** Whether that is what so many such writes made, and perhaps a part of the next. */
export function isAllAfter(trades: ReadonlyMap<string, number>, count: number): boolean {
  if (count === 0 && trades.size < ALL) return [...trades.values()].every((many) => many === 1);
  const inOrder = Array.from({ length: ALL }, (_, at) => trades.get(idOf(`all ${at}`)));
  const written = inOrder.findIndex((many) => many !== count + 1);
  return trades.size === ALL && inOrder.slice(written === -1 ? ALL : written).every((many) => many === count);
}

/** Trades by id after `count` writes, worked out without a store. */
export function tradesAfter(count: number): Map<string, number> {
  const trades = new Map<string, number>();
  const add = (id: string): void => {
    const known = trades.get(id);
    if (known !== undefined) trades.set(id, known + 1);
  };
  for (let number = 0; number < count; number++) {
    const round = Math.floor(number / 4);
    if (number % 4 === 0) trades.set(idOf(`w${round}`), 0);
    else if (number % 4 === 1) add(idOf(`w${round}`));
    else if (number % 4 === 2) add(idOf(`w${round - 1}`));
    else if (round % 5 === 4) trades.delete(idOf(`w${round - 2}`));
    else trades.set(idOf(`w${round}`), 1_000 + round);
  }
  return trades;
}

export async function tradesOf(store: PatternStore): Promise<Map<string, number>> {
  const trades = new Map<string, number>();
  for (let after: string | undefined; ; ) {
    const page = await store.page(TENANT, 'patterns', after);
    if (page.length === 0) return trades;
    for (const { item } of page) trades.set(item.id, item.trades);
    after = page.at(-1)?.item.id;
  }
}
