/**
 * Whether a new version of a model takes the place of the one that stands: better by five points on data that neither has seen, or
 * it does not. What is not, may be tried on a tenth of the signals; what is worse than knowing nothing is not even that.
 */
import type { ModelCard } from './model-card.js';

/** Points of a hundred by which it is to be better. */
const POINTS_BETTER = 5;

type Judged = Pick<ModelCard, 'name' | 'version' | 'metrics' | 'split'>;
type Metric = ModelCard['metrics'][number];

export interface Promotion {
  readonly state: 'deployed' | 'arm' | 'refused';
  readonly reason: string;
}

/** How far it is above, in what is better of the two ways. */
function aboveOf({ better }: Metric, value: number, than: number): number {
  return better === 'higher' ? value - than : than - value;
}

function shown(value: number): string {
  return value.toFixed(4);
}

/** Baselines of the first metric that it does not reach. */
function worseThanNothing({ metrics }: Judged): string | undefined {
  const [main] = metrics;
  if (main === undefined) return 'its card has no metric to judge it by';
  const [worse] = Object.entries(main.baselines).filter(([, value]) => aboveOf(main, main.model, value) < 0);
  if (worse === undefined) return undefined;
  const [name, value] = worse;
  return `its ${main.name} of ${shown(main.model)} is worse than ${shown(value)}, which ${name} reaches without any model`;
}

/** `standing` is what answers under its name now, where there is one. */
export function promotionOf(candidate: Judged, standing: Judged | undefined): Promotion {
  const worse = worseThanNothing(candidate);
  if (worse !== undefined) return { state: 'refused', reason: worse };
  const [main] = candidate.metrics as [Metric];
  if (standing === undefined)
    return { state: 'deployed', reason: `it is the first ${candidate.name}, and no baseline is better` };
  const own = standing.metrics.find(({ name }) => name === main.name);
  const other = `${standing.name}@${standing.version}`;
  if (own === undefined) return { state: 'arm', reason: `${other} was not judged by ${main.name}, so they cannot be compared` };
  const points = 100 * aboveOf(main, main.model, own.model);
  const words = `its ${main.name} of ${shown(main.model)} is ${Math.abs(points).toFixed(1)} points ${points < 0 ? 'below' : 'above'} the ${shown(own.model)} of ${other}`;
  const elsewhen = sameSpan(candidate, standing) ? '' : ', though on another stretch of time';
  // A difference that is five points up to rounding is five points.
  return points >= POINTS_BETTER - 1e-9
    ? { state: 'deployed', reason: `${words}${elsewhen}` }
    : { state: 'arm', reason: `${words}${elsewhen}; to take its place it would have to be ${POINTS_BETTER} above` };
}

function sameSpan(one: Judged, other: Judged): boolean {
  return one.split.test.from === other.split.test.from && one.split.test.to === other.split.test.to;
}
