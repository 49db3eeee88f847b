import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { FLAG_POSSIBLE_DUPLICATE } from '../../src/protocol/messages.js';
import { commandMessage, riskMessage, settingsMessage } from './scripted-server.js';
import { idOf, World } from './world.js';

const RUNS = process.env.SUHO_PROOF ? 3_000 : 150;

describe("an EA's session", () => {
  it('says HELLO a turn after it connected, then symbols, positions and history, then money and quotes', () => {
    const world = new World();
    world.connect();
    assert.equal(world.server.frames.length, 0);
    world.wait(40);
    const kinds = world.server.frames.map(({ message }) => message.kind);
    assert.deepEqual(kinds.slice(0, 4), ['HELLO', 'SYMBOLS', 'SNAPSHOT', 'HISTORY']);
    assert.ok(kinds.includes('FINANCE') && kinds.includes('QUOTES'));
    const [hello] = world.server.all('HELLO');
    assert.equal(hello?.instance, '00112233445566778899aabbccddeeff');
    const [history] = world.server.all('HISTORY');
    assert.deepEqual(
      history?.deals.map(({ tradeKind, profit }) => [tradeKind, profit]),
      [['BALANCE', 10_000]],
    );
    assert.equal(world.ea.live, true);
  });

  it('acts only on milliseconds that end in 3', () => {
    const world = World.live();
    world.signal(1);
    world.wait(5_000);
    const instants = world.sessions.flatMap((server) => server.frames.map(({ timeUs }) => (timeUs / 1_000) % 10));
    assert.ok(instants.length > 5);
    assert.deepEqual([...new Set(instants)], [3]);
  });

  it('acks within a second what it has flushed, with a heartbeat where nothing else leaves', () => {
    const world = World.live({ server: { risk: null } });
    world.signal(1);
    world.wait(5);
    const before = world.nowMs;
    assert.equal(world.server.ackedByEa, 0);
    while (world.server.ackedByEa === 0 && world.nowMs < before + 2_000) world.desk.wait(10);
    assert.ok(world.nowMs - before <= 1_000);
    assert.equal(world.store.open().state.signals.size, 1);
  });

  it('hangs up on a server that has been silent for 15 s, and not before', () => {
    const world = World.live();
    const heard = world.nowMs;
    while (!world.server.closed && world.nowMs < heard + 20_000) world.desk.wait(10);
    assert.ok(world.nowMs - heard >= 14_900 && world.nowMs - heard <= 15_100);
    assert.equal(world.server.all('GOODBYE')[0]?.reason, 'SILENCE');
  });

  it('ends a session whose numbers have a gap', () => {
    const world = World.live();
    const id = world.signal(1);
    world.server.outgoing.next({ kind: 'REDIRECT', endpoint: 0 });
    world.signal(2);
    world.wait(1_000);
    assert.equal(world.server.closed, true);
    assert.equal(world.summary(idOf(2)), undefined);
    world.drop();
    world.connect();
    world.wait(500);
    assert.deepEqual(world.told(id), ['EXECUTED 1']);
  });

  it('says why a session ended', () => {
    const world = World.live();
    world.say({ kind: 'GOODBYE', reason: 'NEWER_SESSION', sentence: '' });
    assert.deepEqual(world.drop(), { kind: 'goodbye', reason: 'NEWER_SESSION' });
  });

  it('tells money when it changes, at most once a second, and every 30 s when it does not', () => {
    const world = World.live();
    const count = (): number => world.server.all('FINANCE').length;
    const first = count();
    world.wait(29_000);
    assert.equal(count(), first);
    world.wait(2_000);
    assert.equal(count(), first + 1);
    world.desk.trade({ volume: 0.1 });
    const open = count();
    for (let at = 0; at < 40; at++) {
      world.desk.price('EURUSD', 1.1 + at / 1e5, 1.1001 + at / 1e5);
      world.desk.wait(90);
      world.server.heartbeat();
    }
    assert.ok(count() - open >= 3 && count() - open <= 5, `${count() - open} in four seconds`);
    world.wait(1_100);
    assert.equal(world.server.all('FINANCE').at(-1)?.equity, world.desk.broker.account().equity);
  });

  it('tells the tick values again every minute', () => {
    const world = World.live();
    world.wait(59_000);
    assert.equal(world.server.all('SYMBOLS').length, 1);
    world.wait(2_000);
    assert.equal(world.server.all('SYMBOLS').length, 2);
  });
});

