/** What each thing that is used costs, in units that add up over kinds: the table of `schema/cost-units.json`. Pure. */
import { z } from 'zod';
import { SuhoError } from '../errors.js';
import { MODEL_KINDS } from './tiers.js';

/** A prediction costs what each model costs that was heard in it. */
export const COST_ITEMS = [...MODEL_KINDS, 'own', 'adviser', 'signal', 'request'] as const;
export type CostItem = (typeof COST_ITEMS)[number];

/** Whole units: they are kept as counts. */
export type CostUnits = Readonly<Record<CostItem, number>>;

const table = z.record(z.enum(COST_ITEMS), z.int().nonnegative());

export function parseCostUnits(text: string): CostUnits {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('CONFIG_INVALID', 'The table of cost units is not JSON.', { cause: error });
  }
  const parsed = table.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SuhoError(
    'CONFIG_INVALID',
    `The table of cost units is wrong at ${issue?.path.join('.') || 'its root'}: ${issue?.message}.`,
  );
}
