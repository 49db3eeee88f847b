/** Whether the engine lives, at one look: its speed over the last hour, what it decides, which of its parts are away. */
import { get } from '../api.js';
import type { StoreRow, Told } from '../answers.js';
import { clock, count, instant, minute, ms, short } from '../format.js';
import { LineChart } from '../parts/line-chart.js';
import { Badge, Heading, Panel, Tile, Tiles } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { useReadiness } from '../readiness.js';
import { type Resource, useResource } from '../resource.js';
import { link } from '../router.js';
import { can } from '../session.js';
import { AlertList } from './alerts.js';
import { NodeActions } from './node-actions.js';
import { SignalTable } from './signals.js';

function useLatency() {
  return useResource('latency', () => get('/v1/latency'), { everyMs: 5_000 });
}

const SHORT_MS = 600_000;

function spanOf(rows: Told<'/v1/latency'>['rows']): number {
  return (rows.at(-1)?.atMs ?? 0) - (rows[0]?.atMs ?? 0);
}

function LatencyPanel() {
  const latency = useLatency();
  return (
    <Panel title="From tick to socket" note="the last hour, a point each 10 seconds; the goal is a p99 under 30 ms" room="19rem">
      <Shown of={latency} rows={6}>
        {({ rows }) =>
          rows.length < 2 ? (
            <Empty title="Too few signals have gone out to draw.">The first points come with the first signals.</Empty>
          ) : (
            <LineChart
              label="Latency percentiles over the last hour"
              times={rows.map(({ atMs }) => atMs)}
              series={[
                { name: 'p50', colour: 1, values: rows.map((row) => (row.count === 0 ? null : row.p50)), filled: true },
                { name: 'p99', colour: 2, values: rows.map((row) => (row.count === 0 ? null : Math.min(row.p99, row.max))) },
                { name: 'slowest', colour: 4, values: rows.map((row) => (row.count === 0 ? null : row.max)) },
              ]}
              height={200}
              zero
              show={ms}
              showTime={spanOf(rows) < SHORT_MS ? clock : minute}
            />
          )
        }
      </Shown>
    </Panel>
  );
}

/** What waits to be written to a store, of all that write to it. */
function waiting({ writers }: StoreRow): string {
  const queued = Object.values(writers).reduce((sum, { queued: rows = 0, spilled = 0 }) => sum + rows + spilled, 0);
  if (queued === 0) return '';
  return queued === 1 ? '1 row waits' : `${count(queued)} rows wait`;
}

function Lamp({ ok, optional }: Pick<StoreRow, 'ok' | 'optional'>) {
  return <i class={`lamp ${ok ? '' : optional ? 'warn' : 'bad'}`} />;
}

