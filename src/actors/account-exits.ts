/**
 * Runs the rules of exits over the account's own positions: at each of its broker's quotes over those of that symbol, and with
 * its heartbeat over all, for the rules that go by time. What they decide is asked as a tracked command; while one is under way
 * for a position, none is asked for it. Of the user's own positions, of an account in observe mode, and of an EA that speaks
 * suho-1 (which has no ticket to name) nothing is asked.
 */
import { isOurs, numberIn } from '../accounts/magic.js';
import type { OpenPosition } from '../accounts/position-book.js';
import type { ExitSettings } from '../accounts/trading-settings.js';
import { causeOf, decideExit, hasExits, reasonOf } from '../exits/exits.js';
import type { ExitAction, ExitView } from '../exits/exit-rule.js';
import { LIMITS } from '../limits.js';
import { instrumentOf } from '../market/instrument.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { SignalRow } from '../storage/ledger/ledger.js';
import type { AccountCommands } from './account-commands.js';
import type { AccountDesk } from './account-desk.js';

/** Least time between two commands that exits ask for one position. */
const LEAST_MS = 1_000;

/** What was asked for a position in this session. */
interface AskedFor {
  readonly atMs: number;
  readonly cause: string;
  /** A share is taken once, whatever its command came to. */
  readonly partial: boolean;
}

export class AccountExits {
  readonly #asked = new Map<string, AskedFor>();

  constructor(
    readonly desk: AccountDesk,
    readonly commands: AccountCommands,
  ) {}

  /** What the account says of its exits. */
  get standing(): string {
    const { session, terms } = this.desk;
    if (terms === undefined || !hasExits(terms.trading.exits)) return 'off';
    if (session?.repeats === false) return 'none: suho-1 has no ticket to name';
    return terms.account.mode === 'observe' ? 'none: observe mode' : 'on';
  }

  begin(): void {
    this.#asked.clear();
  }

  quoted(session: EaSession, quotes: readonly { readonly symbol: string }[]): void {
    const settings = this.#settings();
    if (settings === undefined) return;
    for (const { symbol } of quotes)
      for (const position of this.desk.book.openIn(symbol)) this.#look(session, position, settings);
  }

  beat(session: EaSession): void {
    const settings = this.#settings();
    const { positions } = this.desk.book;
    for (const ticket of this.#asked.keys()) if (positions.get(ticket) === undefined) this.#asked.delete(ticket);
    if (settings !== undefined) for (const position of [...positions.all()]) this.#look(session, position, settings);
  }

  /** Undefined where nothing is to be done. */
  #settings(): ExitSettings | undefined {
    const { terms, book } = this.desk;
    return terms !== undefined && book.positions.whole && this.standing === 'on' ? terms.trading.exits : undefined;
  }

  #look(session: EaSession, position: OpenPosition, settings: ExitSettings): void {
    const nowMs = this.desk.context.clock.nowMs();
    const asked = this.#asked.get(position.position);
    if (asked !== undefined && nowMs - asked.atMs < LEAST_MS) return;
    const view = this.#viewOf(position, nowMs);
    if (view === undefined) return;
    const spent = (action: ExitAction): boolean =>
      asked !== undefined && (action.rule === 'partial-close' ? asked.partial : causeOf(action, view) === asked.cause);
    const action = decideExit(view, settings, spent);
    if (action === undefined || !session.isOpen || this.commands.busyWith(position.position)) return;
    this.#ask(view, action, asked?.partial ?? false);
  }

  #ask(view: ExitView, action: ExitAction, partial: boolean): void {
    const { ticket } = view.position;
    const cause = causeOf(action, view);
    this.#asked.set(ticket, { atMs: view.nowMs, cause, partial: partial || action.rule === 'partial-close' });
    const wish = { cause, reason: reasonOf(action), askedBy: 'exit', position: ticket } as const;
    if (action.kind === 'close') this.commands.close({ ...wish, volume: action.volume });
    else this.commands.modify({ ...wish, stopLoss: action.stopLoss, takeProfit: action.takeProfit });
  }

  /** The signal that opened it, by the number in its magic; undefined where it is the user's own, or is not decided yet. */
  #signalOf({ magic }: OpenPosition): SignalRow | undefined {
    const { book, terms } = this.desk;
    if (terms === undefined || !isOurs(magic, terms.account.magicBase)) return undefined;
    const row = book.signalByNumber(numberIn(magic));
    return row?.state === 'EXECUTED' && row.kind === 'OPEN' ? row : undefined;
  }

  #viewOf(position: OpenPosition, nowMs: number): ExitView | undefined {
    const { book, options } = this.desk;
    const row = this.#signalOf(position);
    const traded = row && book.symbol(row.symbol);
    if (row === undefined || traded === undefined || row.direction !== position.direction) return undefined;
    const { record, symbol } = traded;
    const quote = book.quote(symbol);
    // A price that is far from the usual, for a moment, moves no stop.
    const spiked = this.desk.prices.standing(symbol)?.spikeSinceMs !== undefined;
    const fresh = quote !== undefined && !spiked && nowMs - quote.timeMs <= LIMITS.quote.staleMs ? quote : undefined;
    const ours = row.remainingVolume > 0 ? Math.min(row.remainingVolume, position.volume) : position.volume;
    const { direction, stopLoss, takeProfit, position: ticket } = position;
    return {
      position: { ticket, direction, volume: ours, stopLoss, takeProfit },
      signal: {
        entry: row.fillPrice > 0 ? row.fillPrice : row.entry,
        stopLoss: row.stopLoss,
        filledVolume: row.filledVolume,
        timeframe: row.timeframe,
        closeTime: row.closeTime,
      },
      price: direction === 'BUY' ? fresh?.bid : fresh?.ask,
      symbol: { ...record, pip: instrumentOf(symbol)?.pip ?? record.point * 10 },
      atr: options.atr?.(symbol, row.timeframe),
      nowMs,
    };
  }
}
