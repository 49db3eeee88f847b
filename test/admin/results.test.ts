/** Statements and results over HTTP, over the twin of the ledger: what was traded there is what is told. */
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import type { Statement } from '../../src/accounts/statement.js';
import { statementCsv } from '../../src/admin/statement/statement-csv.js';
import { statementPdf } from '../../src/admin/statement/statement-pdf.js';
import type { DealRow, LedgerOp } from '../../src/storage/ledger/ledger.js';
import { accountId, deal, hello, newSignal, raise, refuse, result, START_MS, uuid } from '../contracts/ledger-world.js';
import { type HttpWorld, httpWorld, NORTHERN } from '../support/http-world.js';

const HOUR_MS = 3_600_000;
const NUMBER = 500;
/** After all that the world has by itself. */
const BEGUN_MS = START_MS + 10 * 86_400_000;
const SPAN = `from=${BEGUN_MS}&to=${BEGUN_MS + 86_400_000}`;
const WHOLE_SPAN = `from=${START_MS - 86_400_000}&to=${BEGUN_MS + 86_400_000}`;

/** A trade that an account made: opened, and closed an hour later with that money. */
function traded(account: number, at: number, net: number, epoch: number): readonly LedgerOp[] {
  const number = NUMBER + at;
  const signal = newSignal(account, number, { closeTime: BEGUN_MS + at * HOUR_MS });
  const ticket = String(account * 1_000 + at * 2);
  const told = { atMs: BEGUN_MS + (at + 1) * HOUR_MS };
  const money = { commission: 0, swap: 0, position: ticket };
  const opened: Partial<DealRow> = { ...money, profit: 0, price: 1.1, brokerTime: BEGUN_MS + at * HOUR_MS };
  const closed: Partial<DealRow> = { ...money, profit: net, price: 1.101, brokerTime: BEGUN_MS + (at + 1) * HOUR_MS };
  return [
    raise(account, number, { closeTime: signal.closeTime }, epoch),
    result(signal, 'EXECUTED', { position: ticket }, epoch),
    { ...deal(account, ticket, 'IN', 0.3, signal.id, opened, epoch), ...told },
    { ...deal(account, String(Number(ticket) + 1), 'OUT', 0.3, signal.id, closed, epoch), ...told },
  ];
}

/** The words of a PDF: what its pages write, put together. */
function wordsOf(pdf: Buffer): string {
  const text = pdf.toString('latin1');
  const streams = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body]) => Buffer.from(body ?? '', 'latin1'));
  const written = streams.map((body) => inflateSync(body).toString('latin1')).join('\n');
  return [...written.matchAll(/<([0-9a-f]+)>/g)].map(([, hex]) => Buffer.from(hex ?? '', 'hex').toString('latin1')).join('');
}