describe('an EA with a signal', () => {
  it('executes it at its broker, and reports the deal and the result', () => {
    const world = World.live({ symbol: { suffix: '.m' } });
    const id = world.signal(1, { brokerName: 'EURUSD.m' });
    world.wait(500);
    assert.deepEqual(world.told(id), ['EXECUTED 1']);
    const [result] = world.server.results(id);
    assert.deepEqual([result?.filledVolume, result?.price, result?.retcode], [0.5, 1.1001, 10009]);
    assert.ok((result?.receivedUs ?? 0) <= (result?.sentUs ?? 0) && (result?.sentUs ?? 0) < (result?.doneUs ?? 0));
    const [trade] = world.server.all('TRADE');
    assert.deepEqual([trade?.signalId, trade?.deal, trade?.entry, trade?.remaining], [id, result?.deals[0], 'IN', 0.5]);
    const [position] = world.desk.broker.book.positions.values();
    assert.deepEqual([position?.stopLoss, position?.takeProfit, position?.comment], [1.09, 1.12, 'suho a comment']);
    world.desk.price('EURUSD', 1.0895, 1.0896);
    world.wait(50);
    const out = world.server.all('TRADE').at(-1);
    assert.deepEqual([out?.signalId, out?.entry, out?.reason, out?.remaining], [id, 'OUT', 'SL', 0]);
  });

  it('has the intent on disk before the order leaves', () => {
    const world = World.live();
    let intents = -1;
    const { send } = world.desk.broker;
    world.desk.broker.send = function (this: typeof world.desk.broker, ...sent: Parameters<typeof send>) {
      world.store.crash();
      intents = world.store.open().state.signals.get(idOf(1))?.attempts ?? 0;
      send.apply(world.desk.broker, sent);
    };
    world.signal(1);
    world.wait(200);
    assert.equal(intents, 1);
  });

  it('answers a repeat from its record, with the same attempt, and does not execute it again', () => {
    const world = World.live();
    const id = world.signal(1);
    world.wait(2_000);
    world.signal(1, {}, FLAG_POSSIBLE_DUPLICATE);
    world.wait(500);
    assert.deepEqual(world.told(id), ['EXECUTED 1', 'EXECUTED 1']);
    assert.equal(world.server.frames.findLast(({ message }) => message.kind === 'RESULT')?.flags, FLAG_POSSIBLE_DUPLICATE);
    assert.equal(world.summary(id)?.executions, 1);
    assert.equal(world.ea.repeats, 1);
  });

  it('looks at the broker before it executes what may have been delivered before', () => {
    const world = World.live();
    world.desk.trade({ magic: (7n << 32n) | 1n, volume: 0.5 });
    const id = world.signal(1, {}, FLAG_POSSIBLE_DUPLICATE);
    const fresh = world.signal(2, {}, FLAG_POSSIBLE_DUPLICATE);
    world.wait(1_000);
    assert.deepEqual(world.told(id), ['EXECUTED 1']);
    assert.equal(world.summary(id)?.executions, 1);
    assert.deepEqual(world.told(fresh), ['EXECUTED 1']);
  });

  it('refuses what its own terminal contradicts, with a sentence and no order', () => {
    const cases: [string, Parameters<World['signal']>[1], ConstructorParameters<typeof World>[0]?][] = [
      ['wrong name for the id', { brokerName: 'EURGBP' }],
      ['price above the range', { entryHigh: 1.1 }],
      ['price below the range', { side: 'SELL', entryLow: 1.1001, stopLoss: 1.12, takeProfit: 1.09 }],
      ['spread', {}, { server: { settings: settingsMessage({ spreadPointsMax: 9 }) } }],
      ['volume below a step', { volume: 0.009 }],
      ['volume above the limit', {}, { server: { risk: riskMessage({ volumeMax: 0.4 }) } }],
      ['trading disabled', {}, { server: { risk: riskMessage({ tradingEnabled: false }) } }],
      ['emergency stop', {}, { server: { risk: riskMessage({ emergencyStop: true }) } }],
      ['symbol not allowed', {}, { server: { risk: riskMessage({ symbolIds: [2] }) } }],
      ['outside the hours', {}, { server: { risk: riskMessage({ hours: [{ day: 2, fromSeconds: 0, toSeconds: 25_200 }] }) } }],
      ['stop on the wrong side', { stopLoss: 1.2 }],
      ['no money', { volume: 50 }],
      ['symbol closed by the broker', {}, { symbol: { tradeMode: 'DISABLED' } }],
    ];
    for (const [name, change, wish] of cases) {
      const world = World.live(wish);
      const id = world.signal(1, change);
      world.wait(500);
      assert.deepEqual(world.told(id), ['REJECTED 1'], name);
      assert.ok(world.server.results(id)[0]?.sentence, name);
      assert.equal(world.desk.broker.book.deals.length, 1, name);
    }
  });

  it('executes inside the hours, and the newest revision of RISK counts', () => {
    const hours = [{ day: 2, fromSeconds: 25_200, toSeconds: 25_260 }];
    const world = World.live({ server: { risk: riskMessage({ revision: 5, hours }) } });
    world.say(riskMessage({ revision: 4, emergencyStop: true }));
    const id = world.signal(1);
    world.wait(500);
    assert.deepEqual(world.told(id), ['EXECUTED 1']);
  });

  it('rounds the volume down to the step and applies the multipliers of SETTINGS', () => {
    const settings = settingsMessage({ volumeMultiplier: 0.5, stopLossMultiplier: 2, takeProfitMultiplier: 0.5 });
    const world = World.live({ server: { settings } });
    world.signal(1, { volume: 0.15, entry: 1.1, stopLoss: 1.09, takeProfit: 1.12 });
    world.wait(500);
    const [position] = world.desk.broker.book.positions.values();
    assert.deepEqual([position?.volume, position?.stopLoss, position?.takeProfit], [0.07, 1.08, 1.11]);
  });

  it('answers EXPIRED at valid-until, to the millisecond that the clock sample allows', () => {
    for (const [leftMs, outcome] of [
      [200, 'EXECUTED 1'],
      [3, 'EXPIRED 1'],
    ] as const) {
      const world = World.live();
      world.wait(7_000);
      const id = world.signal(1, { validUntilMs: world.nowMs + leftMs });
      world.wait(500);
      assert.deepEqual(world.told(id), [outcome]);
    }
  });

  it('answers EXPIRED when it has not known the time for a minute', () => {
    const world = World.live();
    for (let at = 0; at < 65; at++) {
      world.desk.wait(1_000);
      // Signs of life without a sample.
      world.say(settingsMessage());
    }
    const id = world.signal(1);
    world.desk.wait(500);
    assert.deepEqual(world.told(id), ['EXPIRED 1']);
  });

  it('loses the frame it is told to lose', () => {
    const world = World.live({ swallowSignal: 2 });
    const ids = [1, 2, 3].map((number) => world.signal(number));
    world.wait(2_000);
    assert.deepEqual(
      ids.map((id) => world.summary(id)?.received ?? false),
      [true, false, true],
    );
  });
});

