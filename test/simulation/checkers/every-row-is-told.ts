/** The audit log is whole, and tells of every signal and deal exactly once. */
import type { Checker } from '../evidence.js';

export const everyRowIsTold: Checker = ({ books, audit }) => {
  const told = new Map<string, number>();
  const counted = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const row of audit.rows) if ('entry' in row) counted(told, `${row.entry.kind} ${row.entry.subject}`);
  const wanted = new Map<string, number>();
  for (const { id } of books.signals) counted(wanted, `signal.raised ${id}`);
  // Tickets are a broker's own, and two brokers may give the same.
  for (const { deal } of books.deals) counted(wanted, `deal.booked ${deal}`);
  const faults = audit.report.faults.map(({ what }) => what);
  const untold = [...wanted].filter(([key, count]) => told.get(key) !== count);
  return [...faults, ...untold.map(([key, count]) => `${key}: told ${told.get(key) ?? 0} times, not ${count}`)];
};