describe('statements and results over HTTP', () => {
  let world: HttpWorld;
  const nets = [12.5, -7.25, 30, -4];
  before(async () => {
    world = await httpWorld();
    for (const account of [1, 2]) {
      const claimed = await world.ledger.claim(hello(account));
      assert.ok(claimed.kind === 'claimed');
      const { epoch } = claimed.account;
      for (const [at, net] of nets.entries())
        for (const op of traded(account, at, account === 1 ? net : -net, epoch)) {
          const [answer] = await world.ledger.commit([op]);
          assert.ok(answer?.kind !== 'fenced' && answer?.kind !== 'missing', JSON.stringify(answer));
        }
      const figures = { decisionEntry: 1.1, decisionStop: 1.09, decisionTarget: 1.11 };
      await world.ledger.commit([refuse(account, 900, { figures, reason: 'levels-known', closeTime: START_MS }, epoch)]);
    }
  });
  after(() => world[Symbol.asyncDispose]());

  it('a statement tells each trade of the account, as JSON and as CSV, and what they came to', async () => {
    const answer = await world.ask(`/v1/accounts/${NORTHERN}/statement?${SPAN}`, 'tenant-reader@north');
    const statement = (await answer.json()) as Statement;
    assert.deepEqual(
      statement.trades.map(({ net, tradeId }) => [tradeId, net]),
      nets.map((net, at) => [uuid(101, NUMBER + at), net]),
    );
    assert.deepEqual([statement.totals.net, statement.totals.drawdown], [31.25, 7.25]);
    const csv = await world.ask(`/v1/accounts/${NORTHERN}/statement?${SPAN}&format=csv`, 'tenant-reader@north');
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    const [head, ...lines] = (await csv.text()).trimEnd().split('\r\n');
    const net = (head ?? '').split(',').indexOf('net');
    assert.deepEqual(
      lines.map((line) => Number(line.split(',')[net])),
      nets,
    );
    const part = await world.ask(
      `/v1/accounts/${NORTHERN}/statement?from=${BEGUN_MS + 2 * HOUR_MS}&to=${BEGUN_MS + 3 * HOUR_MS}`,
      'owner',
    );
    assert.deepEqual(
      ((await part.json()) as Statement).trades.map((trade) => trade.net),
      [-7.25],
    );
  });

  it('as PDF it has the same bytes each time, each trade, and the sum', async () => {
    const ask = async (): Promise<Buffer> => {
      const answer = await world.ask(`/v1/accounts/${NORTHERN}/statement?${SPAN}&format=pdf`, 'tenant-admin@north');
      assert.equal(answer.headers.get('content-type'), 'application/pdf');
      return Buffer.from(await answer.arrayBuffer());
    };
    const [first, second] = [await ask(), await ask()];
    assert.ok(first.equals(second));
    const words = wordsOf(first);
    for (const word of ['Statement of account', 'Broker-Demo', NORTHERN, '31.25', '12.50', '-7.25', '1 of 1'])
      assert.ok(words.includes(word), `${word} is not in ${words}`);
  });

  it('a statement of many pages tells every trade, and names that the font does not have are no fault', async () => {
    const answer = await world.ask(`/v1/accounts/${NORTHERN}/statement?${SPAN}`, 'owner');
    const statement = (await answer.json()) as Statement;
    const [trade] = statement.trades;
    assert.ok(trade);
    const trades = Array.from({ length: 200 }, (_, at) => ({ ...trade, net: 1_000 + at }));
    const many = { ...statement, trades, account: { ...statement.account, server: 'Брокер (One) \\' } };
    const words = wordsOf(await statementPdf(many));
    for (const { net } of trades) assert.ok(words.includes(net.toFixed(2)), `${net}`);
    assert.match(words, /1 of 5.*5 of 5/);
    assert.ok((await statementPdf({ ...statement, trades: [], curve: [] })).length > 500);
  });

  it('a text that a spreadsheet would work out is told to be text', async () => {
    const answer = await world.ask(`/v1/accounts/${NORTHERN}/statement?${SPAN}`, 'owner');
    const statement = (await answer.json()) as Statement;
    const [trade] = statement.trades;
    assert.ok(trade);
    const line = statementCsv({ ...statement, trades: [{ ...trade, strategy: '=1+1', reason: 'a "b", c' }] }).split('\r\n')[1];
    assert.ok(line?.endsWith(`'=1+1,"a ""b"", c"`), line);
  });

  it('results add up the tenant’s accounts by symbol, hour and broker, and say what refusals would have brought', async () => {
    interface Results {
      readonly currencies: readonly {
        readonly currency: string;
        readonly totals: { readonly net: number };
        readonly byHour: readonly { readonly key: string }[];
        readonly byBroker: readonly { readonly key: string }[];
      }[];
      readonly refusals: {
        readonly byReason: readonly { readonly reason: string; readonly targets: number }[];
        readonly rows: readonly { readonly reason: string; readonly outcome: { readonly kind: string } }[];
      };
    }
    const ask = async (tenant: string, span: string, who: string): Promise<Results> =>
      (await (await world.ask(`/v1/tenants/${tenant}/results?${span}`, who)).json()) as Results;
    const told = await ask('north', SPAN, 'tenant-reader@north');
    assert.deepEqual(
      told.currencies.map(({ currency, totals }) => [currency, totals.net]),
      [['USD', 31.25]],
    );
    const hour = new Date(BEGUN_MS).getUTCHours();
    assert.deepEqual(
      told.currencies[0]?.byHour.map(({ key }) => Number(key)),
      nets.map((_, at) => hour + at),
    );
    assert.deepEqual(
      told.currencies[0]?.byBroker.map(({ key }) => key),
      ['Broker-Demo'],
    );
    const { refusals } = await ask('north', WHOLE_SPAN, 'tenant-reader@north');
    assert.equal(refusals.rows.find(({ reason }) => reason === 'levels-known')?.outcome.kind, 'target');
    assert.equal(refusals.byReason.find(({ reason }) => reason === 'levels-known')?.targets, 1);
    assert.equal((await ask('south', SPAN, 'owner')).currencies[0]?.totals.net, -31.25);
  });

  it('a span that ends before it begins, one too long, and a format that is none are refused', async () => {
    for (const query of [`from=${START_MS}&to=${START_MS}`, `from=0&to=${START_MS}`, `${SPAN}&format=doc`]) {
      const answer = await world.ask(`/v1/accounts/${accountId(1)}/statement?${query}`, 'owner');
      assert.equal(answer.status, 400, query);
    }
  });
});
