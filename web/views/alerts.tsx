import { get, post } from '../api.js';
import type { AlertRow } from '../answers.js';
import { useAccountNames } from '../account-names.js';
import { count, decimal, instant, words } from '../format.js';
import { Action } from '../parts/action.js';
import { Badge, Heading, Panel, type Tone } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';
import { can } from '../session.js';

const TONES: Readonly<Record<AlertRow['severity'], Tone>> = { info: 'calm', warning: 'warn', critical: 'bad' };

function Acknowledge({ row, done }: { readonly row: AlertRow; readonly done: () => void }) {
  const { id, sentence, acknowledged } = row;
  if (acknowledged !== null) return <span class="note">seen by {acknowledged.by}</span>;
  if (row.resolvedMs !== null || !can('tenants.act')) return null;
  return (
    <Action
      class="small"
      words={{
        title: 'Acknowledge the alert',
        says: `“${sentence}” is told to nobody again while it stands.`,
        verb: 'Acknowledge',
        reason: false,
        fields: (
          <label class="field">
            <span>Note</span>
            <input name="note" maxLength={200} />
          </label>
        ),
        run: async (form) => {
          await post(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, { note: String(form.get('note') ?? '') });
          done();
          return undefined;
        },
      }}
    >
      Acknowledge
    </Action>
  );
}

/** What it is of, and how far beyond its limit, in words. */
function about(row: AlertRow, nameOf: (id: string) => string): string {
  const { subject, accountId, value, limit, unit } = row;
  const of = accountId === null ? subject : subject.replace(accountId, `account ${nameOf(accountId)}`);
  const beyond = unit === '' ? '' : `: ${figure(value)} ${unit}, limit ${figure(limit)}`;
  return `${words(of)}${beyond}`;
}

function figure(value: number): string {
  return decimal(value, Math.abs(value) >= 10 || Number.isInteger(value) ? 0 : 2);
}

const OVER: readonly Column<AlertRow>[] = [
  { name: 'Severity', cell: ({ severity }) => <Badge>{severity}</Badge> },
  { name: 'What', text: true, cell: ({ sentence }) => sentence },
  { name: 'Rule', from: 'desk', cell: ({ rule }) => words(rule) },
  { name: 'Since', from: 'tablet', cell: ({ firedMs }) => instant(firedMs) },
  { name: 'Over', from: 'desk', cell: ({ resolvedMs }) => instant(resolvedMs) },
  { name: 'Seen by', from: 'desk', cell: ({ acknowledged }) => acknowledged?.by ?? '–' },
];

function Standing({ rows, done }: { readonly rows: readonly AlertRow[]; readonly done: () => void }) {
  const nameOf = useAccountNames();
  const [row] = rows as readonly [AlertRow];
  return (
    <li>
      <Badge tone={TONES[row.severity]}>{row.severity}</Badge>
      <div>
        <p class="lead">{row.sentence}</p>
        <p class="note">
          {rows.length === 1 ? about(row, nameOf) : `${count(rows.length)} of them, the newest: ${about(row, nameOf)}`}
        </p>
        <p class="note">
          since {instant(row.firedMs)}; {row.advice}
        </p>
      </div>
      <div class="tools">{rows.length === 1 ? <Acknowledge row={row} done={done} /> : <a href={link('alerts')}>See each</a>}</div>
    </li>
  );
}

export interface AlertListProps {
  readonly rows: readonly AlertRow[];
  readonly done: () => void;
  /** Those that say the same stand as one, and no more than this many. */
  readonly gathered?: number;
}

/** Those that stand. */
export function AlertList({ rows, done, gathered }: AlertListProps) {
  if (rows.length === 0)
    return <Empty title="Nothing stands.">Rules look at heartbeats, latency, deviation, lag and backlog.</Empty>;
  const groups = new Map<string, AlertRow[]>();
  for (const row of rows) {
    const key = gathered === undefined ? row.id : `${row.severity} ${row.sentence}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const shown = [...groups].slice(0, gathered);
  const left = groups.size - shown.length;
  return (
    <>
      <ul class="feed">
        {shown.map(([key, group]) => (
          <Standing key={key} rows={group} done={done} />
        ))}
      </ul>
      {left > 0 && <p class="more note">and {count(left)} more of other kinds</p>}
    </>
  );
}

export function Alerts() {
  const alerts = useResource('alerts', () => get('/v1/alerts', { most: 200 }), {
    everyMs: 5_000,
    topic: 'alerts',
    streamed: false,
  });
  return (
    <div class="view">
      <Heading title="Alerts" note="What is beyond a rule’s limit, and what was; times by the node’s own clock, UTC." />
      <Panel title="Standing" flush>
        <Shown of={alerts} rows={6}>
          {({ rows }) => <AlertList rows={rows.filter(({ resolvedMs }) => resolvedMs === null)} done={alerts.refresh} />}
        </Shown>
      </Panel>
      <Panel title="Over" flush>
        <Shown of={alerts}>
          {({ rows }) => {
            const over = rows.filter(({ resolvedMs }) => resolvedMs !== null);
            return over.length === 0 ? (
              <Empty title="None yet.">What is no longer beyond its limit moves here.</Empty>
            ) : (
              <Table label="Alerts that are over" columns={OVER} rows={over} keyOf={({ id }) => id} />
            );
          }}
        </Shown>
      </Panel>
    </div>
  );
}
