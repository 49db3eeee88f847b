import { get, post } from '../api.js';
import type { AccountRow } from '../answers.js';
import { useCell } from '../cell.js';
import { accountName } from '../account-names.js';
import { count, day, decimal } from '../format.js';
import { Action } from '../parts/action.js';
import { Filters } from '../parts/filters.js';
import { Icon } from '../parts/icon.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Secret } from '../parts/secret.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { EquityLine } from '../parts/sparkline.js';
import { changesRow, useMoney } from '../money.js';
import { useResource } from '../resource.js';
import { link, place } from '../router.js';
import { can, ofTenant, session } from '../session.js';

export function Standing({ account }: { readonly account: Pick<AccountRow, 'disabled' | 'keyRevoked' | 'login' | 'mode'> }) {
  if (account.disabled !== null) return <Badge tone="bad">stopped</Badge>;
  if (account.keyRevoked) return <Badge tone="warn">key revoked</Badge>;
  if (account.login === null) return <Badge>never came</Badge>;
  return account.mode === 'observe' ? <Badge>observes</Badge> : <Badge tone="good">trades</Badge>;
}

function EquityNow({ id, currency }: Pick<AccountRow, 'id' | 'currency'>) {
  const money = useMoney(id);
  return (
    <span style={{ display: 'inline-block', minWidth: '8em' }}>
      {decimal(money?.equity)} <span class="note">{currency ?? ''}</span>
    </span>
  );
}

const COLUMNS: readonly Column<AccountRow>[] = [
  { name: 'Account', cell: (account) => <a href={link('accounts', account.id)}>{accountName(account)}</a> },
  { name: 'Standing', cell: (account) => <Standing account={account} /> },
  { name: 'Mode', from: 'desk', cell: ({ mode }) => mode },
  { name: 'Tenant', from: 'desk', cell: ({ tenantId }) => <a href={link('tenants', tenantId)}>{tenantId}</a> },
  { name: 'Broker', from: 'wide', cell: ({ server }) => server ?? '–' },
  { name: 'Equity', figure: true, cell: ({ id, currency }) => <EquityNow id={id} currency={currency} /> },
  { name: 'Course', figure: true, from: 'tablet', cell: ({ id }) => <EquityLine accountId={id} /> },
  { name: 'Signals', figure: true, from: 'desk', cell: ({ seq }) => count(seq) },
  { name: 'Since', from: 'wide', cell: ({ createdAt }) => day(createdAt) },
];

interface Issued {
  readonly rows: readonly { readonly account: string; readonly key: string }[];
}

/** The key is in this answer and nowhere else. */
function AddAccount({ done }: { readonly done: () => void }) {
  const { me } = useCell(session);
  const own = me?.tenantId ?? null;
  const tenants = useResource(own === null ? 'tenants' : undefined, () => get('/v1/tenants', { most: 500 }));
  const fields = own === null && (
    <label class="field">
      <span>Tenant</span>
      <select name="tenant" required>
        {tenants.value?.rows.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Action
      class="primary"
      words={{
        title: 'Add an account',
        says: 'It begins by observing. Its key goes into the EA’s settings, and is shown once.',
        verb: 'Add it',
        secondFactor: true,
        fields,
        run: async (form) => {
          const tenant = own ?? String(form.get('tenant'));
          const { rows } = await post<Issued>('/v1/accounts', { tenant, reason: String(form.get('reason')) });
          done();
          return rows.map(({ account, key }) => <Secret key={account} name={`The key of account ${account}`} value={key} />);
        },
      }}
    >
      <Icon name="plus" />
      Add an account
    </Action>
  );
}

export function Accounts() {
  const { tenant } = useCell(place).query;
  const pages = usePages('/v1/accounts', { tenant }, ({ id }) => id, {
    everyMs: 8_000,
    topic: 'accounts',
    concerns: changesRow,
  });
  const columns = COLUMNS.filter(({ name }) => name !== 'Tenant' || !ofTenant());
  return (
    <div class="view">
      <Heading title="Accounts" note="MetaTrader accounts and their Expert Advisors.">
        {can('tenants.act') && <AddAccount done={pages.first.refresh} />}
      </Heading>
      {!ofTenant() && <Filters all={[{ name: 'tenant', label: 'Tenant' }]} />}
      <Panel title="All accounts" flush>
        <Shown of={pages.first} rows={8}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No account yet.">Add one, and put its key into the EA’s settings.</Empty>
            ) : (
              <>
                <Table label="Accounts" columns={columns} rows={pages.rows} keyOf={({ id }) => id} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
