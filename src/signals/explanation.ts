/** A decision's derivation for a person: what is in its lineage, and what comes of that when it is worked out anew. */
import { TIMEFRAME_MS } from '../market/timeframe.js';
import type { Member } from './ensemble.js';
import { type Derivation, type Lineage, recompute } from './lineage.js';
import { PARTS, type SidedScore, WEIGHTS } from './score.js';
import type { Decision, PartName } from './signal.js';
import { stopDistances } from './stop-distances.js';
import { technicalPart, technicalScores } from './technical.js';

type Row = readonly string[];

const score = (value: number): string => value.toFixed(4);
/** What arithmetic leaves behind the last digit that matters is not shown. */
const price = (value: number): string => String(Number(value.toPrecision(12)));
const share = (value: number): string => value.toFixed(4);

/** Columns as wide as their widest cell, the first two to the left. */
export function table(rows: readonly Row[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')}`.trimEnd(),
  );
}

function sides(derivation: Derivation, { close, values }: Lineage): Readonly<Partial<Record<PartName, SidedScore>>> {
  const { ml, pattern } = derivation;
  const technical = technicalPart(close, values);
  return {
    ...('scores' in ml && ml.scores !== undefined ? { ml: ml.scores } : {}),
    ...('scores' in pattern ? { pattern: pattern.scores } : {}),
    ...(technical === undefined ? {} : { technical: technicalScores(technical) }),
  };
}

function scoreLines(derivation: Derivation, lineage: Lineage): string[] {
  const said = sides(derivation, lineage);
  const absent = derivation.decided.decisions[0]?.absent ?? {};
  const weights = PARTS.reduce((sum, name) => sum + (said[name] === undefined ? 0 : WEIGHTS[name]), 0);
  const rows = PARTS.map((name): Row => {
    const part = said[name];
    if (part === undefined) return [name, `absent: ${absent[name] ?? '?'}`, '', '', ''];
    return [name, '', share(WEIGHTS[name] / weights), score(part.BUY), score(part.SELL)];
  });
  return table([['part', '', 'weight', 'BUY', 'SELL'], ...rows]);
}

function memberRow(member: Member, part: Derivation['ml'], at: number): Row {
  const { model, version } = member;
  const said = 'members' in part ? part.members[at] : undefined;
  const name = `${model} ${version}`;
  if (said === undefined || 'leftOut' in said) {
    const figures =
      'outlier' in member && said?.leftOut === 'outlier' ? ` (${member.outlier} of at most ${member.outlierMost})` : '';
    return [name, `left out: ${said?.leftOut ?? '?'}${figures}`, '', '', '', '', ''];
  }
  if (!('output' in member)) return [name, '', '', '', '', '', ''];
  const { output, accuracy, calibration } = member;
  const told = output.kind === 'sides' ? [output.BUY, output.SELL] : output.values;
  return [
    name,
    calibration.kind,
    told.map((value) => value.toFixed(4)).join(' '),
    share(said.probability.BUY),
    share(said.probability.SELL),
    share(accuracy),
    share(said.share),
  ];
}

function modelLines({ models }: Lineage, { ml }: Derivation): string[] {
  if ('absent' in models || models.members.length === 0) return [];
  const rows = models.members.map((member, at) => memberRow(member, ml, at));
  const pooled =
    'calibrated' in ml && ml.calibrated !== undefined ? [`  their average is calibrated: ${ml.calibrated.calibration.kind}`] : [];
  return ['', 'models', ...table([['model', 'calibration', 'said', 'BUY', 'SELL', 'accuracy', 'share'], ...rows]), ...pooled];
}

function neighbourLines({ pattern }: Derivation): string[] {
  if (!('neighbours' in pattern)) return [];
  const rows = pattern.neighbours.map(({ id, direction, certainty, wins, trades, success, weight, supports }): Row => {
    const outcome = `${wins} of ${trades}`;
    return [id, direction, share(certainty), outcome, share(success), (weight / 10).toFixed(1), supports ?? '-'];
  });
  const head = ['neighbour', 'side', 'certainty', 'won', 'success', 'weight', 'supports'];
  return ['', 'neighbours', ...table([head, ...rows])];
}

function technicalLines({ close, values }: Lineage): string[] {
  const part = technicalPart(close, values);
  const columns = Object.entries(values).map(([column, value]): Row => [column, '', String(value)]);
  const votes =
    part === undefined ? [] : [`  votes ${part.votes.map((vote) => vote.toFixed(4)).join(' ')}, mean ${part.v.toFixed(4)}`];
  return ['', 'technical', ...table([['close', '', String(close)], ...columns]), ...votes];
}

function stopLines({ atr, regime }: Lineage): string[] {
  const { stop, target } = stopDistances({ atr, regime: regime ?? undefined });
  return [
    '',
    'stops',
    `  atr_14 ${atr}, ${regime ?? 'no regime yet'}: stop ${price(stop)}, target ${price(target)} from the entry`,
  ];
}

function decisionLine({ kind, direction, entry, stopLoss, takeProfit, score: value, strength }: Decision): string {
  const at = kind === 'CLOSE' ? '' : ` at ${price(entry)}, stop ${price(stopLoss)}, target ${price(takeProfit)}`;
  return `  ${kind} ${direction}${at}: score ${value}, ${strength}`;
}

export function explainText(lineage: Lineage): string {
  const derivation = recompute(lineage);
  const { tenantId, strategy, symbol, timeframe, thresholds } = lineage.settings;
  const closed = new Date(lineage.time + TIMEFRAME_MS[timeframe]).toISOString();
  const before = lineage.above === 'NONE' ? 'neither side' : lineage.above;
  const lines = [
    `${symbol} ${timeframe}, candle closed ${closed}, strategy ${strategy} of tenant ${tenantId}`,
    `STRONG from ${thresholds.strong}, MODERATE from ${thresholds.moderate}; above that at the close before: ${before}`,
    '',
    'decided',
    ...derivation.decided.decisions.map(decisionLine),
    '',
    'score',
    ...scoreLines(derivation, lineage),
    ...modelLines(lineage, derivation),
    ...neighbourLines(derivation),
    ...technicalLines(lineage),
    ...stopLines(lineage),
  ];
  return `${lines.join('\n')}\n`;
}
