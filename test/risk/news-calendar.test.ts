import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_TRADING } from '../../src/accounts/trading-settings.js';
import { NewsCalendar } from '../../src/risk/news-calendar.js';
import { parseNews } from '../../src/storage/news-file.js';

const CPI_MS = Date.UTC(2026, 2, 11, 12, 30);
const CSV = `time,currency,impact,title
2026-03-11T12:30:00Z,USD,high,"CPI, month over month"
2026-03-11T10:00:00+01:00,eur,Medium,ZEW
2026-03-12T12:15:00Z,EUR,high,"The ""rate"" decision"
`;
const minutes = (count: number): number => count * 60_000;

describe('news', () => {
  const calendar = new NewsCalendar(parseNews(CSV, 'news.csv'));
  const settings = DEFAULT_TRADING.risk;

  it('keep from a quarter of an hour before until a quarter after, both ends in', () => {
    const blocked = (apart: number): boolean =>
      calendar.blocking(['EUR', 'USD'], settings, CPI_MS + minutes(apart)) !== undefined;
    assert.deepEqual([-15.1, -15, 0, 15, 15.1].map(blocked), [false, true, true, true, false]);
  });

  it('are those of the symbol’s currencies, of an impact that counts, while they are kept clear of', () => {
    const title = (currencies: readonly string[], change = {}, atMs = CPI_MS): string | undefined =>
      calendar.blocking(currencies, { ...settings, ...change }, atMs)?.title;
    assert.equal(title(['USD', 'JPY']), 'CPI, month over month');
    assert.equal(title(['GBP', 'JPY']), undefined);
    assert.equal(title(['USD'], { newsBlackout: false }), undefined);
    assert.equal(title(['EUR'], {}, Date.UTC(2026, 2, 11, 9)), undefined);
    assert.equal(title(['EUR'], { newsImpacts: ['medium'] }, Date.UTC(2026, 2, 11, 9)), 'ZEW');
    assert.equal(title(['EUR'], { newsMinutesBefore: 1_440 }), 'The "rate" decision', 'a day before');
    assert.equal(title(['USD'], { newsMinutesAfter: 30 }, CPI_MS + minutes(30)), 'CPI, month over month', 'half an hour after');
    assert.equal(title(['USD'], { newsMinutesAfter: 30 }, CPI_MS - minutes(30)), undefined);
  });

  it('are read of JSON alike', () => {
    const events = parseNews(CSV, 'news.csv').map(({ atMs, ...event }) => ({ ...event, time: new Date(atMs).toISOString() }));
    assert.deepEqual(parseNews(JSON.stringify(events), 'news.json'), parseNews(CSV, 'news.csv'));
  });

  const faults: readonly (readonly [string, RegExp])[] = [
    ['time,currency,impact\n', /^news:1: the first line names no column title\.$/],
    ['time,currency,impact,title\n2026-03-11 12:30,USD,high,x', /^news:2: 2026-03-11 12:30 is no time, such as/],
    ['time,currency,impact,title\n\n2026-03-11T12:30:00Z,DOLLAR,high,x', /^news:3: DOLLAR is no currency of three letters\.$/],
    ['time,currency,impact,title\n2026-03-11T12:30:00Z,USD,huge,x', /^news:2: huge is no impact: high, medium, low\.$/],
    ['[{"time":', /^news is not JSON/],
    ['[7]', /^news:1: an entry is no object\.$/],
  ];
  for (const [text, sentence] of faults)
    it(`are refused with a place and a sentence: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseNews(text, 'news'),
        ({ message }: Error) => sentence.test(message),
      );
    });
});
