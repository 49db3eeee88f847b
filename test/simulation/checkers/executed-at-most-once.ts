/** At most one execution per signal, by the broker's own books. */
import type { Checker } from '../evidence.js';

export const executedAtMostOnce: Checker = ({ records }) =>
  [...records.values()]
    .flat()
    .filter(({ executions }) => executions > 1)
    .map(({ id, executions }) => `${id} was executed ${executions} times`);