function Health() {
  const health = useReadiness();
  const stores = useResource('stores', () => get('/v1/stores'), { everyMs: 6_000 });
  const waits = new Map(stores.value?.rows.map((row) => [row.name, waiting(row)]));
  return (
    <Panel title="Parts" note="stores, feed, models, actors" room="16rem" flush>
      <Shown of={health}>
        {({ parts }) => (
          <ul class="health">
            {Object.entries(parts).map(([name, { ok, optional, detail }]) => (
              <li key={name}>
                <Lamp ok={ok} {...(optional === undefined ? {} : { optional })} />
                <div>
                  <div>{name}</div>
                  <p class="note">{waits.get(name) || detail || (ok ? 'works' : optional ? 'away; the node goes on' : 'away')}</p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Panel>
  );
}

type ShownNode = Told<'/v1/cluster'>['nodes'][number];

/** What a node has, and where it is: of others only what they tell all. */
function NodeLines({ name, version, fit, why, url, sessions, has, heardAgoMs, listeners, self }: ShownNode) {
  const things = Object.entries(has ?? {}).map(([kind, number]) => `${kind} ${number}`);
  return (
    <div>
      {!self && url ? <a href={url}>{name}</a> : name} <span class="note">version {version}</span>
      {fit === false && <p class="note">Not fit: {why ?? 'it did not say why'}</p>}
      {has !== undefined && (
        <p class="note">
          {[...things, `sessions ${sessions ?? 0}`].join(', ')}; heard {count(heardAgoMs)} ms ago
        </p>
      )}
      {listeners !== undefined && <p class="note">EAs come in at {listeners.join(', ')}</p>}
    </div>
  );
}

function Nodes({ of }: { readonly of: Resource<Told<'/v1/cluster'>> }) {
  return (
    <Panel title="Nodes" flush {...(can('node.act') && { tools: <NodeActions /> })}>
      <Shown of={of} rows={2}>
        {({ nodes, version }) => (
          <ul class="feed">
            {nodes.map((node) => (
              <li key={node.name}>
                <Badge tone={node.fit === false ? 'bad' : 'good'}>{node.self ? 'this' : 'lives'}</Badge>
                <NodeLines {...node} version={node.version ?? version} />
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Panel>
  );
}

function Figures() {
  const { value: latency } = useLatency();
  const { value: actors } = useResource('actors head', () => get('/v1/actors', { depth: 0 }), { everyMs: 5_000 });
  const { value: alerts } = useResource('open alerts', () => get('/v1/alerts', { state: 'standing' }), {
    everyMs: 10_000,
    topic: 'alerts',
    streamed: false,
  });
  const newest = latency?.rows.filter((row) => row.count > 0).at(-1);
  const sent = latency?.rows.reduce((sum, row) => sum + row.count, 0);
  const open = alerts?.rows.length;
  const lost = actors === undefined ? undefined : actors.stoppedForGood.length;
  return (
    <Tiles>
      <Tile
        label="Tick to socket, p99"
        value={ms(newest?.p99)}
        note={newest === undefined ? 'no signal in the hour' : `p50 ${ms(newest.p50)}`}
        tone={(newest?.p99 ?? 0) > 30 ? 'warn' : 'even'}
      />
      <Tile label="Signals in the hour" value={short(sent)} note="that reached a socket" href={link('signals')} />
      <Tile
        label="Alerts"
        value={count(open)}
        note={open === undefined ? '' : open === 0 ? 'all is quiet' : 'still standing'}
        tone={open ? 'bad' : 'even'}
        href={link('alerts')}
      />
      <Tile
        label="Actors stopped"
        value={count(lost)}
        note={`${count(actors?.deadLetters)} dead ${actors?.deadLetters === 1 ? 'letter' : 'letters'}`}
        tone={lost ? 'bad' : 'even'}
        href={link('actors')}
      />
    </Tiles>
  );
}

export function Overview() {
  const cluster = useResource('cluster', () => get('/v1/cluster'), { everyMs: 5_000 });
  const signals = useResource('newest signals', () => get('/v1/signals', { most: 8 }), {
    everyMs: 3_000,
    topic: 'signals',
  });
  const alerts = useResource('open alerts', () => get('/v1/alerts', { state: 'standing' }), {
    everyMs: 10_000,
    topic: 'alerts',
    streamed: false,
  });
  return (
    <div class="view">
      <Heading
        title="Overview"
        note={`The engine’s clock: ${instant(cluster.value?.nodes.find(({ self }) => self)?.engineTime)} UTC`}
      />
      <Figures />
      <LatencyPanel />
      <div class="half">
        <Panel title="Newest signals" room="25rem" flush tools={<a href={link('signals')}>All signals</a>}>
          <Shown of={signals} rows={8}>
            {({ rows }) =>
              rows.length === 0 ? (
                <Empty title="No signal yet.">A tenant’s strategy raises one at the close of a candle.</Empty>
              ) : (
                <SignalTable rows={rows} short />
              )
            }
          </Shown>
        </Panel>
      </div>
      <div class="half">
        <Panel title="Alerts that stand" room="25rem" flush tools={<a href={link('alerts')}>All alerts</a>}>
          <Shown of={alerts} rows={3}>
            {({ rows }) => <AlertList rows={rows} done={alerts.refresh} gathered={4} />}
          </Shown>
        </Panel>
      </div>
      <Health />
      <Nodes of={cluster} />
    </div>
  );
}
