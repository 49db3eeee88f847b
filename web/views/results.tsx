/** What trades have brought, by symbol, hour and broker, what refused signals would have, and statements to take away. */
import { useState } from 'preact/hooks';
import { addressOf } from '../address.js';
import { get } from '../api.js';
import type { Told } from '../answers.js';
import { useCell } from '../cell.js';
import { count, day, decimal, instant, percent, shortId, signed, words } from '../format.js';
import { Bars } from '../parts/bars.js';
import { Equity } from '../parts/equity.js';
import { Filters } from '../parts/filters.js';
import { LineChart } from '../parts/line-chart.js';
import { Heading, Panel, Tile, Tiles } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { filterBy, link, place } from '../router.js';
import { session } from '../session.js';
import { dayMs } from './signals.js';

type Results = Told<'/v1/tenants/:id/results'>;
type Currency = Results['currencies'][number];
type Reason = Results['refusals']['byReason'][number];

function Split({
  title,
  groups,
  nameOf,
}: {
  readonly title: string;
  readonly groups: Currency['bySymbol'];
  readonly nameOf?: (key: string) => string;
}) {
  return (
    <Panel title={title} note="net of costs">
      <Bars
        label={title}
        rows={groups.map(({ key, totals: { net, trades, wins } }) => ({
          name: nameOf === undefined ? key : nameOf(key),
          value: net,
          text: `${signed(net)} (${count(trades)}, ${percent((100 * wins) / trades, 0)})`,
        }))}
      />
    </Panel>
  );
}

function OfCurrency({ currency, totals, curve, bySymbol, byHour, byBroker }: Currency) {
  return (
    <>
      <Tiles>
        <Tile label={`Net, ${currency}`} value={signed(totals.net)} note={`${count(totals.trades)} closed trades`} />
        <Tile
          label="Won"
          value={percent((100 * totals.wins) / totals.trades, 1)}
          note={`${count(totals.wins)} of ${count(totals.trades)}`}
        />
        <Tile label="Profit factor" value={decimal(totals.profitFactor)} note="won over lost" />
        <Tile label="Deepest fall" value={decimal(totals.drawdown)} note={`from a high, ${currency}`} />
      </Tiles>
      <Panel title={`Net so far, ${currency}`} note="after each close, by the brokers’ clocks">
        <LineChart
          label={`Net so far, ${currency}`}
          times={curve.map(({ atMs }) => atMs)}
          series={[{ name: 'net', colour: 1, values: curve.map(({ net }) => net), filled: true }]}
          zero
          show={(value) => decimal(value, 0)}
          showTime={instant}
        />
      </Panel>
      <div class="half">
        <Split title={`By symbol, ${currency}`} groups={bySymbol} />
      </div>
      <div class="half">
        <Split title={`By hour, ${currency}`} groups={byHour} nameOf={(hour) => `${hour}:00`} />
      </div>
      <Split title={`By broker, ${currency}`} groups={byBroker} />
    </>
  );
}

const REASONS: readonly Column<Reason>[] = [
  { name: 'Reason', cell: ({ reason }) => <a href={`${link('refusals')}?reason=${reason}`}>{words(reason)}</a> },
  { name: 'Refused', figure: true, cell: ({ refused }) => count(refused) },
  { name: 'Target', figure: true, from: 'tablet', cell: ({ targets }) => count(targets) },
  { name: 'Stop', figure: true, from: 'tablet', cell: ({ stops }) => count(stops) },
  { name: 'Open yet', figure: true, from: 'desk', cell: ({ open }) => count(open) },
  { name: 'Not known', figure: true, from: 'desk', cell: ({ unknown }) => count(unknown) },
  { name: 'Would have brought', figure: true, cell: ({ risks }) => `${signed(risks, 1)} R` },
  { name: 'Pips', figure: true, from: 'tablet', cell: ({ pips }) => signed(pips, 1) },
];

