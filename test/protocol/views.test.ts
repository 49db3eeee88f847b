import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { referenceBody } from '../../scripts/generate/reference-encoder.js';
import { BodyReader } from '../../src/protocol/body-reader.js';
import { readBody2 } from '../../src/protocol/generated/bodies.js';
import { QuotesView, SignalView } from '../../src/protocol/generated/views.js';
import { KINDS_2, type Message2 } from '../../src/protocol/messages.js';
import { plainFrame, runs, suho2 } from './arbitraries.js';

function bodies(kind: 'QUOTES' | 'SIGNAL'): fc.Arbitrary<Uint8Array> {
  const message = suho2.messages.find((one) => one.kind === kind);
  assert(message);
  return plainFrame(message, suho2).map((sample) => Uint8Array.from(referenceBody(sample.message, suho2)));
}

/** The body inside other bytes, as it lies in a socket's chunk. */
function within(body: Uint8Array): Uint8Array {
  return Uint8Array.from([1, 2, 3, ...body, 4, 5]);
}

function decoded(kind: 'QUOTES' | 'SIGNAL', body: Uint8Array): Message2 | undefined {
  const reader = new BodyReader();
  reader.open(new DataView(body.buffer, body.byteOffset, body.length), 0, 0, body.length);
  const message = readBody2(KINDS_2[kind].type, reader);
  return reader.fault ? undefined : message;
}

const quotes = new QuotesView();
function byQuotesView(body: Uint8Array): Message2 | undefined {
  const seen: object[] = [];
  quotes.wrap(within(body), 3, body.length);
  while (quotes.next()) {
    const { symbolId, bid, ask, brokerTimeMs, tradeable, sessionOpen } = quotes;
    seen.push({ symbolId, bid, ask, brokerTimeMs, tradeable, sessionOpen });
  }
  return quotes.fault ? undefined : ({ kind: 'QUOTES', quotes: seen } as unknown as Message2);
}

const signal = new SignalView();
function bySignalView(body: Uint8Array): Message2 | undefined {
  if (!signal.wrap(within(body), 3, body.length)) return undefined;
  const { id, magic, symbolId, side, entry, entryLow, entryHigh, stopLoss, takeProfit, volume } = signal;
  const { riskPercent, score, confidence, validUntilMs, brokerName, model, strategy, comment } = signal;
  const prices = { entry, entryLow, entryHigh, stopLoss, takeProfit, volume, riskPercent, score, confidence };
  return { kind: 'SIGNAL', id, magic, symbolId, side, ...prices, validUntilMs, brokerName, model, strategy, comment };
}

const views = { QUOTES: byQuotesView, SIGNAL: bySignalView } as const;

describe('views', () => {
  for (const kind of ['QUOTES', 'SIGNAL'] as const) {
    it(`read ${kind} as the decoder of objects does`, () => {
      fc.assert(
        fc.property(bodies(kind), (body) => {
          assert.notEqual(decoded(kind, body), undefined);
          assert.deepEqual(views[kind](body), decoded(kind, body));
        }),
        runs(2_000),
      );
    });

    it(`refuse a number that is none in ${kind}, wherever it stands`, () => {
      const nan = new Uint8Array(new Float64Array([Number.NaN]).buffer);
      fc.assert(
        fc.property(bodies(kind), fc.nat(), (body, place) => {
          if (body.length < 8) return;
          body.set(nan, place % (body.length - 7));
          assert.deepEqual(views[kind](body), decoded(kind, body));
        }),
        runs(10_000),
      );
    });

    it(`refuse a damaged or cut ${kind} exactly when the decoder of objects does`, () => {
      const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
      fc.assert(
        fc.property(bodies(kind), damage, fc.nat(), fc.boolean(), (body, changes, cut, isCut) => {
          for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte;
          const bytes = isCut ? body.subarray(0, cut % (body.length + 1)) : body;
          assert.deepEqual(views[kind](bytes), decoded(kind, bytes));
        }),
        runs(10_000),
      );
    });
  }
});
