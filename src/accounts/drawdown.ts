/**
 * How far an account's equity is below the highest it has been, corrected for deposits and withdrawals: money that comes or
 * goes moves the highest in the same proportion as the equity, so that no drawdown is made or hidden by it. 9,000 after 10,000
 * is 10 %, and is 10 % still when 8,000 of it are withdrawn.
 *
 * A movement is told beside the money that holds it, before or after: then what was seen before that money is what it moves.
 */
interface Level {
  readonly highest: number;
  readonly equity: number;
}

/** What it goes on from: the newest that was kept. */
export interface DrawdownState {
  readonly highestEquity: number;
  readonly equity: number;
  /** Ticket of the newest movement that is in it. */
  readonly newestMovement: bigint;
}

export interface Money {
  readonly balance: number;
  readonly equity: number;
  /** Closed since the broker's midnight. */
  readonly dayProfit: number;
}

/** Half of the smallest coin: what rounding may leave between a movement and the balances around it. */
const NEAR = 0.005;

function moved({ highest, equity }: Level, amount: number): Level {
  const after = equity + amount;
  // Of nothing there is no proportion: what is there now is a beginning.
  return { highest: equity > 0 && after > 0 ? (highest * after) / equity : Math.max(after, 0), equity: after };
}

function seen({ highest }: Level, equity: number): Level {
  return { highest: Math.max(highest, equity), equity };
}

export class Drawdown {
  #level: Level | undefined;
  /** Before the newest money, and before the session's first. */
  #before: Level | undefined;
  #beforeSession: Level | undefined;
  /** Highest equity told in this session, as it was told. */
  #sessionHighest = Number.NEGATIVE_INFINITY;
  #money: Money | undefined;
  /** What the newest money has that the day's profit does not explain. */
  #unexplained = 0;
  /** Told, and not yet in the money. */
  #coming = 0;
  #newestMovement = 0n;

  constructor(state?: DrawdownState) {
    if (state === undefined) return;
    this.#level = { highest: state.highestEquity, equity: state.equity };
    this.#newestMovement = state.newestMovement;
  }

  get highestEquity(): number {
    return this.#level?.highest ?? 0;
  }

  get newestMovement(): bigint {
    return this.#newestMovement;
  }

  /** Percent of the highest; 100 where nothing is left. */
  get percent(): number {
    if (this.#level === undefined || this.#level.highest <= 0) return 0;
    const { highest, equity } = this.#level;
    return Math.min(100, Math.max(0, (100 * (highest - equity)) / highest));
  }

  /**
   * What came and went while nobody listened is told by history, after the first money. Where no movement was told yet, what is
   * kept is of a node that ended before it was: the deposit that the account began with is in it already.
   */
  beginSession(): void {
    this.#beforeSession = this.#newestMovement === 0n ? undefined : this.#level;
    this.#sessionHighest = Number.NEGATIVE_INFINITY;
    this.#money = undefined;
    this.#coming = 0;
  }

  tellMoney(money: Money): void {
    const before = this.#level ?? { highest: 0, equity: 0 };
    this.#before = this.#level;
    const base = this.#coming === 0 ? before : moved(before, this.#coming);
    const last = this.#money;
    this.#unexplained = last === undefined ? 0 : money.balance - last.balance - (money.dayProfit - last.dayProfit) - this.#coming;
    this.#coming = 0;
    this.#level = seen(base, money.equity);
    this.#sessionHighest = Math.max(this.#sessionHighest, money.equity);
    this.#money = money;
  }

  /** A deposit or, below 0, a withdrawal. `past`: told by history, of what was before the session's first money. */
  tellMovement(ticket: bigint, amount: number, past: boolean): void {
    if (ticket <= this.#newestMovement) return;
    this.#newestMovement = ticket;
    if (past) this.#correctPast(amount);
    else if (Math.abs(this.#unexplained - amount) <= NEAR) this.#correctNewest(amount);
    else this.#coming += amount;
  }

  #correctPast(amount: number): void {
    if (this.#beforeSession === undefined) return;
    this.#beforeSession = moved(this.#beforeSession, amount);
    const equity = this.#money?.equity ?? this.#beforeSession.equity;
    this.#level = { highest: Math.max(this.#beforeSession.highest, this.#sessionHighest), equity };
  }

  #correctNewest(amount: number): void {
    this.#unexplained -= amount;
    if (this.#before !== undefined && this.#money !== undefined)
      this.#level = seen(moved(this.#before, amount), this.#money.equity);
  }
}
