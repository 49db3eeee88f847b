/** The advisers' budget in the data folder: one small file, replaced whole. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../errors.js';
import type { BudgetState, BudgetStore, Spent } from './budget.js';

const NAME = 'advisers.json';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isState(value: unknown): value is BudgetState {
  const { dayMs, spent } = (value ?? {}) as Partial<BudgetState>;
  if (!isCount(dayMs) || typeof spent !== 'object' || spent === null) return false;
  return Object.values<Partial<Spent> | null>(spent).every((one) => isCount(one?.requests) && isCount(one?.tokens));
}

/** The folder is the node's own, which has locked it. */
export function budgetFile(folder: string): BudgetStore {
  const path = join(folder, NAME);
  return {
    load: async () => {
      let state: unknown;
      try {
        state = JSON.parse(await readFile(path, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}.`, { cause: error });
      }
      // Nobody spends money on a guess of what was spent.
      if (!isState(state)) throw new SuhoError('FILE_UNREADABLE', `${path} does not tell what advisers have cost.`);
      return state;
    },
    save: async (state) => {
      const unfinished = `${path}.new`;
      await writeFile(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o600 });
      await rename(unfinished, path);
    },
  };
}
