/**
 * Risk limits hold, by the brokers' own books and prices: what a signal may lose at its stop is no more of the equity than its
 * tenant allows, no more is sent than fits beside what is there, and a
 * broker never held more positions at once than that.
 */
import type { WorldChecker } from '../evidence.js';

/** Prices move between the assessment and the frame's leaving, and tick values are told once a minute. */
const SLACK = 1.1;

export const riskLimitsHold: WorldChecker = ({ accounts, openings, held }) => [
  // Without commission: a broker's is not known before its first deals have told it.
  ...openings.flatMap(({ accountId, id, equity, volume, distance, contractSize, rate }) => {
    const most = accounts.get(accountId)?.riskPercentMost ?? 0;
    const loss = volume * distance * contractSize * rate;
    const percent = (100 * loss) / equity;
    return percent <= most * SLACK ? [] : [`${id} may lose ${percent.toFixed(3)} % at its stop, and ${most} % is allowed`];
  }),
  // The EA has a limit of its own and refuses what is too many; but no more may be sent than fits.
  ...openings.flatMap(({ accountId, id, counted }) => {
    const most = accounts.get(accountId)?.positionsMost ?? null;
    return most === null || counted <= most
      ? []
      : [`${id} was sent as number ${counted} of positions and signals, and ${most} are allowed`];
  }),
  ...held.flatMap(({ accountId, positions, atMs }) => {
    const most = accounts.get(accountId)?.positionsMost ?? null;
    return most === null || positions <= most
      ? []
      : [`${accountId} held ${positions} positions at ${atMs}, and ${most} are allowed`];
  }),
];
