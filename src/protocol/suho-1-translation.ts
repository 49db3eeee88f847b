/**
 * Between suho-1 and the messages of suho-2, in which the engine thinks. Pure. What suho-1 does not tell is said as unknown
 * (0, none) and never made up; what it cannot carry is `unfit`.
 */
import type { OrderToCarry, Unfit } from './ea-session.js';
import { NO_INSTANCE } from './ea-session.js';
import type {
  Account1Message,
  Command1Message,
  Execution1Message,
  FinanceMessage,
  HelloMessage,
  Outcome,
  Quote1Record,
  QuoteRecord,
  ResultMessage,
  SignalMessage,
} from './messages.js';

const PRICE = 100_000;
const MONEY = 100;
const U32_MOST = 0xffff_ffff;
/** Far above the rounding of a double, far below a whole unit. */
const NEAR = 1e-4;

/** A value in whole units of 1/scale, or undefined where u32 cannot hold it as it is. */
function scaled(value: number, scale: number): number | undefined {
  const units = Math.round(value * scale);
  return units >= 0 && units <= U32_MOST && Math.abs(value * scale - units) < NEAR ? units : undefined;
}

/** Of an order's figures, the first that suho-1 could only carry cut. */
export function unfitFigures(order: OrderToCarry): Unfit | undefined {
  for (const name of ['entry', 'stopLoss', 'takeProfit'] as const) {
    const price = order[name];
    if (price !== undefined && scaled(price, PRICE) === undefined)
      return { reason: 'suho1-price-unfit', figures: { field: name, price } };
  }
  const { volume } = order;
  if (volume !== undefined && !((scaled(volume, MONEY) ?? 0) > 0)) return { reason: 'suho1-volume-unfit', figures: { volume } };
  return undefined;
}

/** Undefined where a value does not fit. The magic is the low half of suho-2's: the account's signal number. */
export function commandOf(signal: SignalMessage, symbolId: number): Command1Message | undefined {
  const number = Number(signal.magic & 0xffff_ffffn);
  const volume = scaled(signal.volume, MONEY);
  const [price, stopLoss, takeProfit] = [signal.entry, signal.stopLoss, signal.takeProfit].map((value) => scaled(value, PRICE));
  if (!volume || price === undefined || stopLoss === undefined || takeProfit === undefined) return undefined;
  return { kind: 'COMMAND_1', id: number, symbolId, action: signal.side, volume, price, stopLoss, takeProfit, magic: number };
}

export function quoteOf(quote: Quote1Record, symbolId: number): QuoteRecord {
  const { bid, ask } = quote;
  return { symbolId, bid: bid / PRICE, ask: ask / PRICE, brokerTimeMs: 0, tradeable: true, sessionOpen: true };
}

export function financeOf({ balance, equity, margin, freeMargin }: Account1Message): FinanceMessage {
  return {
    kind: 'FINANCE',
    balance: balance / MONEY,
    equity: equity / MONEY,
    margin: margin / MONEY,
    freeMargin: freeMargin / MONEY,
    floating: (equity - balance) / MONEY,
    dayProfit: 0,
  };
}

/**
 * The account as suho-1 presents it. It tells neither whether money is real nor how positions are kept, so both are taken for
 * what asks the most care: real money needs its switch, and a hedging account's positions are not closed without a ticket.
 */
export function helloOf(account: Account1Message, accountId: string): HelloMessage {
  return {
    kind: 'HELLO',
    versionMin: 1,
    versionMax: 1,
    accountId,
    instance: NO_INSTANCE,
    login: account.login,
    leverage: account.leverage,
    marginMode: 'HEDGING',
    tradeMode: 'LIVE',
    currencyDigits: 2,
    hedging: true,
    fifo: false,
    stopOutMode: 'PERCENT',
    stopOutCall: 0,
    stopOutLevel: 0,
    brokerOffsetSeconds: 0,
    eaBuild: 0,
    terminalBuild: 0,
    riskPercentMax: 0,
    volumeMax: 0,
    positionsMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    apiKey: '',
    server: account.broker,
    company: account.broker,
    currency: account.currency,
    endpoints: [],
  };
}

/** MT5 return codes that say "done", where an EA passes them on instead of 0. */
const DONE = new Set([0, 10_009, 10_010]);
/**
 * Codes by which the broker, or the terminal before it, says that nothing was traded. Those that leave it open (10008, 10011,
 * 10012, 10031) are not among them, and neither is what we do not know: that is UNKNOWN.
 */
const NOT_TRADED = new Set([
  10_004, 10_006, 10_007, 10_013, 10_014, 10_015, 10_016, 10_017, 10_018, 10_019, 10_020, 10_021, 10_022, 10_024, 10_025, 10_026,
  10_027, 10_028, 10_029, 10_030, 10_032, 10_033, 10_034, 10_035, 10_040, 10_041, 10_042, 10_043, 10_044, 10_045, 10_046,
  // The terminal's own: unknown symbol, symbol not selected, trading by EAs prohibited.
  4_301, 4_302, 4_752,
]);

/** EAs in the field do not agree on the values of `result`: what counts is the ticket and the error. */
export function outcomeOf({ ticket, error, volume, price }: Execution1Message): Outcome {
  if (ticket !== 0 && DONE.has(error) && volume > 0 && price > 0) return 'EXECUTED';
  if (ticket === 0 && NOT_TRADED.has(error)) return 'REJECTED';
  return 'UNKNOWN';
}

/** `volume` is what was asked; `nowMs` the time of receipt, for the EA's own is of no known unit: it is kept as told. */
export function resultOf(told: Execution1Message, signalId: string, volume: number, nowMs: number): ResultMessage {
  const outcome = outcomeOf(told);
  const filled = outcome === 'EXECUTED';
  const ticket = BigInt(told.ticket);
  return {
    kind: 'RESULT',
    id: signalId,
    subject: 'SIGNAL',
    outcome,
    attempt: 1,
    requestedVolume: volume,
    filledVolume: filled ? told.volume / MONEY : 0,
    price: filled ? told.price / PRICE : 0,
    retcode: told.error,
    externalRetcode: 0,
    order: ticket,
    position: ticket,
    receivedUs: 0,
    sentUs: 0,
    doneUs: nowMs * 1_000,
    deals: [],
    sentence: `suho-1 told ticket ${told.ticket}, result ${told.result}, error ${told.error}, time ${told.time}`,
  };
}
