import { BEHAVIOURS, type Behaviour } from '../../src/ea-sim/behaviour.js';
import { Broker, type DealRequest, type TradeAnswer } from '../../src/ea-sim/broker.js';
import { type BrokerTerms, brokerSymbol, type SymbolTerms } from '../../src/ea-sim/broker-terms.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';

/** Tuesday, so that the market is open. */
export const TUESDAY_MS = Date.UTC(2024, 0, 9, 7);

export interface DeskWish {
  readonly terms?: Partial<BrokerTerms>;
  readonly symbol?: SymbolTerms;
  readonly behaviour?: Behaviour;
  readonly seed?: number | string;
}

/** A broker on a stepped clock, with prices set by hand. */
export class Desk {
  readonly clock = new SteppedClock(TUESDAY_MS);
  readonly prices = new SharedPrices();
  readonly broker: Broker;
  #magic = 0n;

  constructor(wish: DeskWish = {}) {
    this.broker = new Broker({
      terms: {
        login: 1,
        server: 'Test-Demo',
        company: 'Test Ltd',
        currency: 'USD',
        currencyDigits: 2,
        leverage: 100,
        riskPercentMax: 0,
        marginMode: 'HEDGING',
        fifo: false,
        stopOutPercent: 50,
        timeOffsetMs: 7_200_000,
        commissionPerLot: 0,
        deposit: 10_000,
        symbols: INSTRUMENTS.map((instrument) => brokerSymbol(instrument, wish.symbol)),
        ...wish.terms,
      },
      behaviour: wish.behaviour ?? BEHAVIOURS.clean,
      prices: this.prices,
      clock: this.clock,
      random: seededRandom(wish.seed ?? 1),
    });
    this.price('EURUSD', 1.1, 1.1001);
    this.price('GBPUSD', 1.25, 1.2502);
    this.price('EURGBP', 0.88, 0.8801);
    this.price('USDJPY', 150, 150.01);
    this.price('EURJPY', 165, 165.02);
    this.price('XAUUSD', 2_000, 2_000.2);
  }

  /** Moves to the market's next instant and quotes. */
  price(symbol: string, bid: number, ask: number): void {
    this.clock.advanceTo(Math.ceil((this.clock.nowMs() + 1) / 10) * 10);
    this.prices.accept(symbol, this.clock.nowMs(), bid, ask);
  }

  wait(ms: number): void {
    this.clock.advanceTo(this.clock.nowMs() + ms);
  }

  request(wish: Partial<DealRequest>): DealRequest {
    this.#magic += 1n;
    const side = wish.side ?? 'BUY';
    const quote = this.broker.quote(wish.symbol ?? 'EURUSD');
    return {
      action: 'deal',
      symbol: 'EURUSD',
      side,
      volume: 1,
      price: (side === 'BUY' ? quote?.ask : quote?.bid) ?? 0,
      deviationPoints: 10,
      stopLoss: 0,
      takeProfit: 0,
      magic: this.#magic,
      comment: '',
      position: 0n,
      filling: 'IOC',
      reason: 'EXPERT',
      ...wish,
    };
  }

  /** Sends and waits for the answer. */
  trade(wish: Partial<DealRequest>): TradeAnswer {
    const answers: TradeAnswer[] = [];
    this.broker.send(this.request(wish), (answer) => answers.push(answer));
    for (let turn = 0; turn < 4_000 && answers.length === 0; turn++) this.wait(10);
    const [answer] = answers;
    if (!answer) throw new Error('the broker did not answer within 40 s');
    return answer;
  }
}
