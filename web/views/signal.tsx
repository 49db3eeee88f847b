/** One signal: what it says, how its score came to be, and its life from the decision to the broker's answer. */
import { get, post } from '../api.js';
import type { Told } from '../answers.js';
import { useAccountNames } from '../account-names.js';
import { clock, decimal, instant, percent, price, share, signed, words } from '../format.js';
import { Action } from '../parts/action.js';
import { Badge, Facts, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { Waterfall } from '../parts/waterfall.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';
import { can, ofTenant } from '../session.js';
import { Side, StateBadge } from './signals.js';

type SignalView = Told<'/v1/signals/:id'>;

/** What may be taken back: nothing is known to be executed of it. */
const OPEN_STATES = new Set(['PENDING', 'SENT', 'UNKNOWN']);

interface Moment {
  readonly atMs: number;
  readonly what: string;
  readonly note: string;
}

/** From the audit log, the EA's answers and the broker's deals, in the order of time. */
function lifeOf({ signal, executions, deals, told }: SignalView): readonly Moment[] {
  const entries = told.map(({ atMs, kind, body }) => {
    const { state, reason } = JSON.parse(body) as { readonly state?: string; readonly reason?: string };
    return { atMs, what: words(kind.replace('signal.', '')), note: [state, reason].filter(Boolean).join(', ') };
  });
  const answers = executions.map(({ receivedAt, outcome, filledVolume, price: at, sentence }) => ({
    atMs: receivedAt,
    what: `EA: ${words(outcome).toLowerCase()}`,
    note: [filledVolume > 0 ? `${filledVolume} at ${price(signal.symbol, at)}` : '', sentence].filter(Boolean).join('. '),
  }));
  const trades = deals.map(({ brokerTime, entry, volume, price: at, profit }) => ({
    atMs: brokerTime,
    what: `deal ${entry === 'IN' ? 'in' : 'out'}, by the broker’s clock`,
    note: `${volume} at ${price(signal.symbol, at)}${entry === 'IN' ? '' : `, ${signed(profit)}`}`,
  }));
  return [...entries, ...answers, ...trades].sort((a, b) => a.atMs - b.atMs);
}

function Life({ life }: { readonly life: SignalView }) {
  return (
    <Panel title="Life" note="audit log, EA and broker">
      <ol class="life">
        {lifeOf(life).map(({ atMs, what, note }, at) => (
          <li key={at}>
            <time class="note">{instant(atMs)}</time>
            <div>
              {what}
              {note && <p class="note">{note}</p>}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** A model as it stood at the decision: what it said, and what that weighed. */
interface Said {
  readonly name: string;
  readonly leftOut?: string;
  readonly buy?: number;
  readonly accuracy?: number;
  readonly share?: number;
}

function saidBy({ lineage, explanation }: SignalView): readonly Said[] {
  if (lineage === null || explanation === null || !('members' in explanation.ml) || 'absent' in lineage.models) return [];
  const kept = lineage.models.members;
  return explanation.ml.members.map((part, at) => {
    const name = `${part.model} ${part.version}`;
    if ('leftOut' in part) return { name, leftOut: part.leftOut };
    const member = kept[at];
    const judged = member !== undefined && 'accuracy' in member ? { accuracy: member.accuracy } : {};
    return { name, buy: part.probability.BUY, share: part.share, ...judged };
  });
}

const LEFT_OUT: Column<Said> = {
  name: 'Left out',
  text: true,
  cell: ({ leftOut }) => (leftOut ? <Badge tone="warn">{leftOut}</Badge> : '–'),
};

const SAID: readonly Column<Said>[] = [
  { name: 'Model', cell: ({ name }) => name },
  { name: 'Buy', figure: true, cell: ({ buy }) => share(buy) },
  { name: 'Sell', figure: true, from: 'tablet', cell: ({ buy }) => share(buy === undefined ? buy : 1 - buy) },
  { name: 'Right of late', figure: true, from: 'tablet', cell: ({ accuracy }) => share(accuracy) },
  { name: 'Share', figure: true, cell: ({ share: part }) => share(part) },
];

type Neighbour = Extract<NonNullable<SignalView['explanation']>['pattern'], { neighbours: unknown }>['neighbours'][number];

const NEIGHBOURS: readonly Column<Neighbour>[] = [
  { name: 'Like it', cell: ({ certainty }) => share(certainty) },
  { name: 'Side', cell: ({ direction }) => <Side direction={direction} /> },
  { name: 'Won', figure: true, cell: ({ wins, trades }) => `${wins} of ${trades}` },
  { name: 'Success', figure: true, cell: ({ success }) => share(success) },
  { name: 'Weight', figure: true, from: 'tablet', cell: ({ weight }) => decimal(weight, 3) },
];

function Explained({ view }: { readonly view: SignalView }) {
  const { signal, lineage, explanation } = view;
  const [decision] = explanation?.decided.decisions ?? [];
  const models = saidBy(view);
  const neighbours = explanation !== null && 'neighbours' in explanation.pattern ? explanation.pattern.neighbours : [];
  return (
    <>
      <Panel
        title="How the score came to be"
        note={explanation === null ? 'by its stored parts' : 'worked out anew from what was kept'}
      >
        <Waterfall
          signal={signal}
          {...(decision?.absent && { absent: decision.absent })}
          {...(lineage && { thresholds: lineage.settings.thresholds })}
        />
      </Panel>
      {models.length > 0 && (
        <Panel title="What the models said" flush>
          <Table
            label="Models"
            columns={models.some(({ leftOut }) => leftOut) ? [...SAID, LEFT_OUT] : SAID}
            rows={models}
            keyOf={({ name }) => name}
          />
        </Panel>
      )}
      {neighbours.length > 0 && (
        <Panel title="Patterns most like it" note="of the tenant’s own trades" flush>
          <Table label="Patterns" columns={NEIGHBOURS} rows={neighbours} keyOf={({ id }) => id} />
        </Panel>
      )}
    </>
  );
}

function Prices({ signal }: Pick<SignalView, 'signal'>) {
  const { symbol } = signal;
  const nameOf = useAccountNames();
  return (
    <Panel title="What it says">
      <Facts
        rows={[
          ['State', <StateBadge key="state" state={signal.state} />],
          ...(signal.reason === null || signal.reason === undefined ? [] : [['Why', signal.reason] as const]),
          [
            'Side',
            signal.kind === 'CLOSE' ? (
              `close ${signal.direction.toLowerCase()}`
            ) : (
              <Side key="side" direction={signal.direction} />
            ),
          ],
          ['Lots', `${decimal(signal.volume, 2)}, ${percent(signal.riskPercent, 2)} of equity at risk`],
          ['Entry', `${price(symbol, signal.entry)} (${price(symbol, signal.entryLow)} to ${price(symbol, signal.entryHigh)})`],
          ['Stop', price(symbol, signal.stopLoss)],
          ['Target', price(symbol, signal.takeProfit)],
          [
            'Filled',
            signal.filledVolume === 0 ? '–' : `${decimal(signal.filledVolume, 2)} at ${price(symbol, signal.fillPrice)}`,
          ],
          ['Valid until', clock(signal.validUntil)],
          ['Strategy', `${signal.strategy}, ${signal.timeframe}`],
          [
            'Account',
            <a key="account" href={link('accounts', signal.accountId)}>
              {nameOf(signal.accountId)}
            </a>,
          ],
          ['Number', `${signal.seq}${ofTenant() ? '' : ` of ${signal.tenantId}`}`],
        ]}
      />
    </Panel>
  );
}

function Cancel({ id, done }: { readonly id: string; readonly done: () => void }) {
  return (
    <Action
      class="danger"
      words={{
        title: 'Cancel the signal',
        says: 'The EA is told not to execute it. What it has executed all the same is closed.',
        verb: 'Cancel it',
        danger: true,
        secondFactor: true,
        run: async (form) => {
          await post(`/v1/signals/${id}/cancel`, { reason: String(form.get('reason')) });
          done();
          return undefined;
        },
      }}
    >
      Cancel
    </Action>
  );
}

export function Signal({ id }: { readonly id: string }) {
  const view = useResource(`signal ${id}`, () => get('/v1/signals/:id', { id }), { everyMs: 4_000, topic: 'signals' });
  const signal = view.value?.signal;
  return (
    <div class="view">
      <Heading
        title={
          signal === undefined
            ? 'Signal'
            : `${signal.symbol} ${signal.kind === 'CLOSE' ? 'close' : signal.direction.toLowerCase()}`
        }
        note={
          signal === undefined
            ? '\u00a0'
            : `raised ${instant(signal.createdAt)} UTC, score ${decimal(signal.score, 1)}, ${signal.strength.toLowerCase()}`
        }
        back={{ href: link('signals'), name: 'Signals' }}
      >
        {signal && OPEN_STATES.has(signal.state) && can('tenants.act') && <Cancel id={id} done={view.refresh} />}
      </Heading>
      <Shown of={view} rows={10}>
        {(value) => (
          <>
            <Explained view={value} />
            <div class="half">
              <Prices signal={value.signal} />
            </div>
            <div class="half">
              {value.told.length + value.executions.length === 0 ? (
                <Empty title="Nothing is told of it." />
              ) : (
                <Life life={value} />
              )}
            </div>
          </>
        )}
      </Shown>
    </div>
  );
}
