/** What was decided and not sent, why, and what it would have brought. */
import type { RefusalRow } from '../answers.js';
import { useCell } from '../cell.js';
import { useAccountNames } from '../account-names.js';
import { fieldWords, signed, words } from '../format.js';
import { Filters } from '../parts/filters.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { When } from '../parts/when.js';
import { link, place } from '../router.js';
import { ofTenant } from '../session.js';
import { Side } from './signals.js';

const keyOf = ({ accountId, strategy, symbol, closeTime, direction, reason }: RefusalRow): string =>
  [accountId, strategy, symbol, closeTime, direction, reason].join(' ');

function Figures({ figures }: RefusalRow) {
  const shown = Object.entries(figures)
    .filter(([name]) => name !== 'check')
    .map(
      ([name, value]) => [fieldWords(name), typeof value === 'number' ? Number(value.toPrecision(6)) : String(value)] as const,
    );
  if (shown.length === 0) return <>–</>;
  return (
    <details>
      <summary class="note">
        {shown
          .slice(0, 2)
          .map(([name, value]) => `${name.toLowerCase()} ${value}`)
          .join(', ')}
        {shown.length > 2 && ` and ${shown.length - 2} more`}
      </summary>
      <dl class="figures">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const OUTCOMES = { target: 'target', stop: 'stop', open: 'open yet', unknown: 'not known' } as const;

function WouldHave({ outcome: { kind, why, pips, risks = 0 } }: RefusalRow) {
  if (kind === 'unknown') return <span class="note">not known: {why}</span>;
  return (
    <span class={risks >= 0 ? 'up' : 'down'}>
      {OUTCOMES[kind]}, {signed(risks, 1)} R <span class="note">{signed(pips, 1)} pips</span>
    </span>
  );
}

const COLUMNS: readonly Column<RefusalRow>[] = [
  { name: 'Symbol', cell: ({ symbol }) => symbol },
  { name: 'Side', cell: ({ direction }) => <Side direction={direction} /> },
  { name: 'Reason', cell: ({ reason }) => <Badge tone="warn">{words(reason)}</Badge> },
  { name: 'Figures', text: true, from: 'desk', cell: (row) => <Figures {...row} /> },
  { name: 'Would have brought', from: 'tablet', cell: (row) => <WouldHave {...row} /> },
  { name: 'Tenant', from: 'desk', cell: ({ tenantId }) => tenantId },
];

export function Refusals() {
  const { query } = useCell(place);
  const { tenant, account, symbol, reason } = query;
  const pages = usePages('/v1/refusals', { tenant, account, symbol: symbol?.toUpperCase(), reason }, keyOf, {
    everyMs: 4_000,
    topic: 'signals',
  });
  const nameOf = useAccountNames();
  const newest = pages.rows[0]?.closeTime;
  const columns: readonly Column<RefusalRow>[] = [
    { name: 'Time', cell: ({ closeTime }) => <When at={closeTime} beside={newest} /> },
    ...COLUMNS.filter(({ name }) => name !== 'Tenant' || !ofTenant()),
    { name: 'Account', from: 'desk', cell: ({ accountId }) => <a href={link('accounts', accountId)}>{nameOf(accountId)}</a> },
  ];
  return (
    <div class="view">
      <Heading title="Refusals" note="Decisions that were not sent, with the reason and what they would have brought." />
      <Filters
        all={[
          { name: 'symbol', label: 'Symbol' },
          { name: 'reason', label: 'Reason' },
          ...(ofTenant() ? [] : [{ name: 'tenant', label: 'Tenant' }]),
          { name: 'account', label: 'Account' },
        ]}
      />
      <Panel title="Newest first" flush>
        <Shown of={pages.first} rows={10}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="Nothing was refused.">Every decision that fits the filter went out.</Empty>
            ) : (
              <>
                <Table label="Refusals" columns={columns} rows={pages.rows} keyOf={keyOf} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
