import { get } from '../api.js';
import type { ModelRow } from '../answers.js';
import { count, share } from '../format.js';
import { askOutcomes, overall } from '../model-outcomes.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';

export function useOutcomes() {
  return useResource('outcomes', askOutcomes, { everyMs: 10_000 });
}

export function Models() {
  const models = useResource('models', () => get('/v1/models'), { everyMs: 15_000 });
  const outcomes = useOutcomes();
  const tallyOf = ({ name, version }: ModelRow) => overall(outcomes.value?.get(`${name}@${version}`));
  const columns: readonly Column<ModelRow>[] = [
    { name: 'Model', cell: ({ name, version }) => <a href={link('models', name)}>{`${name} ${version}`}</a> },
    { name: 'Kind', from: 'tablet', cell: ({ kind }) => kind },
    { name: 'Timeframe', from: 'tablet', cell: ({ timeframe }) => timeframe },
    {
      name: 'Standing',
      cell: ({ answers, sentence }) =>
        answers ? <Badge tone="good">answers</Badge> : <Badge tone="warn">{sentence ?? 'does not answer'}</Badge>,
    },
    {
      name: 'Right since the start',
      figure: true,
      cell: (row) => {
        const { told, right } = tallyOf(row);
        return share(told === 0 ? null : right / told);
      },
    },
    { name: 'Outcomes', figure: true, from: 'tablet', cell: (row) => count(tallyOf(row).told) },
  ];
  return (
    <div class="view">
      <Heading title="Models" note="What answers, and how right it has been: horizons that are over since the node began." />
      <Panel title="All models" flush>
        <Shown of={models} rows={4}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title="No model is loaded.">Train one with suho train, or add one with suho models add.</Empty>
            ) : (
              <Table label="Models" columns={columns} rows={rows} keyOf={({ name, version }) => `${name}@${version}`} />
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
