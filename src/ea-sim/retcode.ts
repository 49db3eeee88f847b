/** MT5 trade server return codes, by the names of `ENUM_TRADE_RETCODE` without the prefix. */
export const RETCODE = {
  REQUOTE: 10004,
  REJECT: 10006,
  CANCEL: 10007,
  PLACED: 10008,
  DONE: 10009,
  DONE_PARTIAL: 10010,
  ERROR: 10011,
  TIMEOUT: 10012,
  INVALID: 10013,
  INVALID_VOLUME: 10014,
  INVALID_PRICE: 10015,
  INVALID_STOPS: 10016,
  TRADE_DISABLED: 10017,
  MARKET_CLOSED: 10018,
  NO_MONEY: 10019,
  PRICE_CHANGED: 10020,
  PRICE_OFF: 10021,
  TOO_MANY_REQUESTS: 10024,
  NO_CHANGES: 10025,
  CLIENT_DISABLES_AT: 10027,
  LOCKED: 10028,
  INVALID_FILL: 10030,
  CONNECTION: 10031,
  POSITION_CLOSED: 10036,
  INVALID_CLOSE_VOLUME: 10038,
  LONG_ONLY: 10042,
  SHORT_ONLY: 10043,
  CLOSE_ONLY: 10044,
  FIFO_CLOSE: 10045,
} as const;

/** What an EA may make of a code: `ambiguous` means the trade may or may not have happened. */
export type RetcodeMeaning = 'done' | 'ambiguous' | 'new-price' | 'later' | 'refused';

export function meaningOf(retcode: number): RetcodeMeaning {
  switch (retcode) {
    case RETCODE.DONE:
    case RETCODE.DONE_PARTIAL:
      return 'done';
    case RETCODE.PLACED:
    case RETCODE.ERROR:
    case RETCODE.TIMEOUT:
    case RETCODE.CONNECTION:
      return 'ambiguous';
    case RETCODE.REQUOTE:
    case RETCODE.PRICE_CHANGED:
    case RETCODE.PRICE_OFF:
      return 'new-price';
    case RETCODE.MARKET_CLOSED:
    case RETCODE.TOO_MANY_REQUESTS:
    case RETCODE.LOCKED:
      return 'later';
    default:
      return 'refused';
  }
}
