/** A statement's trades as CSV (RFC 4180): numbers as they are, times of the broker's clock without a zone. */
import type { StatedTrade, Statement } from '../../accounts/statement.js';

const COLUMNS: readonly (readonly [name: string, of: (trade: StatedTrade) => string | number])[] = [
  ['trade', ({ tradeId }) => tradeId],
  ['symbol', ({ symbol }) => symbol],
  ['direction', ({ direction }) => direction],
  ['volume', ({ volume }) => volume],
  ['opened', ({ openedAt }) => brokerTime(openedAt)],
  ['closed', ({ time }) => brokerTime(time)],
  ['entry', ({ entryPrice }) => entryPrice],
  ['exit', ({ exitPrice }) => exitPrice],
  ['pips', ({ pips }) => pips],
  ['profit', ({ profit }) => profit],
  ['commission', ({ commission }) => commission],
  ['swap', ({ swap }) => swap],
  ['net', ({ net }) => net],
  ['strategy', ({ strategy }) => strategy],
  ['closed_by', ({ reason }) => reason],
];

/** `2026-03-02 08:15:00`: whose clock it is cannot be said by a zone. */
export function brokerTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** A text that a spreadsheet would work out as a formula is told to be text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function statementCsv({ trades }: Statement): string {
  const lines = [COLUMNS.map(([name]) => name), ...trades.map((trade) => COLUMNS.map(([, of]) => cell(of(trade))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
