/** An account's balance and equity over time, and how far it was below its best. */
import { get } from '../api.js';
import type { Told as Answer } from '../answers.js';
import { useMemo } from 'preact/hooks';
import { day, decimal, minute, signed } from '../format.js';
import { useResource } from '../resource.js';
import { LineChart } from './line-chart.js';
import { Panel } from './panel.js';
import { Empty, Shown } from './states.js';

type EquityPoints = Answer<'/v1/accounts/:id/equity'>['rows'];

function Curves({ rows, showTime }: { readonly rows: EquityPoints; readonly showTime: (timeMs: number) => string }) {
  const { times, money, below } = useMemo(
    () => ({
      times: rows.map(({ atMs }) => atMs),
      money: [
        { name: 'balance', colour: 3, values: rows.map(({ balance }) => balance) },
        { name: 'equity', colour: 1, values: rows.map(({ equity }) => equity) },
      ],
      below: [{ name: 'drawdown', colour: 2, values: rows.map(({ drawdownPercent }) => -drawdownPercent), filled: true }],
    }),
    [rows],
  );
  return (
    <>
      <LineChart
        label="Balance and equity"
        times={times}
        series={money}
        height={200}
        show={(value) => decimal(value, 0)}
        showTime={showTime}
      />
      <LineChart
        label="Drawdown"
        times={times}
        series={below}
        height={110}
        zero
        show={(value) => `${signed(value, 2)} %`}
        showTime={showTime}
      />
    </>
  );
}

const DAY_MS = 86_400_000;
/** Widest first, with how each is called and how its times are written. */
const SPANS = [
  [30 * DAY_MS, 'the last 30 days', day],
  [DAY_MS, 'the last day', minute],
  [DAY_MS / 24, 'the last hour', minute],
] as const;
/** A span is cut into parts, of which each shows one point: with fewer than this a shorter one tells more. */
const POINTS_LEAST = 24;
const POINTS = 240;

interface Told {
  readonly rows: EquityPoints;
  readonly span: string;
  readonly showTime: (timeMs: number) => string;
}

export async function askEquity(accountId: string): Promise<Told> {
  let told: Told = { rows: [], span: SPANS[0][1], showTime: day };
  let toMs: number | undefined;
  for (const [spanMs, span, showTime] of SPANS) {
    const from = toMs === undefined ? undefined : Math.max(0, toMs - spanMs);
    const { rows } = await get('/v1/accounts/:id/equity', { id: accountId, from, points: POINTS });
    toMs = rows.at(-1)?.atMs;
    told = { rows, span, showTime };
    if (toMs === undefined || rows.length >= POINTS_LEAST) break;
  }
  return told;
}

/** With a name where the view around it is not of that one account. */
export function Equity({ accountId, name }: { readonly accountId: string; readonly name?: string }) {
  const equity = useResource<Told>(`equity ${accountId}`, () => askEquity(accountId), { everyMs: 8_000 });
  return (
    <Panel
      title={name === undefined ? 'Equity and drawdown' : `Equity and drawdown of account ${name}`}
      note={equity.value ? `as the EA told it, ${equity.value.span}` : 'as the EA told it'}
    >
      <Shown of={equity} rows={12}>
        {({ rows, showTime }) =>
          rows.length < 2 ? (
            <Empty title="Nothing is told yet.">
              The EA tells its money while it is connected; the first points come within minutes.
            </Empty>
          ) : (
            <Curves rows={rows} showTime={showTime} />
          )
        }
      </Shown>
    </Panel>
  );
}
