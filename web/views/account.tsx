/** One account: its EA, its money and positions, its signals, and what may be done to it. */
import { get } from '../api.js';
import type { Position, Told } from '../answers.js';
import { accountName } from '../account-names.js';
import { count, decimal, instant, percent, shortId, words } from '../format.js';
import { Equity } from '../parts/equity.js';
import { HaltButton } from '../parts/halt.js';
import { Badge, Facts, Heading, Panel, Tile, Tiles } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { type AccountNews, useMoney } from '../money.js';
import { type Resource, useResource } from '../resource.js';
import { link } from '../router.js';
import { can, ofTenant } from '../session.js';
import { AskEa, ClosePosition, KeyActions, Mode, MoveStops, Rotate } from './account-actions.js';
import { Standing } from './accounts.js';
import { Side, SignalTable } from './signals.js';

type AccountView = Told<'/v1/accounts/:id'>;
type Command = Told<'/v1/accounts/:id/commands'>['rows'][number];

const POSITIONS: readonly Column<Position>[] = [
  { name: 'Ticket', cell: ({ position }) => position },
  { name: 'Symbol', cell: ({ brokerName }) => brokerName },
  { name: 'Side', cell: ({ direction }) => <Side direction={direction} /> },
  { name: 'Lots', figure: true, cell: ({ volume }) => decimal(volume, 2) },
  { name: 'Opened at', figure: true, from: 'tablet', cell: ({ openPrice }) => String(openPrice) },
  { name: 'Stop', figure: true, from: 'tablet', cell: ({ stopLoss }) => (stopLoss === 0 ? '–' : String(stopLoss)) },
  { name: 'Target', figure: true, from: 'tablet', cell: ({ takeProfit }) => (takeProfit === 0 ? '–' : String(takeProfit)) },
];

const AWAY: Readonly<Partial<Record<AccountView['state'], string>>> = { stuck: 'stuck', silent: 'unknown' };

function MoneyTiles({ account, live, state, node }: AccountView) {
  const told = useMoney(account.id);
  const finance = told ?? live?.finance;
  return (
    <Tiles>
      <Tile
        label="EA"
        value={live?.session ? 'connected' : (AWAY[state] ?? 'away')}
        note={
          live?.session
            ? `speaks ${live.session.profile}${node === null ? '' : ` with ${node}`}`
            : account.login === null
              ? 'it never came'
              : 'it has come before'
        }
        tone={live?.session ? 'good' : 'even'}
      />
      <Tile label="Equity" value={decimal(finance?.equity)} note={account.currency ?? ''} />
      <Tile label="Balance" value={decimal(finance?.balance)} note={account.currency ?? ''} />
      <Tile
        label="Drawdown"
        value={percent(live?.risk.drawdownPercent, 2)}
        note={`of the day ${percent(live?.risk.dailyLossPercent, 2)}`}
      />
      <Tile label="Margin in use" value={decimal(finance?.margin)} note={`free ${decimal(finance?.freeMargin)}`} />
      <Tile
        label="Signals"
        value={count(account.seq)}
        note="numbered without gaps"
        href={`${link('signals')}?account=${account.id}`}
      />
    </Tiles>
  );
}

function About({ account }: AccountView) {
  return (
    <Panel title="About">
      <Facts
        rows={[
          ['Standing', <Standing key="standing" account={account} />],
          ...(account.disabled === null ? [] : [['Why it is stopped', account.disabled.reason] as const]),
          [
            'Tenant',
            ofTenant() ? (
              account.tenantId
            ) : (
              <a key="tenant" href={link('tenants', account.tenantId)}>
                {account.tenantId}
              </a>
            ),
          ],
          ['Mode', account.mode],
          ['Login', account.login ?? '–'],
          ['Ownership epoch', count(account.epoch)],
          ['Key first used', instant(account.keyUsedAt)],
          [
            'Id',
            <code key="id" class="nowrap">
              {account.id}
            </code>,
          ],
        ]}
      />
    </Panel>
  );
}