describe('an EA whose broker does not say what happened', () => {
  const unsure = { ...BEHAVIOURS.clean, ambiguousChance: 1, lateFillMsMost: 20_000, linkDownMsMost: 3_000 };

  it('tells UNKNOWN, finds the trade by its magic, and tells the end under the next attempt', () => {
    const world = World.live({ behaviour: { ...unsure, ambiguousTradedChance: 1 } });
    const id = world.signal(1);
    world.wait(120_000);
    assert.deepEqual(world.told(id), ['UNKNOWN 1', 'EXECUTED 2']);
    assert.equal(world.summary(id)?.executions, 1);
    const result = world.server.results(id).at(-1);
    assert.deepEqual(result?.deals, [world.desk.broker.book.deals.at(-1)?.ticket]);
  });

  it('takes "not found" for an answer only after a minute in step and two looks', () => {
    const world = World.live({ behaviour: { ...unsure, ambiguousTradedChance: 0, linkDownMsMost: 0 } });
    const sent = world.nowMs;
    const id = world.signal(1);
    while (world.told(id).length < 2 && world.nowMs < sent + 120_000) world.wait(500);
    assert.deepEqual(world.told(id), ['UNKNOWN 1', 'REJECTED 2']);
    assert.ok(world.nowMs - sent >= 60_000 + 5_000);
    assert.equal(world.summary(id)?.executions, 0);
  });

  it('waits for an order that the broker is still working on, however long', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const slow = { ...unsure, ambiguousTradedChance: 1, lateFillMsMost: 900_000, linkDownMsMost: 0 };
      const world = World.live({ behaviour: slow, seed });
      const id = world.signal(1);
      world.wait(920_000);
      assert.deepEqual(world.told(id), ['UNKNOWN 1', 'EXECUTED 2']);
    }
  });

  it('takes a failed query for nothing at all', () => {
    const blind = { ...unsure, ambiguousTradedChance: 1, historyFailChance: 1 };
    const world = World.live({ behaviour: blind });
    const id = world.signal(1);
    world.wait(300_000);
    assert.deepEqual(world.told(id), ['UNKNOWN 1']);
  });

  it('tries again at a new price, at most four times, and each order is an intent', () => {
    const requoting = { ...BEHAVIOURS.clean, requoteChance: 1 };
    const world = World.live({ behaviour: requoting, symbol: { execution: 'INSTANT' } });
    const id = world.signal(1);
    world.wait(5_000);
    assert.deepEqual(world.told(id), ['REJECTED 1']);
    assert.equal(world.summary(id)?.attempts, 4);
  });

  it('reports a partial fill as executed with its volume', () => {
    const world = World.live({ behaviour: { ...BEHAVIOURS.clean, partialChance: 1 } });
    const id = world.signal(1);
    world.wait(1_000);
    const [result] = world.server.results(id);
    assert.deepEqual([result?.outcome, result?.retcode, result?.requestedVolume], ['EXECUTED', 10010, 0.5]);
    assert.ok((result?.filledVolume ?? 0) > 0 && (result?.filledVolume ?? 1) < 0.5);
  });
});

