import type { TenantRow } from '../answers.js';
import { count, day } from '../format.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { link } from '../router.js';

const COLUMNS: readonly Column<TenantRow>[] = [
  { name: 'Tenant', text: true, cell: ({ id, name }) => <a href={link('tenants', id)}>{name}</a> },
  { name: 'Tier', cell: ({ tier }) => tier },
  {
    name: 'Standing',
    cell: ({ stopped }) => (stopped === null ? <Badge tone="good">trades</Badge> : <Badge tone="bad">stopped</Badge>),
  },
  { name: 'Timeframe', from: 'tablet', cell: ({ signalTimeframe }) => signalTimeframe },
  { name: 'Strategy', from: 'desk', cell: ({ strategy }) => strategy },
  { name: 'Symbols', figure: true, from: 'tablet', cell: ({ symbols }) => count(symbols.length) },
  { name: 'Since', from: 'desk', cell: ({ createdAt }) => day(createdAt) },
];

export function Tenants() {
  const pages = usePages('/v1/tenants', {}, ({ id }) => id, { everyMs: 10_000 });
  return (
    <div class="view">
      <Heading title="Tenants" note="Each sees its own rows alone." />
      <Panel title="All tenants" flush>
        <Shown of={pages.first} rows={5}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No tenant yet.">Add one with suho tenant add.</Empty>
            ) : (
              <>
                <Table label="Tenants" columns={COLUMNS} rows={pages.rows} keyOf={({ id }) => id} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