const COMMANDS: readonly Column<Command>[] = [
  { name: 'Asked', cell: ({ command: { createdAt } }) => instant(createdAt) },
  { name: 'What', cell: ({ command: { action } }) => words(action) },
  { name: 'State', cell: ({ command: { state }, over }) => <Badge tone={over ? 'even' : 'calm'}>{words(state)}</Badge> },
  { name: 'By', from: 'tablet', cell: ({ command: { askedBy } }) => askedBy },
  { name: 'Why', from: 'desk', cell: ({ command: { reason } }) => reason },
  { name: 'The EA said', from: 'desk', cell: ({ command: { said } }) => said ?? '–' },
];

function Commands({ of }: { readonly of: Resource<Told<'/v1/accounts/:id/commands'>> }) {
  return (
    <Panel title="What its EA was asked" flush>
      <Shown of={of} rows={2}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="Nothing." />
          ) : (
            <Table label="Commands" columns={COMMANDS} rows={rows} keyOf={({ command: { id } }) => id} />
          )
        }
      </Shown>
    </Panel>
  );
}

export function Account({ id }: { readonly id: string }) {
  const view = useResource(`account ${id}`, () => get('/v1/accounts/:id', { id }), {
    everyMs: 3_000,
    topic: 'accounts',
    concerns: (news: AccountNews) => news.accountId === id && news.kind !== 'finance',
  });
  const signals = useResource(`signals of ${id}`, () => get('/v1/signals', { account: id, most: 10 }), {
    everyMs: 4_000,
    topic: 'signals',
  });
  const commands = useResource(`commands of ${id}`, () => get('/v1/accounts/:id/commands', { id }), {
    everyMs: 5_000,
    topic: 'accounts',
    concerns: (news: AccountNews) => news.accountId === id && news.kind === 'command',
  });
  const account = view.value?.account;
  const done = (): void => {
    commands.refresh();
    view.refresh();
  };
  const columns: readonly Column<Position>[] =
    account !== undefined && can('tenants.act')
      ? [
          ...POSITIONS,
          {
            name: '',
            cell: (row) => (
              <>
                <MoveStops account={account} of={row} done={done} /> <ClosePosition account={account} of={row} done={done} />
              </>
            ),
          },
        ]
      : POSITIONS;
  const positions = view.value?.live?.positions;
  return (
    <div class="view">
      <Heading
        title={`Account ${account === undefined ? shortId(id) : accountName(account)}`}
        note={account && [account.server, account.currency, account.mode].filter(Boolean).join(', ')}
        back={{ href: link('accounts'), name: 'Accounts' }}
      >
        {can('tenants.act') && account && (
          <>
            <AskEa account={account} done={done} />
            <Mode account={account} done={view.refresh} />
            <Rotate account={account} done={view.refresh} />
            <HaltButton scope="account" id={id} halted={account.disabled !== null} done={view.refresh} />
          </>
        )}
      </Heading>
      <Shown of={view} rows={6}>
        {(value) => (
          <>
            <MoneyTiles {...value} />
            <Equity accountId={id} />
            <Panel title="Open positions" note="as the EA told them" flush>
              {!positions || positions.length === 0 ? (
                <Empty title={!positions ? 'Not known while the EA is away.' : 'No position is open.'} />
              ) : (
                <Table label="Open positions" columns={columns} rows={positions} keyOf={({ position }) => position} />
              )}
            </Panel>
            <Commands of={commands} />
            <About {...value} />
            {can('tenants.act') && (
              <Panel title="Keys">
                <KeyActions account={value.account} done={view.refresh} />
              </Panel>
            )}
          </>
        )}
      </Shown>
      <Panel title="Newest signals" flush tools={<a href={`${link('signals')}?account=${id}`}>All of this account</a>}>
        <Shown of={signals}>
          {({ rows }) =>
            rows.length === 0 ? <Empty title="None yet." /> : <SignalTable rows={rows} without={['Tenant', 'Account']} />
          }
        </Shown>
      </Panel>
    </div>
  );
}
