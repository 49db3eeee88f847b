/** All symbols with their newest price, as it moves. */
import { useLayoutEffect } from 'preact/hooks';
import { get } from '../api.js';
import type { Told } from '../answers.js';
import { clock, decimal, price, priceDigits } from '../format.js';
import { Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { quoted, useQuote } from '../prices.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';

export function LivePrice({ symbol, side }: { readonly symbol: string; readonly side: 'bid' | 'ask' }) {
  const quote = useQuote(symbol);
  const tone = quote === undefined || quote.moved === 0 ? '' : quote.moved > 0 ? 'up' : 'down';
  return <span class={`quote ${tone}`}>{price(symbol, quote?.[side])}</span>;
}

function Spread({ symbol }: { readonly symbol: string }) {
  const quote = useQuote(symbol);
  return <>{quote === undefined ? '–' : decimal((quote.ask - quote.bid) * 10 ** (priceDigits(symbol) - 1), 1)}</>;
}

function ToldAt({ symbol }: { readonly symbol: string }) {
  return <>{clock(useQuote(symbol)?.timeMs)}</>;
}

const COLUMNS: readonly Column<Told<'/v1/symbols'>['rows'][number]>[] = [
  { name: 'Symbol', cell: ({ symbol }) => <a href={link('symbols', symbol)}>{symbol}</a> },
  { name: 'Bid', figure: true, cell: ({ symbol }) => <LivePrice symbol={symbol} side="bid" /> },
  { name: 'Ask', figure: true, cell: ({ symbol }) => <LivePrice symbol={symbol} side="ask" /> },
  { name: 'Spread, pips', figure: true, from: 'tablet', cell: ({ symbol }) => <Spread symbol={symbol} /> },
  { name: 'Told', figure: true, from: 'desk', cell: ({ symbol }) => <ToldAt symbol={symbol} /> },
];

/** What an answer tells of prices is shown as the stream's are: without a stream these are all there is. */
export function useSymbols() {
  const symbols = useResource('symbols', () => get('/v1/symbols'), {
    everyMs: 2_000,
    streamed: true,
  });
  // Before it is painted, so that no column grows.
  useLayoutEffect(() => {
    for (const { symbol, quote } of symbols.value?.rows ?? []) if (quote) quoted(symbol, quote);
  }, [symbols.value]);
  return symbols;
}

export function Symbols() {
  const symbols = useSymbols();
  return (
    <div class="view">
      <Heading title="Symbols" note="The reference feed’s prices; each account trades at its broker’s." />
      <Panel title="Prices" flush>
        <Shown of={symbols} rows={8}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title="No symbol is fed.">Name a feed in the settings: suho config print.</Empty>
            ) : (
              <Table label="Symbols" columns={COLUMNS} rows={rows} keyOf={({ symbol }) => symbol} />
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
