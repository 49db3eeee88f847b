/** One tenant as the operator sees it. */
import { get } from '../api.js';
import type { Told } from '../answers.js';
import { count, fieldWords, instant, words } from '../format.js';
import { HaltButton } from '../parts/halt.js';
import { Badge, Facts, Heading, Panel } from '../parts/panel.js';
import { Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';
import { can } from '../session.js';

type View = Told<'/v1/tenants/:id'>;
type Allowance = View['allowances'][number];

export const ALLOWANCES: readonly Column<Allowance>[] = [
  { name: 'What', cell: ({ what }) => words(what) },
  { name: 'Used', figure: true, cell: ({ used }) => count(used) },
  { name: 'Of', figure: true, cell: ({ limit }) => (limit === null ? 'no limit' : count(limit)) },
  { name: 'Begins anew', from: 'tablet', cell: ({ resetsAt }) => instant(resetsAt) },
];

function setting(value: unknown): string {
  if (value === null || value === undefined) return 'no limit';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(String).join(' ') || 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** All that holds, with what the tenant set for itself told apart from the defaults. */
function Trading({ of: { trading }, settings }: { readonly of: View['tenant']; readonly settings: View['settings'] }) {
  return (
    <>
      {(['risk', 'exits'] as const).map((part) => {
        const set = (trading[part] ?? {}) as Readonly<Record<string, unknown>>;
        const own = Object.keys(set).length;
        return (
          <Panel
            key={part}
            title={part === 'risk' ? 'Limits of risk' : 'Exits'}
            note={own === 0 ? 'nothing was set: all are the defaults' : `${own} set by the tenant, all else the default`}
          >
            <Facts
              rows={Object.entries(settings[part]).map(
                ([name, value]) =>
                  [
                    fieldWords(name),
                    <>
                      {setting(value)} {name in set && <Badge tone="calm">set</Badge>}
                    </>,
                  ] as const,
              )}
            />
          </Panel>
        );
      })}
    </>
  );
}

export function Tenant({ id }: { readonly id: string }) {
  const view = useResource(`tenant ${id}`, () => get('/v1/tenants/:id', { id }), { everyMs: 6_000 });
  const tenant = view.value?.tenant;
  return (
    <div class="view">
      <Heading title={tenant?.name ?? id} back={{ href: link('tenants'), name: 'Tenants' }}>
        <a class="button" href={`${link('signals')}?tenant=${id}`}>
          Signals
        </a>
        <a class="button" href={`${link('results')}?tenant=${id}`}>
          Results
        </a>
        <a class="button" href={`${link('accounts')}?tenant=${id}`}>
          Accounts
        </a>
        {can('tenants.act') && tenant && (
          <HaltButton scope="tenant" id={id} halted={tenant.stopped !== null} done={view.refresh} />
        )}
      </Heading>
      <Shown of={view} rows={8}>
        {({ tenant: row, allowances, settings }) => (
          <>
            <Panel title="About">
              <Facts
                rows={[
                  ['Tier', row.tier],
                  ['Standing', row.stopped === null ? 'trades' : `stopped: ${row.stopped.reason}`],
                  ['Timeframe of signals', row.signalTimeframe],
                  ['Strategy', row.strategy],
                  [
                    `Symbols, ${count(row.symbols.length)}`,
                    <ul key="symbols" class="chips">
                      {row.symbols.map((symbol) => (
                        <li key={symbol}>{symbol}</li>
                      ))}
                    </ul>,
                    'whole',
                  ],
                ]}
              />
            </Panel>
            <Panel title="What its tier leaves" flush>
              <Table label="Allowances" columns={ALLOWANCES} rows={allowances} keyOf={({ what }) => what} />
            </Panel>
            <Trading of={row} settings={settings} />
          </>
        )}
      </Shown>
    </div>
  );
}
