/** An alert and a message in words, the same for every channel. */
import type { Alert } from './alert.js';
import type { AlertMessage, Told } from './outbox.js';

const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const number = (value: number): string => String(Number(value.toPrecision(6)));

/** `#12 CRITICAL ea-silent: 0190…`. */
export function headOf({ number: of, severity, rule, subject }: Alert): string {
  return `#${of} ${severity.toUpperCase()} ${rule}: ${subject}`;
}

export function stateOf({ acknowledged, resolvedMs, firedMs, step }: Alert): string {
  if (resolvedMs !== null) return `over since ${time(resolvedMs)}, began ${time(firedMs)}`;
  if (acknowledged !== null)
    return `acknowledged by ${acknowledged.by}${acknowledged.note === '' ? '' : `: ${acknowledged.note}`}`;
  return `since ${time(firedMs)}${step > 1 ? `, told ${step} times` : ''}`;
}

export function figuresOf({ unit, value, worst, limit }: Alert): string {
  if (unit === '') return '';
  return `${number(value)} ${unit} (limit ${number(limit)}${worst === value ? '' : `, worst ${number(worst)}`})`;
}

function paragraphOf({ alert }: Told): string {
  const figures = figuresOf(alert);
  const advice = alert.resolvedMs === null && alert.acknowledged === null ? [`What to look at: ${alert.advice}.`] : [];
  return [headOf(alert), alert.sentence, ...(figures === '' ? [] : [figures]), stateOf(alert), ...advice].join('\n');
}

/** One line: what is worst, and how many more there are. */
export function subjectOf({ notices }: AlertMessage): string {
  const standing = notices.filter(({ alert }) => alert.resolvedMs === null);
  const rank = { critical: 2, warning: 1, info: 0 };
  const [first] = [...(standing.length > 0 ? standing : notices)].sort((a, b) => rank[b.alert.severity] - rank[a.alert.severity]);
  if (first === undefined) return 'Suho';
  const { resolvedMs, acknowledged } = first.alert;
  const state = resolvedMs !== null ? 'over: ' : acknowledged !== null ? 'acknowledged: ' : '';
  return `Suho ${state}${headOf(first.alert)}${notices.length > 1 ? ` and ${notices.length - 1} more` : ''}`;
}

export function textOf({ notices, givenUp }: AlertMessage): string {
  const lost = givenUp === 0 ? [] : [`${givenUp} notices before could not be told here: suho alerts list has all alerts.`];
  return [...lost, ...notices.map(paragraphOf)].join('\n\n');
}
