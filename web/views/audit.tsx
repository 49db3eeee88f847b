/** What happened, as the hash-chained log has it, and whether the chains hold. */
import { useState } from 'preact/hooks';
import { type ApiError, get } from '../api.js';
import type { AuditEntry, Told } from '../answers.js';
import { useCell } from '../cell.js';
import { count, shortId } from '../format.js';
import { Filters } from '../parts/filters.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { When } from '../parts/when.js';
import { place } from '../router.js';
import { ofTenant } from '../session.js';

/** A word longer than that is an id or a sentence. */
const BRIEF = 24;

/** Larger ones are instants and magics. */
function isFigure(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) < 1e9;
}

type Verified = Told<'/v1/audit/verify'>;

/** Told in brief by what is short in it; opened, as it was hashed. */
function Body({ body }: Pick<AuditEntry, 'body'>) {
  const told = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const brief = Object.entries(told)
    .filter(([, value]) => (typeof value === 'string' ? value.length <= BRIEF : isFigure(value)))
    .slice(0, 3)
    .map(([name, value]) => `${name} ${String(value)}`);
  return (
    <details>
      <summary>{brief.join(', ') || 'its body'}</summary>
      <pre>{JSON.stringify(told, null, 2)}</pre>
    </details>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: 'Kind', cell: ({ kind }) => <Badge>{kind}</Badge> },
  { name: 'Tenant', from: 'tablet', cell: ({ tenantId }) => tenantId || 'the node' },
  { name: 'Subject', from: 'desk', cell: ({ subject }) => <code title={subject}>{shortId(subject)}</code> },
  { name: 'What', text: true, cell: ({ body }) => <Body body={body} /> },
  { name: 'Number', figure: true, from: 'desk', cell: ({ writer, seq }) => `${writer}·${seq}` },
  { name: 'Hash', from: 'desk', cell: ({ hash }) => <code title={hash}>{hash.slice(0, 8)}</code> },
];

function timed(newest: number | undefined): Column<AuditEntry> {
  return { name: 'Time', cell: ({ atMs }) => <When at={atMs} beside={newest} /> };
}

const keyOf = ({ tenantId, writer, seq }: AuditEntry): string => `${tenantId} ${writer} ${seq}`;

function Verify() {
  const [state, setState] = useState<'idle' | 'asking' | Verified | ApiError>('idle');
  const ask = async (): Promise<void> => {
    setState('asking');
    setState(await get('/v1/audit/verify').catch((error: ApiError) => error));
  };
  return (
    <>
      <span role="status" class="note">
        {state === 'asking' && 'Every hash is worked out anew…'}
        {state instanceof Error && `${state.message}.`}
        {typeof state === 'object' && 'ok' in state && (
          <Badge tone={state.ok ? 'good' : 'bad'}>
            {state.ok ? 'all chains hold' : `${count(state.faultCount)} faults`}, {count(state.entries)} entries
          </Badge>
        )}
      </span>
      <button type="button" class="button" disabled={state === 'asking'} onClick={() => void ask()}>
        Verify the chains
      </button>
    </>
  );
}

export function Audit() {
  const { query } = useCell(place);
  const { tenant, kind, subject } = query;
  const pages = usePages('/v1/audit', { tenant, kind, subject }, keyOf, { everyMs: 10_000 });
  return (
    <div class="view">
      <Heading title="Audit" note="Append-only; each entry covers the one before it by its hash.">
        <Verify />
      </Heading>
      <Filters
        all={[
          ...(ofTenant() ? [] : [{ name: 'tenant', label: 'Tenant' }]),
          { name: 'kind', label: 'Kind' },
          { name: 'subject', label: 'Subject' },
        ]}
      />
      <Panel title="Newest first" flush>
        <Shown of={pages.first} rows={10}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No entry fits.">A kind is written as in the log: signal.raised, account.claimed.</Empty>
            ) : (
              <>
                <Table label="Audit log" columns={[timed(pages.rows[0]?.atMs), ...COLUMNS]} rows={pages.rows} keyOf={keyOf} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
