/** One model: its card, its figures beside what knows nothing, and whether it means what it says. */
import { get } from '../api.js';
import type { CardedModel } from '../answers.js';
import { count, day, decimal, share } from '../format.js';
import { Bars } from '../parts/bars.js';
import { Facts, Heading, Panel } from '../parts/panel.js';
import { Reliability, type ReliabilityBin } from '../parts/reliability.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { type Outcomes, overall } from '../model-outcomes.js';
import { link } from '../router.js';
import { useOutcomes } from './models.js';

type Metric = CardedModel['card']['metrics'][number];

const METRICS: readonly Column<Metric>[] = [
  { name: 'Figure', text: true, cell: ({ name }) => name },
  { name: 'Better', from: 'tablet', cell: ({ better }) => better },
  { name: 'Model', figure: true, cell: ({ model }) => <b>{decimal(model, 4)}</b> },
  {
    name: 'Beside',
    text: true,
    cell: ({ baselines }) =>
      Object.entries(baselines)
        .map(([name, value]) => `${name} ${decimal(value, 4)}`)
        .join(', '),
  },
];

interface Details {
  readonly note?: string;
  readonly reliability?: { readonly error: number; readonly bins: readonly ReliabilityBin[] };
}

function Calibration({ reliability }: Details) {
  if (reliability === undefined) return <Empty title="This kind tells no probabilities of sides." />;
  return (
    <>
      <Reliability bins={reliability.bins} label="Reliability: what the model told beside how often it came" />
      <p class="note">
        Expected error {share(reliability.error, 2)}; a dot’s size is its share of rows, its bar the interval of what came.
      </p>
    </>
  );
}

/** Chance stands in the middle: what is beyond it to the right has leaned the right way more often than not. */
function Since({ outcomes }: { readonly outcomes: Outcomes | undefined }) {
  if (outcomes === undefined || outcomes.size === 0)
    return <Empty title="No horizon is over yet.">Outcomes are counted once a prediction’s horizon has passed.</Empty>;
  return (
    <>
      <Bars
        label="Share called right beyond chance, by horizon"
        rows={[...outcomes].map(([name, { told, right }]) => ({
          name,
          value: right / told - 0.5,
          text: `${share(right / told)} of ${count(told)}`,
        }))}
      />
      <p class="note">Beside a coin’s 50 %, since the node began.</p>
    </>
  );
}

function Card({ row, outcomes }: { readonly row: CardedModel; readonly outcomes: Outcomes | undefined }) {
  const { card } = row;
  const details = (card.details ?? {}) as Details;
  const { train, validation, test } = card.split;
  const { told, right } = overall(outcomes);
  return (
    <>
      <Panel title={`Version ${row.version}`}>
        <Facts
          rows={[
            ['Kind', row.kind],
            ['Timeframe', row.timeframe],
            ['Standing', row.answers ? 'answers' : (row.sentence ?? 'does not answer')],
            ['Right since the start', share(told === 0 ? null : right / told)],
            ['Trained', day(card.trainedAt)],
            ['Expires', day(card.expiresAt)],
            ['Rows: training, validation, test', [train, validation, test].map(({ rows }) => count(rows)).join(' / ')],
            ['Data', card.data.map(({ symbol }) => symbol).join(' ')],
          ]}
        />
        {details.note && <p class="note aside">{details.note}</p>}
      </Panel>
      <div class="half">
        <Panel title="Calibration" note="on the test part">
          <Calibration {...details} />
        </Panel>
      </div>
      <div class="half">
        <Panel title="Right, by horizon">
          <Since outcomes={outcomes} />
        </Panel>
      </div>
      <Panel title="Out of sample" note="beside what knows nothing" flush>
        <Table label="Metrics" columns={METRICS} rows={card.metrics} keyOf={({ name }) => name} />
      </Panel>
    </>
  );
}

export function Model({ id }: { readonly id: string }) {
  const model = useResource(`model ${id}`, () => get('/v1/models/:name', { name: id }), { everyMs: 30_000 });
  const outcomes = useOutcomes();
  return (
    <div class="view">
      <Heading title={id} back={{ href: link('models'), name: 'Models' }} />
      <Shown of={model} rows={8}>
        {({ rows }) =>
          rows.map((row) => <Card key={row.version} row={row} outcomes={outcomes.value?.get(`${row.name}@${row.version}`)} />)
        }
      </Shown>
    </div>
  );
}
