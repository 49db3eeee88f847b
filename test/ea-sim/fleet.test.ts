import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { type Endpoint, parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet, type FleetOptions } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import { FLAG_POSSIBLE_DUPLICATE } from '../../src/protocol/messages.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { WireActivity } from '../../src/runtime/wire-activity.js';
import { TUESDAY_MS } from './desk.js';
import { type Certificate, LoopbackServer, type LoopbackWish } from './loopback-server.js';
import { type ScriptedServer, signalMessage } from './scripted-server.js';
import { idOf } from './world.js';

const proof = process.env.SUHO_PROOF !== undefined;
const SYMBOLS = ['EURUSD', 'GBPUSD', 'EURGBP'];

/** A fleet and a server in one process, on a stepped clock that stands still while anything is on the wire. */
class Stage {
  readonly clock = new SteppedClock(TUESDAY_MS);
  readonly activity = new Activity();
  readonly wire = new WireActivity(this.activity);
  readonly prices = new SharedPrices();
  readonly market: SyntheticMarket;

  constructor(readonly seed: number | string) {
    this.market = new SyntheticMarket({ seed, symbols: SYMBOLS, startMs: TUESDAY_MS - 600_000 });
    this.#market(TUESDAY_MS);
  }

  nowUs = (): number => this.clock.nowMs() * 1_000;

  server(wish: Partial<LoopbackWish> = {}): Promise<LoopbackServer> {
    return LoopbackServer.open({ scheme: 'tcp', nowUs: this.nowUs, wire: this.wire, ...wish });
  }

  fleet(endpoints: readonly Endpoint[], wish: Partial<FleetOptions> = {}): Fleet {
    return new Fleet({
      credentials: [{ account: idOf(900), tenant: 'demo', key: 'ab'.repeat(32) }],
      endpoints,
      prices: this.prices,
      clock: this.clock,
      random: seededRandom(this.seed),
      behaviour: BEHAVIOURS.clean,
      terms: { currency: 'USD' },
      wire: this.wire,
      ...wish,
    });
  }

  /** Runs until then, or until the condition holds. */
  async run(ms: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    await this.idle();
    while (this.clock.nowMs() < endMs && !until()) {
      const nextMs = Math.min(endMs, this.clock.nextDueMs() ?? endMs, this.market.nextTimeMs());
      this.#market(nextMs);
      this.clock.advanceTo(nextMs);
      await this.idle();
    }
  }

  async idle(): Promise<void> {
    for (let turn = 0; this.activity.pending > 0; turn++) {
      assert.ok(turn < 200_000, `${this.activity.pending} things on the wire never arrived`);
      await nextTurn();
    }
  }

  #market(toMs: number): void {
    this.market.advanceTo(toMs, (symbol, timeMs) => {
      const truth = this.market.truth(symbol);
      if (truth) this.prices.accept(symbol, timeMs, truth.bid, truth.ask);
    });
  }
}

/** Sends a signal that any price fits, in the session's own names. */
function sendSignal(session: ScriptedServer, number: number, validUntilMs: number, flags = 0): string {
  const symbol = session.all('SYMBOLS')[0]?.symbols.findIndex(({ brokerName }) => brokerName.includes('EURUSD')) ?? -1;
  const brokerName = session.all('SYMBOLS')[0]?.symbols[symbol]?.brokerName ?? '';
  const id = idOf(number);
  const magic = (7n << 32n) | BigInt(number);
  const change = { validUntilMs, magic, symbolId: symbol + 1, brokerName, entryLow: 0, entryHigh: 0, stopLoss: 0, takeProfit: 0 };
  session.say(signalMessage(id, { ...change, volume: 0.01 }), flags);
  return id;
}

function liveSession(server: LoopbackServer): ScriptedServer | undefined {
  return server.sessions.find((session) => !session.closed && session.all('SYMBOLS').length > 0);
}

async function newCertificate(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
  return { key: made.private, cert: made.cert };
}

