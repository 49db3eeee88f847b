/**
 * Between suho-1 and the messages of suho-2, in which the engine thinks. Pure. What suho-1 does not tell is said as unknown
 * (0, none) and never made up; what it cannot carry is `unfit`.
 */
import { NO_INSTANCE, type OrderToCarry, type Unfit } from './ea-session.js';
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
import { encodeFrame1 } from './suho-1.js';

const NO_COMMAND: Command1Message = {
  kind: 'COMMAND_1',
  id: 0,
  symbolId: 0,
  action: 'BUY',
  volume: 0,
  price: 0,
  stopLoss: 0,
  takeProfit: 0,
  magic: 0,
};

/** What the codec says of a command with these figures; undefined where it can write them as they are. */
function faultOf(figures: Partial<Command1Message>): string | undefined {
  const bytes = encodeFrame1({ profile: 1, time: 0n, message: { ...NO_COMMAND, ...figures } });
  return bytes instanceof Uint8Array ? undefined : bytes.message;
}

/** Of an order's figures, the first that suho-1 could only carry cut. */
export function unfitFigures({ entry: price, stopLoss, takeProfit, volume }: OrderToCarry): Unfit | undefined {
  for (const figures of [{ price }, { stopLoss }, { takeProfit }]) {
    const given = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
    const why = faultOf(given);
    if (why !== undefined) return { reason: 'suho1-price-unfit', figures: { ...given, why } };
  }
  if (volume === undefined) return undefined;
  const why = volume > 0 ? faultOf({ volume }) : 'there is no volume';
  return why === undefined ? undefined : { reason: 'suho1-volume-unfit', figures: { volume, why } };
}

/** The magic is the low half of suho-2's: the account's signal number. */
export function commandOf(signal: SignalMessage, symbolId: number): Command1Message {
  const number = Number(signal.magic & 0xffff_ffffn);
  const { side: action, volume, entry: price, stopLoss, takeProfit } = signal;
  return { kind: 'COMMAND_1', id: number, symbolId, action, volume, price, stopLoss, takeProfit, magic: number };
}

export function quoteOf(quote: Quote1Record, symbolId: number): QuoteRecord {
  const { bid, ask } = quote;
  return { symbolId, bid, ask, brokerTimeMs: 0, tradeable: true, sessionOpen: true };
}

export function financeOf({ balance, equity, margin, freeMargin }: Account1Message): FinanceMessage {
  return { kind: 'FINANCE', balance, equity, margin, freeMargin, floating: equity - balance, dayProfit: 0 };
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
    filledVolume: filled ? told.volume : 0,
    price: filled ? told.price : 0,
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
