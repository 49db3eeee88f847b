/** Advisers over HTTP, against a server of this machine; time is stepped, sockets are real. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdviserSaid } from '../../src/advisers/adviser.js';
import type { BudgetState, BudgetStore } from '../../src/advisers/budget.js';
import { budgetFile } from '../../src/advisers/budget-file.js';
import { Advisers } from '../../src/advisers/advisers.js';
import type { VectorSummary } from '../../src/advisers/vector-summary.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { createLogger } from '../../src/runtime/logger.js';
import { AS_IS } from '../../src/models/calibration.js';
import { ensemble, type Member } from '../../src/signals/ensemble.js';
import type { Timeframe } from '../../src/market/timeframe.js';
import { until } from '../support/actors.js';
import { AdviserServer, type Answerer, says } from '../support/adviser-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { walked } from '../support/walked-vector.js';

const KEY = 'sk-very-secret-0123456789';
const NOON = Date.UTC(2026, 0, 6, 12);
const MINUTE = 60_000;
const limits = LIMITS.advisers;

function memoryStore(): BudgetStore & { state: BudgetState | undefined } {
  const store = {
    state: undefined as BudgetState | undefined,
    load: async () => store.state,
    save: async (state: BudgetState) => {
      store.state = structuredClone(state);
    },
  };
  return store;
}

interface Wish {
  readonly advisers?: string;
  readonly requests?: number;
  readonly tokens?: number;
  readonly budget?: BudgetStore;
  readonly follows?: (symbol: string, timeframe: Timeframe) => boolean;
  readonly limits?: Partial<typeof limits>;
}

class Desk implements AsyncDisposable {
  readonly clock = new SteppedClock(NOON);
  log = '';
  readonly lines = {
    write: (line: string): void => {
      this.log += line;
    },
  };
  advisers!: Advisers;
  /** End of the newest candle. */
  atMs = NOON;

  private constructor(readonly server: AdviserServer) {}

  static async open(wish: Wish = {}): Promise<Desk> {
    const desk = new Desk(await AdviserServer.start());
    try {
      await desk.#open(wish);
    } catch (error) {
      await desk.server.stop();
      throw error;
    }
    return desk;
  }

  async #open(wish: Wish): Promise<void> {
    this.advisers = await Advisers.open({
      settings: {
        advisers: wish.advisers ?? `other:wise-1@${this.server.url}`,
        openaiKey: '',
        deepseekKey: '',
        googleKey: '',
        adviserKey: KEY,
        allowPlain: false,
        adviserRequests: wish.requests ?? 100,
        adviserTokens: wish.tokens ?? 1_000_000,
      },
      budget: wish.budget ?? memoryStore(),
      follows: wish.follows ?? (() => true),
      clock: this.clock,
      log: createLogger('debug', this.lines),
      limits: { ...limits, ...wish.limits } as typeof limits,
    });
  }

  summary(symbol = 'EURUSD', timeframe: VectorSummary['timeframe'] = 'M1'): VectorSummary {
    return { symbol, timeframe, atMs: this.atMs, figures: { rsi_14: 61.5, adx: 22 } };
  }

  close(symbol = 'EURUSD'): void {
    this.advisers.closed(this.summary(symbol));
  }

  /** The next candle of a minute has ended; the machine's time is another matter. */
  minute(): void {
    this.atMs += MINUTE;
  }

  said(symbol = 'EURUSD'): AdviserSaid {
    const [said] = this.advisers.heard(symbol, 'M1', this.atMs);
    assert.ok(said !== undefined);
    return said;
  }

  why(symbol?: string): string {
    const said = this.said(symbol);
    return 'leftOut' in said ? said.leftOut : 'said';
  }

  becomes(why: string, symbol?: string): Promise<void> {
    return until(() => this.why(symbol) === why, `the adviser is ${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.advisers.close();
    await this.server.stop();
    assert.ok(!this.log.includes('secret'), 'a key is never in a log');
  }
}

test('what was said of a candle is heard at those after it, and for fifteen minutes', async () => {
  await using desk = await Desk.open();
  assert.equal(desk.why(), 'not ready');
  desk.close();
  assert.equal(desk.why(), 'slow', 'nobody waits for it');
  await until(() => desk.server.asked.length === 1, 'it was asked');
  desk.minute();
  await desk.becomes('said');
  const said = desk.said();
  assert.deepEqual(
    { ...said, output: undefined },
    { model: 'adviser-other', version: 'wise-1', adviser: true, output: undefined },
  );
  assert.ok('output' in said && said.output.kind === 'sides');
  assert.ok(Math.abs(said.output.BUY - 0.65) < 1e-12 && Math.abs(said.output.SELL - 0.35) < 1e-12);
  assert.deepEqual(
    desk.advisers.heard('EURUSD', 'M1', NOON).map((one) => 'leftOut' in one),
    [true],
    'not of its own candle',
  );
  assert.equal(
    desk.advisers.heard('EURUSD', 'M1', NOON + 15 * MINUTE).some((one) => 'output' in one),
    true,
  );
  assert.equal(
    desk.advisers.heard('EURUSD', 'M1', NOON + 15 * MINUTE + 1).some((one) => 'output' in one),
    false,
  );
  assert.equal(desk.why('GBPUSD'), 'not ready', 'of another symbol nothing was said');

  const [asked] = desk.server.asked;
  assert.equal(asked?.path, '/v1/chat/completions');
  assert.equal(asked?.authorization, `Bearer ${KEY}`);
  assert.equal(asked?.body.model, 'wise-1');
  assert.equal(asked?.body.max_tokens, limits.answerTokens);
  const { figures } = desk.summary();
  assert.deepEqual(JSON.parse(asked?.body.messages.at(-1)?.content ?? ''), { symbol: 'EURUSD', timeframe: 'M1', figures });
});

test('it is asked again before what it said runs out, and not at each close', async () => {
  await using desk = await Desk.open();
  desk.close();
  await until(() => desk.server.asked.length === 1, 'it was asked');
  desk.minute();
  await desk.becomes('said');
  for (let minute = 1; minute <= 13; minute++) {
    desk.close();
    desk.minute();
  }
  assert.equal(desk.server.asked.length, 1);
  desk.close();
  await until(() => desk.server.asked.length === 2, 'it is asked a minute before');
});

test('of candles longer than advice lasts it is never asked', async () => {
  await using desk = await Desk.open();
  desk.advisers.closed(desk.summary('EURUSD', 'H1'));
  desk.advisers.closed(desk.summary('EURUSD', 'M15'));
  await until(() => desk.server.asked.length === 1, 'of the M15 it is');
  assert.match(desk.server.asked[0]?.body.messages.at(-1)?.content ?? '', /"M15"/);
});

test('an answer that does not come in its time is slow, and its connection is given up', async () => {
  await using desk = await Desk.open();
  let gone = false;
  desk.server.answer = (response) => void response.on('close', () => (gone = true));
  desk.close();
  await until(() => desk.server.asked.length === 1, 'it was asked');
  desk.clock.advanceTo(NOON + limits.answerMs);
  await until(() => gone, 'the connection is given up');
  await until(() => desk.log.includes('no answer within'), 'it is told');
  assert.equal(desk.why(), 'slow');
});

test('one that trickles is slow as well, however much of it has come', async () => {
  await using desk = await Desk.open();
  desk.server.answer = (response) => void response.write('{"choices": ');
  desk.close();
  await until(() => desk.server.asked.length === 1, 'it was asked');
  desk.clock.advanceTo(NOON + limits.answerMs);
  await until(() => desk.log.includes('no answer within'), 'it is told');
});

const FAILS: readonly (readonly [title: string, why: string, answer: Answerer])[] = [
  ['a status of 500, whose words repeat the key', 'failed', (response) => void response.writeHead(500).end(`no ${KEY}`)],
  ['a status of 401, whose words repeat the key', 'failed', (response) => void response.writeHead(401).end(`wrong key ${KEY}`)],
  ['another address instead of an answer', 'failed', (response) => void response.writeHead(307, { location: '/v1/other' }).end()],
  [
    'a body that is cut',
    'failed',
    (response) => void response.writeHead(200, { 'content-length': '999' }).write('{', () => response.destroy()),
  ],
  ['a body that is no JSON', 'invalid', (response) => void response.end(`<html>${KEY}`)],
  ['a body without a message', 'invalid', (response) => void response.end('{"choices": [{}]}')],
  ['a message that is rubbish', 'invalid', says('Buy, definitely.')],
  ['a message of impossible shares', 'invalid', says('{"buy": 2, "sell": -1}')],
  ['a body longer than may be', 'invalid', says(`{"buy": 1, "sell": 0}${' '.repeat(limits.answerBytes)}`)],
];

for (const [title, why, answer] of FAILS) {
  test(`${title}: it is left out as ${why}, and after three in a row it rests and is tried again`, async () => {
    await using desk = await Desk.open();
    desk.server.answer = answer;
    for (let time = 1; time <= limits.breakerFailures; time++) {
      if (time > 1) desk.minute();
      desk.close();
      await until(() => desk.server.asked.length === time, 'it was asked');
      await desk.becomes(time < limits.breakerFailures ? why : 'resting');
    }
    desk.close();
    assert.equal(desk.server.asked.length, limits.breakerFailures, 'one that rests is not asked');
    desk.server.answer = says('{"buy": 0.2, "sell": 0.8}');
    desk.clock.advanceTo(NOON + limits.breakerOpenMs);
    desk.minute();
    desk.close();
    desk.minute();
    await desk.becomes('said');
    assert.match(desk.log, /an adviser is left out[\s\S]*an adviser answers again/);
  });
}

test('a body without end is not read to its end', async () => {
  await using desk = await Desk.open();
  let gone = false;
  desk.server.answer = (response) => {
    const pour = (): void => {
      while (!gone && response.write('x'.repeat(65_536)));
    };
    response.on('drain', pour);
    response.on('close', () => (gone = true));
    pour();
  };
  desk.close();
  await until(() => gone, 'the connection is closed');
  await desk.becomes('invalid');
});

test('a server that refuses connections is failed', async () => {
  await using desk = await Desk.open();
  await desk.server.stop();
  desk.close();
  await desk.becomes('failed');
  assert.match(desk.log, /ECONNREFUSED/);
});

test('429 is obeyed: seconds, a date, nothing said, and no more than an hour', async () => {
  const cases: readonly (readonly [header: string | undefined, restMs: number])[] = [
    ['90', 90_000],
    [new Date(NOON + 120_000).toUTCString(), 120_000],
    [undefined, limits.breakerOpenMs],
    ['rubbish', limits.breakerOpenMs],
    ['999999999', limits.restMostMs],
  ];
  for (const [header, restMs] of cases) {
    await using desk = await Desk.open();
    desk.server.answer = (response) =>
      void response.writeHead(429, header === undefined ? {} : { 'retry-after': header }).end(KEY);
    desk.close();
    await desk.becomes('resting');
    desk.clock.advanceTo(NOON + restMs - 1);
    desk.close();
    assert.equal(desk.why(), 'resting', header);
    desk.clock.advanceTo(NOON + restMs);
    desk.server.answer = says('{"buy": 0.5, "sell": 0.5}');
    desk.close();
    await until(() => desk.server.asked.length === 2, `it is asked again after ${header}`);
  }
});

test('past its requests or tokens of the day it is over budget until the next, also after a restart', async () => {
  await using folder = await temporaryFolder();
  const most = { requests: 2, budget: budgetFile(folder.path) };
  {
    await using desk = await Desk.open(most);
    for (const symbol of ['EURUSD', 'GBPUSD', 'USDJPY']) desk.close(symbol);
    await desk.becomes('over budget', 'USDJPY');
    assert.equal(desk.server.asked.length, 2);
  }
  await using again = await Desk.open(most);
  again.close();
  await again.becomes('over budget');
  assert.equal(again.server.asked.length, 0);
  again.clock.advanceTo(NOON + 12 * 3_600_000);
  again.close();
  await until(() => again.server.asked.length === 1, 'the next day it is asked');
  again.minute();
  await again.becomes('said');
});

test('what an answer came to is what is spent of the tokens, and what cannot be told is taken for its most', async () => {
  const store = memoryStore();
  await using desk = await Desk.open({ budget: store, tokens: 4_000 });
  desk.close('EURUSD');
  await until(() => store.state?.spent['adviser-other']?.tokens === 320, 'its own count is taken');
  desk.server.answer = says('{"buy": 0.5, "sell": 0.5}', { total_tokens: 'many' });
  desk.close('GBPUSD');
  await until(() => desk.server.asked.length === 2, 'it was asked');
  const { tokens = 0 } = store.state?.spent['adviser-other'] ?? {};
  assert.ok(tokens > 320 + limits.answerTokens && tokens < 4_000, `${tokens}`);
  desk.server.answer = says('{"buy": 0.5, "sell": 0.5}', { total_tokens: 3_600 });
  desk.close('USDJPY');
  await until(() => (store.state?.spent['adviser-other']?.tokens ?? 0) > 4_000, 'more than was thought');
  desk.close('AUDUSD');
  await desk.becomes('over budget', 'AUDUSD');
});

test('what cannot be written down is not asked', async () => {
  const full: BudgetStore = { load: async () => undefined, save: () => Promise.reject(new Error('no space')) };
  await using desk = await Desk.open({ budget: full });
  desk.close();
  await desk.becomes('failed');
  assert.equal(desk.server.asked.length, 0);
});

test('a file that does not tell what was spent is refused', async () => {
  await using folder = await temporaryFolder();
  for (const text of ['{', '{}', '{"dayMs":1,"spent":{"a":{"requests":-1,"tokens":0}}}', '{"dayMs":1,"spent":{"a":null}}']) {
    await folder.write('advisers.json', text);
    await assert.rejects(budgetFile(folder.path).load(), { code: 'FILE_UNREADABLE' }, text);
  }
});

test('no more questions at once than may be, the oldest that waits leaves at the bound, and none is of a candle that is past', async () => {
  await using desk = await Desk.open({ limits: { concurrent: 1, queue: 2 } as never });
  const held: (() => void)[] = [];
  desk.server.answer = (response, asked) => void held.push(() => says('{"buy": 1, "sell": 0}')(response, asked));
  const symbols = (): string =>
    desk.server.asked.map(({ body }) => (JSON.parse(body.messages.at(-1)?.content ?? '') as VectorSummary).symbol).join(' ');
  for (const symbol of ['A', 'B', 'C', 'D']) desk.close(symbol);
  await until(() => held.length === 1, 'one is under way');
  for (const next of ['A C', 'A C D']) {
    held.shift()?.();
    await until(() => symbols() === next, `${next} were asked, B left`);
    await until(() => held.length === 1, 'and one alone is under way');
  }
  desk.close('E');
  // D is given up, and E has waited as long.
  desk.clock.advanceTo(NOON + limits.answerMs + 1);
  await until(() => desk.log.includes('no answer within'), 'D is too late');
  desk.close('F');
  await until(() => symbols() === 'A C D F', 'E was not asked');
});

test('close ends what is under way at once', async () => {
  await using desk = await Desk.open();
  let gone = false;
  desk.server.answer = (response) => void response.on('close', () => (gone = true));
  desk.close();
  await until(() => desk.server.asked.length === 1, 'it was asked');
  await desk.advisers.close();
  await until(() => gone, 'the connection is closed');
  desk.close();
  assert.equal(desk.server.asked.length, 1);
});

test('as an observer it asks of candles that somebody follows and whose figures have a scale, and of no others', async () => {
  const followed = new Set<string>();
  await using desk = await Desk.open({ follows: (symbol, timeframe) => followed.has(`${symbol} ${timeframe}`) });
  const { observer } = desk.advisers;
  observer.vector(walked(1, 40));
  followed.add('EURUSD M1');
  observer.vector(walked(1, 3));
  observer.vector(walked(1, 41));
  await until(() => desk.server.asked.length === 1, 'it is asked');
  await until(() => 'output' in (desk.advisers.heard('EURUSD', 'M1', 42 * MINUTE)[0] ?? {}), 'of the third alone');
  assert.equal(desk.server.asked.length, 1);
});

test('off is none; what is not whole is refused in a sentence without a key', async () => {
  await using off = await Desk.open({ advisers: 'off' });
  off.close();
  assert.deepEqual(off.advisers.heard('EURUSD', 'M1', NOON), []);
  for (const advisers of [
    'openai:some-model',
    'nobody:m',
    'other:m',
    'other:m@http://203.0.113.7/v1',
    `other:m@https://me:${KEY}@host/v1`,
    'other:m@https://h/v1,other:n@https://h/v1',
    `other:m@https://h/v1?key=${KEY}`,
  ])
    await assert.rejects(Desk.open({ advisers }), ({ code, message }: { code: string; message: string }) => {
      assert.equal(code, 'CONFIG_INVALID', advisers);
      assert.ok(message.startsWith('advisers: ') && !message.includes(KEY), message);
      return true;
    });
});

test('in the ensemble it joins models, and never speaks alone', async () => {
  await using desk = await Desk.open();
  desk.close();
  await until(() => desk.server.asked.length === 1, 'it was asked');
  desk.minute();
  await desk.becomes('said');
  const said = desk.said();
  assert.ok('output' in said);
  const equal = { accuracy: 0.6, calibration: AS_IS, outlier: null, outlierMost: null, expiresAtMs: null };
  const adviser: Member = { ...said, ...equal };
  const model: Member = {
    model: 'trees',
    version: '1',
    adviser: false,
    output: { kind: 'sides', BUY: 0.5, SELL: 0.5 },
    ...equal,
  };
  const both = ensemble({ atMs: desk.atMs, members: [model, adviser], calibrations: [] });
  assert.ok(both.scores !== undefined && Math.abs(both.scores.BUY - 57.5) < 1e-9, JSON.stringify(both));
  assert.equal(ensemble({ atMs: desk.atMs, members: [adviser], calibrations: [] }).scores, undefined);
});