describe('an EA across sessions and crashes', () => {
  it('sends again what was not acked, flagged, under new numbers', () => {
    const world = World.live({ server: { holdAcks: true } });
    const id = world.signal(1);
    world.wait(1_000);
    const first = world.server.frames.find(({ message }) => message.kind === 'RESULT');
    assert.equal(first?.flags, 0);
    world.drop();
    world.connect();
    world.wait(500);
    const again = world.server.frames.find(({ message }) => message.kind === 'RESULT');
    assert.deepEqual(again?.message, first?.message);
    assert.equal(again?.flags, FLAG_POSSIBLE_DUPLICATE);
    assert.notEqual(again?.seq, first?.seq);
    assert.deepEqual(world.told(id), ['EXECUTED 1', 'EXECUTED 1']);
    assert.equal(world.server.all('TRADE').length, 1);
  });

  it('sends nothing again that was acked', () => {
    const world = World.live();
    world.signal(1);
    world.wait(3_000);
    world.drop();
    world.connect();
    world.wait(3_000);
    assert.deepEqual(world.server.all('RESULT'), []);
    assert.deepEqual(world.server.all('TRADE'), []);
  });

  it('finds after a crash what became of an order that it had sent', () => {
    const world = World.live();
    const id = world.signal(1);
    world.wait(15);
    assert.equal(world.store.open().state.signals.get(id)?.attempts, 1);
    world.crash();
    world.connect();
    world.wait(80_000);
    assert.deepEqual(world.told(id), ['UNKNOWN 1', 'EXECUTED 2']);
    assert.equal(world.summary(id)?.executions, 1);
  });

  it('reports in its history the deals that were made while it was down', () => {
    const world = World.live();
    world.signal(1);
    world.wait(3_000);
    world.crash();
    world.desk.price('EURUSD', 1.08, 1.0801);
    world.desk.wait(1_000);
    world.connect();
    world.wait(500);
    const reasons = world.server.all('HISTORY').flatMap(({ deals }) => deals.map(({ reason }) => reason));
    assert.ok(reasons.includes('SL'));
  });
});