function Refused({ byReason, more }: Results['refusals']) {
  return (
    <Panel title="What refused signals would have brought" note="entered at the close that decided, by candles kept" flush>
      {byReason.length === 0 ? (
        <Empty title="Nothing was refused in this span." />
      ) : (
        <Table label="Refused signals by reason" columns={REASONS} rows={byReason} keyOf={({ reason }) => reason} />
      )}
      {more && <p class="more note">The newest of them; there are more.</p>}
    </Panel>
  );
}

function Statements({ tenant, span }: { readonly tenant: string; readonly span: Results }) {
  const accounts = useResource(`accounts of ${tenant}`, () => get('/v1/accounts', { tenant, most: 500 }));
  const [chosen, setChosen] = useState<string>();
  const { fromMs: from, toMs: to } = span;
  return (
    <Shown of={accounts} rows={6}>
      {({ rows }) => {
        const id = chosen ?? rows[0]?.id;
        if (id === undefined) return <Empty title="No account yet.">Add one under Accounts.</Empty>;
        const href = (format: string): string => addressOf('/v1/accounts/:id/statement', { id, from, to, format });
        return (
          <>
            <Panel title="Statement" note={`${day(from)} to ${day(to)}, an account’s closed trades`}>
              <div class="filters">
                <label>
                  <span>Account</span>
                  <select value={id} onChange={(event) => setChosen(event.currentTarget.value)}>
                    {rows.map(({ id: one, login }) => (
                      <option key={one} value={one}>
                        {login === null ? shortId(one) : `${login} (${shortId(one)})`}
                      </option>
                    ))}
                  </select>
                </label>
                <a class="button" href={href('csv')} download>
                  CSV
                </a>
                <a class="button" href={href('pdf')} download>
                  PDF
                </a>
              </div>
            </Panel>
            <Equity key={id} accountId={id} />
          </>
        );
      }}
    </Shown>
  );
}

function OfTenant({ tenant }: { readonly tenant: string }) {
  const { from, to } = useCell(place).query;
  const span = { from: dayMs(from), to: dayMs(to, 1) };
  const results = useResource(`results ${tenant} ${from} ${to}`, () => get('/v1/tenants/:id/results', { id: tenant, ...span }), {
    everyMs: 20_000,
  });
  return (
    <Shown of={results} rows={12}>
      {(told) => (
        <>
          {told.currencies.length === 0 && (
            <Empty title="No trade is closed yet.">A trade counts once its position is closed at the broker.</Empty>
          )}
          {told.currencies.map((one) => (
            <OfCurrency key={one.currency} {...one} />
          ))}
          {(told.moreAccounts || told.incomplete > 0) && (
            <p class="note">
              {told.moreAccounts && `These are the first ${count(told.accounts)} accounts. `}
              {told.incomplete > 0 && `${count(told.incomplete)} trades are in no sum, since their deals do not show both ends.`}
            </p>
          )}
          <Refused {...told.refusals} />
          <Statements tenant={tenant} span={told} />
        </>
      )}
    </Shown>
  );
}

/** Of whoever reaches several: which is looked at. */
function useTenant(): {
  readonly tenant: string | undefined;
  readonly all: readonly { readonly id: string; readonly name: string }[];
} {
  const own = useCell(session).me?.tenantId ?? undefined;
  const asked = useCell(place).query.tenant;
  const tenants = useResource(own === undefined ? 'tenants' : undefined, () => get('/v1/tenants', { most: 500 }));
  const all = tenants.value?.rows ?? [];
  return { tenant: own ?? asked ?? all[0]?.id, all };
}

export function Results() {
  const { tenant, all } = useTenant();
  return (
    <div class="view">
      <Heading title="Results" note="What closed trades have brought; of the last 30 days, where no other span is named.">
        {all.length > 0 && (
          <label>
            <span class="hidden">Tenant</span>
            <select value={tenant} onChange={(event) => filterBy({ tenant: event.currentTarget.value })}>
              {all.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </Heading>
      <Filters
        all={[
          { name: 'from', label: 'From', type: 'date' },
          { name: 'to', label: 'To', type: 'date' },
        ]}
      />
      {tenant !== undefined && <OfTenant key={tenant} tenant={tenant} />}
    </div>
  );
}
