/** Judgements as a card tells them: numbers of six digits, and null where there is none. */
import type { SpokenHorizon } from '../models/model-card.js';
import type { Interval } from './block-bootstrap.js';
import type { Judgement } from './judgement.js';
import type { Reached, SideJudgement, SideReliability, SideScores } from './sides.js';
import type { CardDetails, CardMetric, ModelVerdict } from './trained-model.js';

const DIGITS = 6;

export function told(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;
}

/** A metric that has no value is none. */
export function metric(
  name: string,
  better: CardMetric['better'],
  model: number,
  baselines: Readonly<Record<string, number>>,
): CardMetric[] {
  const own = told(model);
  if (own === null) return [];
  const known = Object.entries(baselines).flatMap(([baseline, value]) => {
    const number = told(value);
    return number === null ? [] : [[baseline, number] as const];
  });
  return [{ name, better, model: own, baselines: Object.fromEntries(known) }];
}

function toldInterval({ low, high }: Interval): CardDetails {
  return { low: told(low), high: told(high) };
}

function toldReliability({ bins, error }: SideReliability): CardDetails {
  return {
    error: told(error),
    bins: bins
      .filter(({ rows }) => rows > 0)
      .map(({ from, to, rows, told: share, came, low, high }) => ({
        from: told(from),
        to: told(to),
        rows,
        told: told(share),
        came: told(came),
        low: told(low),
        high: told(high),
      })),
  };
}

function toldReached(reached: readonly Reached[]): CardDetails[] {
  return reached.map(({ share, rows, came }) => ({ share, rows, came: told(came) }));
}

const SIDE_METRICS: readonly (readonly [name: string, better: CardMetric['better'], of: (scores: SideScores) => number])[] = [
  ['side accuracy', 'higher', ({ accuracy }) => accuracy],
  ['side balanced accuracy', 'higher', ({ balancedAccuracy }) => balancedAccuracy],
  ['side accuracy where it moved', 'higher', ({ accuracyMoved }) => accuracyMoved],
  ['side log-loss', 'lower', ({ logLoss }) => logLoss],
  ['side Brier', 'lower', ({ brier }) => brier],
];

/** Which side: all of it is told after calibration but the accuracies, which need none. */
export function sideVerdict(horizon: SpokenHorizon, judged: SideJudgement): ModelVerdict {
  const { model, majority, persistence, rows, of, movedRows } = judged;
  const metrics = SIDE_METRICS.flatMap(([name, better, value]) =>
    metric(`${name} ${horizon}`, better, value(model), { majority: value(majority), persistence: value(persistence) }),
  );
  const details: CardDetails = {
    rows: of,
    sidedRows: rows,
    movedRows,
    accuracyInterval: toldInterval(judged.accuracyInterval),
    aboveMajority: toldInterval(judged.aboveMajority),
    reliability: toldReliability(judged.reliability),
    reached: toldReached(judged.reached),
  };
  return { metrics, details };
}

/** Which of SELL, HOLD and BUY, as the model says it. */
export function directionVerdict(horizon: SpokenHorizon, judged: Judgement): ModelVerdict {
  const { model, majority, persistence } = judged;
  const beside = (name: 'accuracy' | 'balancedAccuracy' | 'logLoss' | 'brier'): Readonly<Record<string, number>> => ({
    majority: majority[name],
    persistence: persistence[name],
  });
  return {
    metrics: [
      ...metric(`direction accuracy ${horizon}`, 'higher', model.accuracy, beside('accuracy')),
      ...metric(`direction balanced accuracy ${horizon}`, 'higher', model.balancedAccuracy, beside('balancedAccuracy')),
      ...metric(`direction log-loss ${horizon}`, 'lower', model.logLoss, beside('logLoss')),
      ...metric(`direction Brier ${horizon}`, 'lower', model.brier, beside('brier')),
    ],
    details: {
      rows: model.rows,
      accuracyInterval: toldInterval(judged.accuracyInterval),
      aboveMajority: toldInterval(judged.aboveMajority),
    },
  };
}
