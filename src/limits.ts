import { assert } from './runtime/assert.js';

/** Every bound of the engine, with the relations between them. At a bound the rule is in `docs/ARCHITECTURE.md`, Bounds. */
export const LIMITS = {
  actor: {
    /** Messages waiting for one actor; past it `tell` answers false. */
    mailbox: 10_000,
    /** Messages one actor handles before another gets its turn. */
    turn: 64,
    /** Crashes allowed within `restartWindowMs` before the actor is stopped for good. */
    restarts: 10,
    restartWindowMs: 60_000,
    backoffFirstMs: 10,
    backoffMostMs: 5_000,
    askMs: 2_000,
  },
  frame: {
    /** Body bytes of a suho-2 frame. */
    body: 65_536,
    /** The same before WELCOME. */
    bodyBeforeWelcome: 4_096,
  },
  session: {
    helloMs: 5_000,
    heartbeatMs: 5_000,
    /** The longest that WELCOME may set: an EA's clock sample must stay younger than a minute. */
    heartbeatMostMs: 20_000,
    silenceMs: 15_000,
    /** EAs of suho-1 beat every 30 s, and say nothing else while the market is closed. */
    silenceSuho1Ms: 90_000,
    ackOwedMs: 1_000,
    /** Bytes read from one socket before another gets its turn. */
    readTurn: 65_536,
    /** Bytes waiting to be written; past it the client is closed. */
    outbox: 1_048_576,
    /** Frames sent and not acked; past it the sender waits. */
    unacked: 4_096,
    perAddress: 4_096,
    perNode: 16_384,
    /** Takeovers between two instances in `takeoverWindowMs` before the account gets no signals. */
    takeovers: 3,
    takeoverWindowMs: 600_000,
    refusalDelayFirstMs: 250,
    refusalDelayMostMs: 8_000,
  },
  ledger: {
    /** Rows of one commit. */
    batchRows: 250,
    /** Tenants of one commit: row security has each tenant's statements sent on their own. */
    batchTenants: 25,
    /** Operations waiting to be committed; past it new signals are refused and the wire is not acked. */
    queue: 20_000,
    pageRows: 500,
    /** Accounts whose tenant a node keeps in mind; past it the one it learned first is asked for again. */
    knownAccounts: 100_000,
    /** More numbers (of signals, epochs, symbols) than can have been given between a backup and its restore. */
    restoreLeap: 1_000_000,
  },
  analytics: {
    /** A query that runs longer is ended by the engine. */
    queryMs: 30_000,
    /** A call that has no answer by then has failed, and an embedded engine is started anew. */
    callMs: 60_000,
    /** Rows of one answer. */
    answerRows: 200_000,
    /** A broker's quotes of a symbol are kept no closer together than this. */
    quoteEveryMs: 1_000,
  },
  writer: {
    /** Items of one batch; the batch leaves when it has so many, or is so old. */
    batchItems: 5_000,
    flushMs: 5_000,
    /** Items waiting in memory. */
    queue: 20_000,
    retryFirstMs: 100,
    retryMostMs: 10_000,
    /** Failures in a row before the store is left alone, and for how long. */
    breakerFailures: 5,
    breakerOpenMs: 5_000,
    /** Bytes of one file of what a store that is away has still to get, and how many such files there may be. */
    segment: 8_388_608,
    segments: 32,
  },
  market: {
    /** Ticks handed to an actor in one message. */
    tickBatch: 4_096,
    /** A live candle is closed by the clock this long after its end. */
    closeGraceMs: 500,
    /** Candles kept per symbol and timeframe for warm-up. */
    history: 300,
    /** A jump beyond this share of the price is set aside until confirmed. */
    absurdJump: 0.02,
    confirmTicks: 3,
    confirmWithin: 0.001,
  },
  features: {
    /** Candles between two snapshots of a stream's features. */
    snapshotCandles: 100,
    /** Closes worked into the correlations of one timeframe before the engine gets a pause of so many milliseconds. */
    correlationBatch: 4,
    correlationPauseMs: 5,
  },
  quote: {
    staleMs: 10_000,
    referenceMs: 2_000,
    /** EAs tell tick values at least every minute; a heartbeat more, and they are stale. */
    tickValueStaleMs: 75_000,
  },
  signal: {
    validMostMs: 900_000,
    /** Past valid-until, how long the server waits for a RESULT before the signal is UNKNOWN. */
    resultGraceMs: 10_000,
  },
} as const;

type Widened<T> = { readonly [K in keyof T]: T[K] extends number ? number : Widened<T[K]> };
export type Limits = Widened<typeof LIMITS>;

/** The relations that the code which uses the bounds relies on. */
export function checkRelations({ actor, frame, session, ledger, analytics, writer, market, features, signal }: Limits): void {
  assert(actor.turn <= actor.mailbox, 'a turn cannot take more messages than a mailbox holds');
  assert(actor.backoffFirstMs <= actor.backoffMostMs, 'the first back-off is at most the longest');
  assert(frame.bodyBeforeWelcome <= frame.body, 'an unknown client may not send more than a known one');
  assert(session.heartbeatMs * 3 <= session.silenceMs, 'a peer may miss two heartbeats before it is dead');
  assert(session.heartbeatMs <= session.heartbeatMostMs, 'the usual heartbeat is one that WELCOME may set');
  assert(session.silenceMs <= session.silenceSuho1Ms, 'an older EA is given no less time than a newer one');
  assert(session.ackOwedMs < session.heartbeatMs, 'an ack leaves before the next heartbeat would');
  assert(session.outbox >= 4 * frame.body, 'an outbox holds several of the largest frames');
  assert(session.perAddress <= session.perNode, 'one address may not hold more sessions than the node');
  assert(ledger.batchRows <= ledger.queue, 'a batch fits the queue');
  assert(ledger.batchTenants <= ledger.batchRows, 'each tenant of a batch has a row in it');
  assert(session.perNode <= ledger.knownAccounts, 'a node keeps in mind whose its sessions’ accounts are');

  assert(ledger.queue <= ledger.restoreLeap, 'what was still waiting to be numbered is leapt over as well');
  assert(analytics.queryMs < analytics.callMs, 'an engine may end a query before its caller gives it up');
  assert(2 * writer.batchItems <= writer.queue, 'a batch may fill while another waits');
  assert(writer.retryFirstMs <= writer.retryMostMs, 'the first retry is at most the longest');
  assert(writer.segments >= 4, 'a spill that drops its oldest file keeps most of what it has');
  assert(2 * features.snapshotCandles <= market.history, 'the candles in memory reach back to the snapshot before the newest');
  assert(signal.resultGraceMs >= 2 * session.heartbeatMs, 'a result may take two heartbeats');
}

checkRelations(LIMITS);
