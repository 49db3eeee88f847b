/** The newest money of each account, as its EA tells it over the stream: a cell each, so that one figure repaints one row. */
import { useEffect } from 'preact/hooks';
import { Cell, useCell } from './cell.js';
import { live } from './live.js';

export interface Money {
  readonly balance: number;
  readonly equity: number;
  readonly margin: number;
  readonly freeMargin: number;
  readonly floating: number;
}

export interface AccountNews {
  readonly kind: string;
  readonly accountId: string;
  readonly finance?: Money;
}

const SHOWN_EVERY_MS = 500;
const cells = new Map<string, Cell<Money | undefined>>();
const arrived = new Map<string, Money>();
let timer: ReturnType<typeof setTimeout> | undefined;

function cellOf(accountId: string): Cell<Money | undefined> {
  const cell = cells.get(accountId) ?? new Cell<Money | undefined>(undefined);
  cells.set(accountId, cell);
  return cell;
}

function show(): void {
  timer = undefined;
  for (const [accountId, money] of arrived) cellOf(accountId).set(money);
  arrived.clear();
}

function heard(news: AccountNews | undefined): void {
  if (news?.finance === undefined) return;
  arrived.set(news.accountId, news.finance);
  if (timer === undefined) timer = setTimeout(show, SHOWN_EVERY_MS);
}

export function useMoney(accountId: string): Money | undefined {
  useEffect(() => live.on<AccountNews>('accounts', heard), []);
  return useCell(cellOf(accountId));
}

/** What changes an account's row, and not its money alone. */
export function changesRow({ kind }: AccountNews): boolean {
  return kind !== 'finance' && kind !== 'positions';
}
