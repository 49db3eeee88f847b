/** A tenant's own first view: what its accounts are worth, what was sent, what was refused. */
import { get } from '../api.js';
import type { RefusalRow } from '../answers.js';
import { accountName } from '../account-names.js';
import { count, words } from '../format.js';
import { Equity } from '../parts/equity.js';
import { Heading, Panel, Tile, Tiles } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';
import { session } from '../session.js';
import { useCell } from '../cell.js';
import { SignalTable } from './signals.js';

function Refused({ rows }: { readonly rows: readonly RefusalRow[] }) {
  const byReason = new Map<string, RefusalRow[]>();
  for (const row of rows) byReason.set(row.reason, [...(byReason.get(row.reason) ?? []), row]);
  if (rows.length === 0) return <Empty title="Nothing was refused lately." />;
  return (
    <ul class="feed counted">
      {[...byReason].map(([reason, all]) => (
        <li key={reason}>
          <b>{all.length}</b>
          <div>
            <a href={`${link('refusals')}?reason=${reason}`}>{words(reason)}</a>
            <p class="note">{[...new Set(all.map(({ symbol }) => symbol))].join(' ')}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

export function OwnOverview() {
  const { me } = useCell(session);
  const accounts = useResource('own accounts', () => get('/v1/accounts', { most: 100 }), { everyMs: 10_000 });
  const signals = useResource('newest signals', () => get('/v1/signals', { most: 8 }), {
    everyMs: 3_000,
    topic: 'signals',
  });
  const refusals = useResource('newest refusals', () => get('/v1/refusals', { most: 50 }), {
    everyMs: 8_000,
    topic: 'signals',
  });
  const rows = accounts.value?.rows;
  const stopped = rows?.filter(({ disabled }) => disabled !== null).length;
  const [first] = rows ?? [];
  return (
    <div class="view">
      <Heading title="Overview" note={`Tenant ${me?.tenantId ?? ''}`} />
      <Tiles>
        <Tile label="Accounts" value={count(rows?.length)} note="with their EAs" href={link('accounts')} />
        <Tile
          label="Stopped"
          value={count(stopped)}
          note={stopped ? 'by a limit or a person' : 'none'}
          tone={stopped ? 'bad' : 'even'}
        />
        <Tile
          label="Signals so far"
          value={count(rows?.reduce((sum, { seq }) => sum + seq, 0))}
          note="of all accounts"
          href={link('signals')}
        />
        <Tile
          label="Refused lately"
          value={`${count(refusals.value?.rows.length)}${refusals.value?.next ? '+' : ''}`}
          note="with their reasons"
          href={link('refusals')}
        />
      </Tiles>
      <div class="half">
        <Panel title="Newest signals" flush tools={<a href={link('signals')}>All signals</a>}>
          <Shown of={signals} rows={8}>
            {({ rows: all }) => (all.length === 0 ? <Empty title="No signal yet." /> : <SignalTable rows={all} short />)}
          </Shown>
        </Panel>
      </div>
      <div class="half">
        <Panel title="Refused, by reason" flush tools={<a href={link('refusals')}>All refusals</a>}>
          <Shown of={refusals} rows={5}>
            {({ rows: all }) => <Refused rows={all} />}
          </Shown>
        </Panel>
      </div>
      {first && <Equity accountId={first.id} name={accountName(first)} />}
    </div>
  );
}