describe('an EA under command', () => {
  const opened = (world: World): bigint => {
    world.signal(1);
    world.wait(500);
    const [position] = world.desk.broker.book.positions.keys();
    assert.ok(position);
    return position;
  };
  const done = (world: World, number: number, change: Parameters<typeof commandMessage>[1]): string[] => {
    const id = idOf(number);
    world.say(commandMessage(id, change));
    world.wait(1_500);
    return world.told(id);
  };

  it('closes a part and then the rest of a position', () => {
    const world = World.live();
    const position = opened(world);
    assert.deepEqual(done(world, 50, { action: 'CLOSE_POSITION', position, volume: 0.2 }), ['EXECUTED 1']);
    assert.equal(world.desk.broker.book.positions.get(position)?.volume, 0.3);
    assert.equal(world.server.results(idOf(50))[0]?.filledVolume, 0.2);
    assert.deepEqual(done(world, 51, { action: 'CLOSE_POSITION', position }), ['EXECUTED 1']);
    assert.equal(world.desk.broker.book.positions.size, 0);
    assert.deepEqual(done(world, 52, { action: 'CLOSE_POSITION', position }), ['REJECTED 1']);
  });

  it('closes all of ours, and everything only when told so', () => {
    const world = World.live();
    opened(world);
    world.signal(2);
    world.wait(500);
    world.desk.trade({ magic: 0n, reason: 'CLIENT' });
    assert.deepEqual(done(world, 50, { action: 'CLOSE_ALL', scope: 'OURS' }), ['EXECUTED 1']);
    assert.deepEqual(
      [...world.desk.broker.book.positions.values()].map(({ magic }) => magic),
      [0n],
    );
    assert.deepEqual(done(world, 51, { action: 'CLOSE_ALL', scope: 'EVERYTHING' }), ['EXECUTED 1']);
    assert.equal(world.desk.broker.book.positions.size, 0);
  });

  it('does a command once, however often it comes', () => {
    const world = World.live();
    const position = opened(world);
    const close = { action: 'CLOSE_POSITION', position, volume: 0.1 } as const;
    done(world, 50, close);
    assert.deepEqual(done(world, 50, close), ['EXECUTED 1', 'EXECUTED 1']);
    assert.equal(world.desk.broker.book.positions.get(position)?.volume, 0.4);
  });

  it('moves stops', () => {
    const world = World.live();
    const position = opened(world);
    assert.deepEqual(done(world, 50, { action: 'MODIFY', position, stopLoss: 1.095, takeProfit: 0 }), ['EXECUTED 1']);
    assert.equal(world.desk.broker.book.positions.get(position)?.stopLoss, 1.095);
    assert.equal(world.server.all('TRADE').at(-1)?.tradeKind, 'POSITION');
    assert.deepEqual(done(world, 51, { action: 'MODIFY', position, stopLoss: 1.2 }), ['REJECTED 1']);
  });

  it('cancels a signal before it came, and refuses when it is too late', () => {
    const world = World.live();
    assert.deepEqual(done(world, 50, { action: 'CANCEL_SIGNAL', signalId: idOf(1) }), ['EXECUTED 1']);
    const id = world.signal(1);
    world.wait(500);
    assert.deepEqual(world.told(id), ['CANCELLED 1']);
    const other = world.signal(2);
    world.wait(500);
    assert.deepEqual(done(world, 51, { action: 'CANCEL_SIGNAL', signalId: other }), ['REJECTED 1']);
  });

  it('sends a snapshot and a range of history that name the command', () => {
    const world = World.live();
    opened(world);
    assert.deepEqual(done(world, 50, { action: 'SEND_SNAPSHOT' }), ['EXECUTED 1']);
    const snapshot = world.server.all('SNAPSHOT').at(-1);
    assert.deepEqual([snapshot?.commandId, snapshot?.completeness, snapshot?.positions.length], [idOf(50), 'COMPLETE', 1]);
    const offset = world.desk.broker.terms.timeOffsetMs;
    const toMs = world.nowMs + offset;
    assert.deepEqual(done(world, 51, { action: 'SEND_HISTORY', fromMs: toMs - 800, toMs }), ['EXECUTED 1']);
    const history = world.server.all('HISTORY').at(-1);
    assert.equal(history?.commandId, idOf(51));
    assert.deepEqual(
      history?.deals.map(({ entry }) => entry),
      [],
    );
    assert.deepEqual(done(world, 52, { action: 'SEND_HISTORY', fromMs: toMs - 10_000, toMs }), ['EXECUTED 1']);
    assert.deepEqual(
      world.server
        .all('HISTORY')
        .at(-1)
        ?.deals.map(({ tradeKind }) => tradeKind),
      ['BALANCE', 'DEAL'],
    );
  });

  it('reconnects when asked, and does not do what came too late', () => {
    const world = World.live();
    const late = { validUntilMs: world.nowMs - 1 };
    assert.deepEqual(done(world, 50, { action: 'CLOSE_ALL', scope: 'EVERYTHING', ...late }), ['EXPIRED 1']);
    world.say(commandMessage(idOf(51), { action: 'RECONNECT' }));
    world.wait(100);
    assert.equal(world.server.closed, true);
    assert.deepEqual(world.drop(), { kind: 'reconnect' });
  });

  it('says UNKNOWN of a close that the broker leaves open, until history tells', () => {
    for (const traded of [0, 1]) {
      const behaviour = { ...BEHAVIOURS.clean };
      const world = World.live({ behaviour });
      const position = opened(world);
      Object.assign(behaviour, { ambiguousChance: 1, ambiguousTradedChance: traded, lateFillMsMost: 20_000 });
      done(world, 50, { action: 'CLOSE_POSITION', position });
      world.wait(90_000);
      assert.deepEqual(world.told(idOf(50)), ['UNKNOWN 1', traded ? 'EXECUTED 2' : 'REJECTED 2']);
      assert.equal(world.desk.broker.book.positions.size, traded ? 0 : 1);
    }
  });
});

