/**
 * Risk limits hold, by the brokers' own books and prices: what a signal may lose at its stop is no more of the equity than its
 * tenant allows, no more is sent than fits beside what is there, in all, of its symbol, by its worth and of one currency, none goes
 * where its tenant does not let it or after its day's loss, and a broker never held more positions at once than that.
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
  ...openings.flatMap(({ accountId, id, symbol, countedOfSymbol }) => {
    const most = accounts.get(accountId)?.positionsPerSymbolMost ?? null;
    return most === null || countedOfSymbol <= most
      ? []
      : [`${id} was sent as number ${countedOfSymbol} of positions and signals of ${symbol}, and ${most} are allowed`];
  }),
  ...openings.flatMap(({ accountId, id, leverage }) => {
    const most = accounts.get(accountId)?.leverageMost ?? null;
    return most === null || leverage <= most * SLACK
      ? []
      : [`${id} makes the account's leverage ${leverage.toFixed(2)}, and ${most} is allowed`];
  }),
  ...openings.flatMap(({ accountId, id, exposurePercent }) => {
    const most = accounts.get(accountId)?.currencyExposureMostPercent ?? null;
    return most === null || exposurePercent <= most * SLACK
      ? []
      : [`${id} brings a currency to ${exposurePercent.toFixed(0)} % of the equity, and ${most} % are allowed`];
  }),
  ...openings.flatMap(({ accountId, id, dayLossPercent }) => {
    const most = accounts.get(accountId)?.dailyLossMostPercent ?? null;
    return most === null || dayLossPercent < most
      ? []
      : [`${id} was sent after a loss of ${dayLossPercent.toFixed(2)} % of the day, and ${most} % are the most`];
  }),
  ...openings.flatMap(({ accountId, id, side }) => {
    const allowed = accounts.get(accountId)?.directions ?? 'both';
    return allowed === 'both' || allowed === (side === 'BUY' ? 'long-only' : 'short-only')
      ? []
      : [`${id} is a ${side}, and ${allowed} is allowed`];
  }),
  ...held.flatMap(({ accountId, positions, atMs }) => {
    const most = accounts.get(accountId)?.positionsMost ?? null;
    return most === null || positions <= most
      ? []
      : [`${accountId} held ${positions} positions at ${atMs}, and ${most} are allowed`];
  }),
];
