import type { SignalRow } from '../answers.js';
import { useCell } from '../cell.js';
import { useAccountNames } from '../account-names.js';
import { decimal, instant, price, words } from '../format.js';
import { Filters } from '../parts/filters.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel, type Tone } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { When } from '../parts/when.js';
import { link, place } from '../router.js';
import { ofTenant } from '../session.js';

type State = SignalRow['state'];

const TONES: Readonly<Partial<Record<State, Tone>>> = {
  EXECUTED: 'good',
  CLOSED: 'even',
  REJECTED: 'bad',
  EXPIRED: 'warn',
  UNKNOWN: 'warn',
  CANCELLED: 'warn',
};
const STATES: readonly State[] = ['PENDING', 'SENT', 'EXECUTED', 'CLOSED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN'];

export function StateBadge({ state }: { readonly state: State }) {
  return <Badge tone={TONES[state] ?? 'calm'}>{words(state)}</Badge>;
}

export function Side({ direction }: { readonly direction: SignalRow['direction'] }) {
  return <span class={direction === 'BUY' ? 'up' : 'down'}>{direction === 'BUY' ? '▲ buy' : '▼ sell'}</span>;
}

const COLUMNS: readonly Column<SignalRow>[] = [
  { name: 'Symbol', cell: ({ symbol }) => symbol },
  {
    name: 'Side',
    cell: ({ kind, direction }) =>
      kind === 'CLOSE' ? <span>close {direction.toLowerCase()}</span> : <Side direction={direction} />,
  },
  { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { name: 'Score', figure: true, cell: ({ score }) => decimal(score, 1) },
  { name: 'Lots', figure: true, from: 'tablet', cell: ({ volume }) => decimal(volume, 2) },
  { name: 'Entry', figure: true, from: 'tablet', cell: ({ symbol, entry }) => price(symbol, entry) },
  { name: 'Filled at', figure: true, from: 'desk', cell: ({ symbol, fillPrice }) => price(symbol, fillPrice) },
];
const SHORT = new Set(['Symbol', 'Side', 'State', 'Score']);

/** Whose it is: left out where all rows are of one. */
function owners(nameOf: (id: string) => string): readonly Column<SignalRow>[] {
  return [
    { name: 'Tenant', from: 'desk', cell: ({ tenantId }) => tenantId },
    { name: 'Account', from: 'desk', cell: ({ accountId }) => <a href={link('accounts', accountId)}>{nameOf(accountId)}</a> },
  ];
}

export function SignalTable(props: {
  readonly rows: readonly SignalRow[];
  /** For half a screen. */
  readonly short?: boolean;
  /** Columns that would tell the same in every row. */
  readonly without?: readonly ('Symbol' | 'Tenant' | 'Account')[];
}) {
  const { rows, short = false, without = [] } = props;
  const nameOf = useAccountNames();
  const newest = rows[0]?.createdAt;
  const absent = new Set<string>([...without, ...(ofTenant() ? ['Tenant'] : [])]);
  const columns: readonly Column<SignalRow>[] = [
    {
      name: 'Time',
      cell: ({ id, createdAt }) => (
        <a href={link('signals', id)}>
          <When at={createdAt} beside={newest} />
        </a>
      ),
    },
    ...COLUMNS.filter(({ name }) => !short || SHORT.has(name)),
    ...(short ? [] : owners(nameOf)),
  ];
  return <Table label="Signals" columns={columns.filter(({ name }) => !absent.has(name))} rows={rows} keyOf={({ id }) => id} />;
}

/** The first moment of the day that a filter names; of `to`, of the day after. */
export function dayMs(day: string | undefined, days = 0): number | undefined {
  if (!day) return undefined;
  const at = Date.parse(day);
  return Number.isFinite(at) ? at + days * 86_400_000 : undefined;
}

export function Signals() {
  const { query } = useCell(place);
  const { tenant, account, symbol, state } = query;
  const from = dayMs(query.from);
  const to = dayMs(query.to, 1);
  const pages = usePages(
    '/v1/signals',
    {
      tenant,
      account,
      symbol: symbol?.toUpperCase(),
      state,
      from: from && new Date(from).toISOString(),
      to: to && new Date(to).toISOString(),
    },
    ({ id }) => id,
    { everyMs: 3_000, topic: 'signals' },
  );
  return (
    <div class="view">
      <Heading title="Signals" note={`Newest ${instant(pages.rows[0]?.createdAt)} UTC`} />
      <Filters
        all={[
          { name: 'symbol', label: 'Symbol' },
          { name: 'state', label: 'State', of: STATES.map((one) => [one, words(one)]) },
          ...(ofTenant() ? [] : [{ name: 'tenant', label: 'Tenant' }]),
          { name: 'account', label: 'Account' },
          { name: 'from', label: 'From', type: 'date' as const },
          { name: 'to', label: 'To', type: 'date' as const },
        ]}
      />
      <Panel title="Newest first" flush>
        <Shown of={pages.first} rows={10}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No signal fits.">Widen the filter, or wait for the next candle to close.</Empty>
            ) : (
              <>
                <SignalTable rows={pages.rows} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
