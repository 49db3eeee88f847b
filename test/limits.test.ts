import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRelations, LIMITS, type Limits } from '../src/limits.js';
import { BrokenInvariant } from '../src/runtime/assert.js';

type Group = keyof Limits;

function changed<G extends Group>(group: G, name: keyof Limits[G], value: number): Limits {
  return { ...LIMITS, [group]: { ...LIMITS[group], [name]: value } };
}

test('the bounds stand in their relations', () => {
  checkRelations(LIMITS);
});

test('each relation breaks when one of its bounds moves past it', () => {
  const { actor, frame, session, ledger, analytics, writer, market, inference, quote, cache, bus } = LIMITS;
  const broken: readonly (readonly [Limits, RegExp])[] = [
    [changed('actor', 'turn', actor.mailbox + 1), /turn/],
    [changed('actor', 'backoffFirstMs', actor.backoffMostMs + 1), /back-off/],
    [changed('frame', 'bodyBeforeWelcome', frame.body + 1), /unknown client/],
    [changed('session', 'heartbeatMs', Math.floor(session.silenceMs / 3) + 1), /two heartbeats before it is dead/],
    [changed('session', 'heartbeatMostMs', session.heartbeatMs - 1), /usual heartbeat/],
    [changed('session', 'ackOwedMs', session.heartbeatMs), /ack leaves/],
    [changed('session', 'outbox', 4 * frame.body - 1), /outbox/],
    [changed('session', 'perAddress', session.perNode + 1), /one address/],
    [changed('ledger', 'batchRows', ledger.queue + 1), /batch fits/],
    [changed('ledger', 'batchTenants', ledger.batchRows + 1), /has a row in it/],
    [changed('ledger', 'knownAccounts', session.perNode - 1), /keeps in mind/],
    [changed('ledger', 'restoreLeap', ledger.queue - 1), /leapt over/],

    [changed('analytics', 'queryMs', analytics.callMs), /engine may end a query/],
    [changed('writer', 'batchItems', writer.queue / 2 + 1), /batch may fill/],
    [changed('writer', 'retryFirstMs', writer.retryMostMs + 1), /first retry/],
    [changed('writer', 'segments', 3), /drops its oldest file/],
    [changed('inference', 'runRows', inference.batchRows + 1), /batch fills a run/],
    [changed('inference', 'batchRows', inference.requestRows + 1), /request may fill a batch/],
    [changed('inference', 'runMs', inference.answerMs / 2 + 1), /run may wait for another/],
    [changed('inference', 'hangMs', inference.answerMs), /late before its thread/],
    [changed('ownModels', 'graphBytes', LIMITS.ownModels.memoryBytes), /leaves room/],
    [changed('ownModels', 'addressBytes', LIMITS.ownModels.memoryBytes), /maps more/],
    [changed('ownModels', 'runMs', LIMITS.ownModels.answerMs / 2 + 1), /run of an own model/],
    [changed('ownModels', 'hangMs', LIMITS.ownModels.answerMs), /late before its process/],
    [changed('ownModels', 'saidBytes', 100), /fits what is heard/],
    [changed('prices', 'alarmOverShare', LIMITS.prices.alarmShare), /clearly below/],
    [changed('prices', 'confirmMs', LIMITS.prices.waitMs), /are believed/],
    [changed('prices', 'waitMs', quote.staleMs), /is not stale by it/],
    [changed('prices', 'usualMs', 2 * quote.staleMs), /newest quotes/],
    [changed('feed', 'returnMs', 2 * LIMITS.feed.silenceMs - 1), /take turns/],
    [changed('feed', 'silenceMs', quote.staleMs), /is no silence/],
    [changed('feed', 'pollMs', market.closeGraceMs + 1), /before the clock closes it/],
    [changed('signal', 'resultGraceMs', 2 * session.heartbeatMs - 1), /result may take/],
    [changed('cache', 'answerMs', cache.probeMs + 1), /a look at a server/],
    [changed('cache', 'meanwhileMs', quote.staleMs + 1), /no older than a quote/],
    [changed('cache', 'hotMs', quote.staleMs / 2 + 1), /before it is stale/],
    [changed('cache', 'hotBatch', cache.inFlight / 2 + 1), /leaves room/],
    [changed('cache', 'candles', market.history + 1), /kept near are in memory/],
    [changed('cache', 'bytes', 16 * cache.valueBytes - 1), /largest values/],
    [changed('bus', 'inFlight', bus.outbox + 1), /fits the outbox/],
    [changed('bus', 'retryFirstMs', bus.retryMostMs + 1), /back-off of the bus/],
    [changed('bus', 'unflushed', 4 * bus.payload - 1), /on their way/],
    [changed('bus', 'outboxBytes', 16 * bus.payload - 1), /outbox holds several/],
    [changed('bus', 'memoryBytes', 16 * bus.payload - 1), /a stream in process/],
    [changed('bus', 'dedupMs', 100 * bus.answerMs - 1), /still recognised/],
  ];
  for (const [limits, why] of broken) {
    assert.throws(
      () => checkRelations(limits),
      (error: Error) => error instanceof BrokenInvariant && why.test(error.message),
      String(why),
    );
  }
});

test('every bound is a number above zero', () => {
  for (const [group, bounds] of Object.entries(LIMITS)) {
    for (const [name, value] of Object.entries(bounds)) assert.ok(Number.isFinite(value) && value > 0, `${group}.${name}`);
  }
});