type Step =
  | { readonly kind: 'deliver'; readonly signal: number; readonly flagged: boolean }
  | { readonly kind: 'drop' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'wait'; readonly ms: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      signal: fc.integer({ min: 1, max: 4 }),
      flagged: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'drop' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'crash' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 90_000 })),
    }),
  },
);

describe('whatever is redelivered, cut off and crashed', () => {
  it('executes a signal at most once, and says of it in the end what the broker did', () => {
    fc.assert(
      fc.property(
        fc.array(steps, { minLength: 3, maxLength: 40 }),
        fc.nat(),
        fc.constantFrom('hostile', 'demo', 'clean'),
        (list, seed, name) => {
          const world = World.live({ behaviour: BEHAVIOURS[name as keyof typeof BEHAVIOURS], seed });
          const validUntilMs = world.nowMs + 600_000;
          const sent = new Set<number>();
          const deliver = (number: number, flagged: boolean): void => {
            // A server flags what it has sent before; the first delivery may be flagged too.
            const flags = flagged || sent.has(number) ? FLAG_POSSIBLE_DUPLICATE : 0;
            sent.add(number);
            world.signal(number, { validUntilMs, entryLow: 1, entryHigh: 2, volume: 0.05 }, flags);
          };
          const reconnect = (): void => {
            world.connect();
            world.wait(60);
          };
          for (const step of list) {
            if (step.kind === 'wait') world.wait(step.ms);
            else if (step.kind === 'deliver') deliver(step.signal, step.flagged);
            else {
              if (step.kind === 'drop') world.drop();
              else world.crash();
              reconnect();
            }
            for (const number of sent) assert.ok((world.summary(idOf(number))?.executions ?? 0) <= 1, 'executed at most once');
          }
          world.drop();
          reconnect();
          for (const number of [...sent]) deliver(number, true);
          world.wait(900_000);
          for (const number of sent) {
            const summary = world.summary(idOf(number));
            assert.ok(summary?.received);
            assert.notEqual(summary.outcome, undefined);
            assert.notEqual(summary.outcome, 'UNKNOWN');
            assert.equal(
              summary.executions,
              summary.outcome === 'EXECUTED' ? 1 : 0,
              `${summary.outcome} with ${summary.executions}`,
            );
            const attempts = world.told(idOf(number)).map((told) => Number(told.split(' ')[1]));
            assert.deepEqual([...new Set(attempts)].sort(), attempts.length > 0 ? [...new Set(attempts)] : attempts);
            assert.equal(world.told(idOf(number)).at(-1), `${summary.outcome} ${Math.max(...attempts)}`);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