describe('an EA over a socket', () => {
  for (const scheme of ['tcp', 'tls', 'ws', 'wss'] as const) {
    it(`trades over ${scheme}`, async () => {
      const stage = new Stage(1);
      const certificate = await newCertificate();
      await using server = await stage.server({ scheme, certificate });
      const { fingerprint256 } = new X509Certificate(certificate.cert);
      const fleet = stage.fleet([server.endpoint], { trust: { fingerprint256 } });
      fleet.start();
      await stage.run(20_000, () => liveSession(server) !== undefined);
      const session = liveSession(server);
      assert.ok(session);
      const id = sendSignal(session, 1, stage.clock.nowMs() + 60_000);
      await stage.run(5_000, () => session.results(id).length > 0);
      assert.equal(session.results(id)[0]?.outcome, 'EXECUTED');
      assert.equal(fleet.totals().executed, 1);
      fleet.stop();
      await stage.idle();
      assert.equal(session.all('GOODBYE')[0]?.reason, 'SHUTDOWN');
    });
  }

  it('sends nothing to a server whose certificate is not the pinned one', async () => {
    const stage = new Stage(1);
    const [certificate, other] = [await newCertificate(), await newCertificate()];
    await using server = await stage.server({ scheme: 'tls', certificate });
    const { fingerprint256 } = new X509Certificate(other.cert);
    const fleet = stage.fleet([server.endpoint], { trust: { fingerprint256 } });
    fleet.start();
    await stage.run(5_000);
    fleet.stop();
    await stage.idle();
    assert.deepEqual(
      server.sessions.flatMap(({ frames }) => frames),
      [],
    );
  });

  it('leaves a server that sends nonsense, and comes back after its back-off', async () => {
    const stage = new Stage(1);
    let nonsense = 3;
    await using server = await stage.server({
      onSession: (_session, raw) => {
        if (nonsense-- > 0) raw.write(Buffer.from('HTTP/1.1 200 OK'));
      },
    });
    const fleet = stage.fleet([server.endpoint]);
    fleet.start();
    await stage.run(10_000, () => fleet.totals().connected === 1);
    assert.equal(fleet.totals().connected, 1);
    assert.equal(server.sessions.length, 4);
    // Three waits with full jitter: at most 250, 500 and 1,000 ms.
    assert.ok(stage.clock.nowMs() - TUESDAY_MS <= 2_000);
    fleet.stop();
    await stage.idle();
  });

  it('stays away for a minute after a refused key', async () => {
    const stage = new Stage(1);
    await using server = await stage.server({
      onSession: (session, raw) => {
        session.say({ kind: 'REFUSED', code: 'BAD_KEY', retryAfterMs: 0, sentence: 'No.' });
        raw.end();
      },
    });
    const fleet = stage.fleet([server.endpoint]);
    fleet.start();
    await stage.run(59_000);
    assert.equal(server.sessions.length, 1);
    assert.equal(fleet.totals().refused, 1);
    await stage.run(5_000);
    assert.equal(server.sessions.length, 2);
    fleet.stop();
    await stage.idle();
  });

  it('that does not read holds no clock back, and reads on later', async () => {
    const stage = new Stage(1);
    await using server = await stage.server();
    const faults = { slowReadEveryMs: 2_000, slowReadForMs: 4_000 };
    const fleet = stage.fleet([server.endpoint], { faults });
    fleet.start();
    await stage.run(1_000, () => liveSession(server) !== undefined);
    const session = liveSession(server);
    assert.ok(session);
    let sent = 0;
    for (let at = 0; at < 20 && !session.closed; at++) {
      await stage.run(1_000);
      session.heartbeat();
      sendSignal(session, at + 1, stage.clock.nowMs() + 60_000);
      sent += 1;
    }
    await stage.run(8_000);
    assert.equal(fleet.totals().signals, sent);
    assert.equal(fleet.totals().executed, sent);
    const slowest = fleet.totals().latencyMs.max;
    assert.ok(slowest > 1_000, `the slowest took ${slowest} ms`);
    fleet.stop();
    await stage.idle();
  });
});

