/** For a person: by what a signal was priced, the broker's quote beside the reference's. */
import type { PricedSide, Pricing } from '../risk/price-figures.js';
import { table } from '../signals/explanation.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

/** Of a price, with the digits of a mean. */
function distance(value: number | null): string {
  return value === null ? '' : value.toFixed(7);
}

function sideRow(name: string, side: PricedSide): readonly string[] {
  const { broker, reference, deviation, percent, usual, dispersion, dispersionsOff } = side;
  const off = dispersionsOff === null ? '' : dispersionsOff.toFixed(1);
  const apart = [distance(deviation), `${percent.toFixed(4)} %`, distance(usual), distance(dispersion), off];
  return [name, '', String(broker), String(reference), ...apart];
}

function quotesLine({ quoteAgeMs, apartMs, compared, ownReference }: Pricing): string {
  const age = `  the quote was ${quoteAgeMs} ms old`;
  if (ownReference) return `${age}, and is the reference itself: the account is the feed`;
  const known = compared === 0 ? 'none was compared before' : `${compared} were compared before`;
  return `${age}, the reference's ${apartMs} ms from it; ${known}`;
}

export function pricingText(pricing: Pricing | null, { direction, entry, stopLoss, takeProfit }: SignalRow): string {
  if (pricing === null) return '';
  const [opens, closes] = direction === 'BUY' ? ['ask', 'bid'] : ['bid', 'ask'];
  const head = ['side', '', 'broker', 'reference', 'deviation', 'percent', 'usually', 'dispersion', 'dispersions off'];
  const lines = [
    '',
    'prices',
    ...table([head, sideRow('bid', pricing.bid), sideRow('ask', pricing.ask)]),
    quotesLine(pricing),
    `  entry ${entry} of the ${opens}; stop ${stopLoss} and target ${takeProfit} moved by the ${closes}'s deviation`,
  ];
  return `${lines.join('\n')}\n`;
}
