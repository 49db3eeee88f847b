/** The checks that terminal and server make of a request; each answers 0 or the code it fails with. */
import type { Broker, DealRequest, StopsRequest } from './broker.js';
import type { BrokerQuote } from './broker-quotes.js';
import type { BrokerSymbol } from './broker-terms.js';
import { marginNeeded } from './margin.js';
import { RETCODE } from './retcode.js';
import { lots, type Position, type Side } from './trading-book.js';

type Server = Pick<Broker, 'terms' | 'quotes' | 'book' | 'account' | 'marketOpen'>;

export function checkDeal(request: DealRequest, server: Server): number {
  const symbol = server.quotes.symbol(request.symbol);
  if (!symbol) return RETCODE.INVALID;
  if (!server.marketOpen()) return RETCODE.MARKET_CLOSED;
  const quote = server.quotes.quote(symbol);
  if (!quote) return RETCODE.PRICE_OFF;
  if (!symbol.fillings.includes(request.filling)) return RETCODE.INVALID_FILL;
  if (request.position !== 0n) return checkClose(request, server);
  return (
    checkMode(symbol, request, server) ||
    checkVolume(symbol, request.volume) ||
    stopsFit(symbol, request.side, quote, request.stopLoss, request.takeProfit) ||
    checkMoney(symbol, request, server)
  );
}

function checkClose(request: DealRequest, server: Server): number {
  const position = server.book.positions.get(request.position);
  if (!position || position.symbol !== request.symbol) return RETCODE.POSITION_CLOSED;
  if (position.side === request.side) return RETCODE.INVALID;
  if (request.volume <= 0 || request.volume > position.volume) return RETCODE.INVALID_CLOSE_VOLUME;
  return server.terms.fifo && !isOldest(position, server) ? RETCODE.FIFO_CLOSE : 0;
}

function isOldest(position: Position, server: Server): boolean {
  for (const other of server.book.positions.values())
    if (other.symbol === position.symbol) return other.ticket === position.ticket;
  return false;
}

function checkMode(symbol: BrokerSymbol, request: DealRequest, server: Server): number {
  const held = server.terms.marginMode === 'NETTING' ? server.book.positionOn(symbol.name) : undefined;
  const reduces = held !== undefined && held.side !== request.side && request.volume <= held.volume;
  switch (symbol.tradeMode) {
    case 'FULL':
      return 0;
    case 'DISABLED':
      return RETCODE.TRADE_DISABLED;
    case 'CLOSE_ONLY':
      return reduces ? 0 : RETCODE.CLOSE_ONLY;
    case 'LONG_ONLY':
      return request.side === 'BUY' || reduces ? 0 : RETCODE.LONG_ONLY;
    case 'SHORT_ONLY':
      return request.side === 'SELL' || reduces ? 0 : RETCODE.SHORT_ONLY;
  }
}

function checkVolume(symbol: BrokerSymbol, volume: number): number {
  const steps = volume / symbol.volumeStep;
  const whole = Math.abs(steps - Math.round(steps)) < 1e-6;
  return whole && volume >= symbol.volumeMin && volume <= symbol.volumeMax ? 0 : RETCODE.INVALID_VOLUME;
}

/** Stops stand on their side of the price that triggers them, at least the stops level away. */
function stopsFit(symbol: BrokerSymbol, side: Side, quote: BrokerQuote, stopLoss: number, takeProfit: number): number {
  const sign = side === 'BUY' ? 1 : -1;
  const price = sign > 0 ? quote.bid : quote.ask;
  // Half a point of tolerance: both are rounded to digits, so their difference is whole points but for the last bit.
  const least = Math.max(symbol.stopsLevel, 1) - 0.5;
  const stopFits = stopLoss === 0 || (sign * (price - stopLoss)) / symbol.point >= least;
  const takeFits = takeProfit === 0 || (sign * (takeProfit - price)) / symbol.point >= least;
  return stopFits && takeFits ? 0 : RETCODE.INVALID_STOPS;
}

/** Only what adds exposure needs money: on a netting account the opposite side frees some first. */
function checkMoney(symbol: BrokerSymbol, request: DealRequest, server: Server): number {
  const held = server.terms.marginMode === 'NETTING' ? server.book.positionOn(symbol.name) : undefined;
  const freed = held && held.side !== request.side ? held.volume : 0;
  const added = lots(request.volume - 2 * freed);
  if (added <= 0) return 0;
  const needed = marginNeeded(symbol, added, server.quotes, server.terms);
  if (needed === undefined) return RETCODE.PRICE_OFF;
  return needed > server.account().freeMargin ? RETCODE.NO_MONEY : 0;
}

export function checkStops(request: StopsRequest, server: Server): number {
  const position = server.book.positions.get(request.position);
  if (!position) return RETCODE.POSITION_CLOSED;
  const symbol = server.quotes.symbol(position.symbol);
  const quote = symbol && server.quotes.quote(symbol);
  if (!symbol || !quote) return RETCODE.PRICE_OFF;
  if (!server.marketOpen()) return RETCODE.MARKET_CLOSED;
  if (position.stopLoss === request.stopLoss && position.takeProfit === request.takeProfit) return RETCODE.NO_CHANGES;
  return stopsFit(symbol, position.side, quote, request.stopLoss, request.takeProfit);
}