describe('a fleet of EAs', () => {
  interface Ran {
    readonly fleet: Fleet;
    readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
    readonly log: readonly string[];
  }

  /** Eight EAs at hostile brokers, cut off, crashed and slow; every signal is sent again in each session until it has an end. */
  async function chaos(seed: number, seconds: number): Promise<Ran> {
    const stage = new Stage(seed);
    const accounts = Array.from({ length: 8 }, (_none, at) => idOf(900 + at));
    const wanted = new Map(accounts.map((account) => [account, new Set<string>()]));
    const final = new Set<string>();
    const log: string[] = [];
    const chance = seededRandom(seed).fork('server');
    await using server = await stage.server();
    const fleet = stage.fleet([server.endpoint], {
      credentials: accounts.map((account) => ({ account, tenant: 'demo', key: 'ab'.repeat(32) })),
      behaviour: BEHAVIOURS.hostile,
      faults: { disconnectEveryMs: 20_000, crashEveryMs: 40_000, slowReadEveryMs: 15_000, slowReadForMs: 2_000 },
    });
    fleet.start();
    const resent = new Set<string>();
    let number = 1;
    const validUntilMs = TUESDAY_MS + seconds * 1_000;
    const serve = (): void => {
      for (const [at, session] of server.sessions.entries()) {
        for (const result of session.all('RESULT')) if (result.outcome !== 'UNKNOWN') final.add(`${result.id}`);
        if (session.closed || session.all('SYMBOLS').length === 0) continue;
        const account = session.all('HELLO')[0]?.accountId ?? '';
        if (stage.clock.nowMs() % 1_000 < 10) session.heartbeat();
        for (const id of wanted.get(account) ?? []) {
          if (final.has(id) || resent.has(`${at}/${id}`)) continue;
          resent.add(`${at}/${id}`);
          sendSignal(session, Number.parseInt(id.slice(-12), 16), validUntilMs, FLAG_POSSIBLE_DUPLICATE);
        }
      }
    };
    for (let at = 0; at < seconds * 2; at++) {
      serve();
      const account = accounts[chance.int(accounts.length)] ?? '';
      const session = server.sessions.findLast((open) => !open.closed && open.all('HELLO')[0]?.accountId === account);
      if (at < seconds && session && session.all('SYMBOLS').length > 0) {
        const id = sendSignal(session, number, validUntilMs);
        resent.add(`${server.sessions.indexOf(session)}/${id}`);
        wanted.get(account)?.add(id);
        number += 1;
      }
      await stage.run(500);
    }
    fleet.calm();
    for (let at = 0; at < 600 && [...wanted.values()].some((ids) => [...ids].some((id) => !final.has(id))); at++) {
      serve();
      await stage.run(1_000);
    }
    fleet.stop();
    await stage.idle();
    for (const terminal of fleet.terminals) {
      for (const deal of terminal.broker.book.deals)
        log.push(`${terminal.accountId} ${deal.timeMs} ${deal.magic} ${deal.volume} ${deal.price}`);
      for (const signal of terminal.signals()) log.push(`${signal.id} ${signal.outcome} ${signal.attempts}`);
    }
    return { fleet, ids: wanted, log };
  }

  it('executes no signal twice and loses none, at hostile brokers, cut off, crashed and slow', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    process.stderr.write(`chaos seed ${seed}\n`);
    const { fleet, ids } = await chaos(seed, proof ? 300 : 40);
    const records = fleet.signals();
    let count = 0;
    for (const [account, wanted] of ids) {
      for (const id of wanted) {
        count += 1;
        const signal = records.get(account)?.find((known) => known.id === id);
        assert.ok(signal?.received, `${id} was lost`);
        assert.equal(signal.executions, signal.outcome === 'EXECUTED' ? 1 : 0, `${id} is ${signal.outcome}`);
        assert.notEqual(signal.outcome, 'UNKNOWN');
      }
    }
    const totals = fleet.totals();
    assert.ok(count > 10 && totals.executed > 0 && totals.reconnects > 0, JSON.stringify(totals));
    assert.deepEqual([totals.signals, totals.duplicates, totals.open], [count, 0, 0]);
  });

  it('does the same again for the same seed, over real sockets', async () => {
    const [first, second] = [await chaos(5, 15), await chaos(5, 15)];
    assert.ok(first.log.length > 10);
    assert.deepEqual(first.log, second.log);
  });

  it('counts the frame that it was told to lose', async () => {
    const stage = new Stage(3);
    await using server = await stage.server();
    const fleet = stage.fleet([server.endpoint], { swallow: { at: 0, signal: 2 } });
    fleet.start();
    await stage.run(1_000, () => liveSession(server) !== undefined);
    const session = liveSession(server);
    assert.ok(session);
    for (let number = 1; number <= 3; number++) sendSignal(session, number, stage.clock.nowMs() + 60_000);
    await stage.run(3_000);
    fleet.stop();
    await stage.idle();
    assert.deepEqual(
      fleet
        .signals()
        .get(idOf(900))
        ?.map(({ id }) => id),
      [idOf(1), idOf(3)],
    );
  });
});

describe('an address of a server', () => {
  it('is read in each form', () => {
    assert.deepEqual(parseEndpoint('tls://ea.example.com:8443'), {
      scheme: 'tls',
      host: 'ea.example.com',
      port: 8443,
      path: '/',
    });
    assert.deepEqual(parseEndpoint('WSS://[::1]:1/ea'), { scheme: 'wss', host: '::1', port: 1, path: '/ea' });
  });

  it('is refused in one sentence otherwise', () => {
    for (const text of ['', 'localhost:1', 'http://h:1', 'tcp://h', 'tcp://h:0', 'tcp://h:65536', 'tcp://h:1:2', 'tcp://a b:1'])
      assert.throws(() => parseEndpoint(text), { name: 'SuhoError', code: 'USAGE' });
  });
});
