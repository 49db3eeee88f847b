/** What an EA of a plain account says: a test or a bench changes what it is about. */
import { type BrokerSymbolRecord, type HelloMessage, type PositionRecord, VERSION_2 } from '../../src/protocol/messages.js';

export function helloMessage(
  change: Partial<HelloMessage> & Pick<HelloMessage, 'accountId' | 'instance' | 'apiKey'>,
): HelloMessage {
  return {
    kind: 'HELLO',
    versionMin: VERSION_2,
    versionMax: VERSION_2,
    login: 5_001,
    leverage: 100,
    marginMode: 'HEDGING',
    tradeMode: 'DEMO',
    currencyDigits: 2,
    hedging: true,
    fifo: false,
    stopOutMode: 'PERCENT',
    stopOutCall: 100,
    stopOutLevel: 50,
    brokerOffsetSeconds: 7_200,
    eaBuild: 1,
    terminalBuild: 4_000,
    riskPercentMax: 0,
    volumeMax: 0,
    positionsMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    server: 'Broker-Demo',
    company: 'Broker Ltd',
    currency: 'USD',
    endpoints: [],
    ...change,
  };
}

export const EURUSD_RECORD: BrokerSymbolRecord = {
  digits: 5,
  calculationMode: 'FOREX',
  tradeMode: 'FULL',
  executionMode: 'MARKET',
  fillOrKill: true,
  immediateOrCancel: true,
  bookOrCancel: false,
  point: 0.00001,
  tickSize: 0.00001,
  tickValueProfit: 1,
  tickValueLoss: 1,
  contractSize: 100_000,
  volumeMin: 0.01,
  volumeMax: 100,
  volumeStep: 0.01,
  volumeLimit: 0,
  stopsLevel: 0,
  freezeLevel: 0,
  brokerName: 'EURUSD.m',
  baseCurrency: 'EUR',
  profitCurrency: 'USD',
  marginCurrency: 'EUR',
  sessions: [],
};

/** A position of the user's own. */
export const POSITION_RECORD: PositionRecord = {
  position: 900n,
  magic: 0n,
  symbolId: 0,
  side: 'BUY',
  volume: 0.1,
  openPrice: 1.1,
  stopLoss: 0,
  takeProfit: 0,
  profit: 0,
  swap: 0,
  openTimeMs: 1,
  symbol: 'EURUSD.m',
  comment: '',
};
