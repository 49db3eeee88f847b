import { get } from '../api.js';
import type { JobRow } from '../answers.js';
import { count, instant, span, words } from '../format.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';

const COLUMNS: readonly Column<JobRow>[] = [
  { name: 'Job', cell: ({ name }) => words(name) },
  {
    name: 'State',
    cell: ({ leaseUntil, outcome }) => {
      if (leaseUntil > 0) return <Badge tone="calm">runs</Badge>;
      if (outcome === null) return <Badge>has not run</Badge>;
      return <Badge tone={outcome === 'done' ? 'good' : 'bad'}>{outcome}</Badge>;
    },
  },
  { name: 'Every', figure: true, from: 'tablet', cell: ({ everyMs }) => span(everyMs) },
  { name: 'Ended', from: 'tablet', cell: ({ endedAt }) => instant(endedAt) },
  { name: 'Due', from: 'desk', cell: ({ startAt }) => instant(startAt) },
  { name: 'Runs', figure: true, from: 'desk', cell: ({ runs }) => count(runs) },
  { name: 'Failures in a row', figure: true, from: 'desk', cell: ({ failures }) => count(failures) },
  { name: 'What came of it', text: true, cell: ({ sentence }) => sentence ?? '–' },
];

export function Jobs() {
  const jobs = useResource('jobs', () => get('/v1/jobs'), { everyMs: 5_000 });
  return (
    <div class="view">
      <Heading title="Jobs" note="What runs by the clock beside the engine; one node at a time holds each." />
      <Panel title="All jobs" flush>
        <Shown of={jobs} rows={8}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title="This node runs no jobs.">They run where a node has stores to keep.</Empty>
            ) : (
              <Table label="Jobs" columns={COLUMNS} rows={rows} keyOf={({ name }) => name} />
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
