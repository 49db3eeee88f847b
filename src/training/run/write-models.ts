import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseEnsembleCard, type EnsembleCard } from '../../models/ensemble-card.js';
import { expiryOf, instant, makeCard, type TrainingFacts } from '../make-card.js';
import { type FittedSet, judgeSets, type MetaMember } from '../meta.js';
import { type PlottedBin, reliabilityPlot } from '../plot/reliability-plot.js';
import type { CardDetails, HeldOut, ModelVerdict, TrainedModel, TrainingSetup } from '../trained-model.js';
import { writeWhole } from './checkpoints.js';
import { encodePng } from './png.js';
import type { TrainedFile, TrainedKind } from './training-task.js';

export interface Target {
  readonly folder: string;
  readonly name: string;
  readonly version: number;
}

/** Rows that were in no part, with what the cards tell of them. */
export interface HeldOutRows {
  readonly test: HeldOut;
  readonly elsewhere: (HeldOut & { readonly data: TrainingFacts['data'] }) | undefined;
}

type Judge = (heldOut: HeldOut) => Promise<ModelVerdict>;

/** On the test part, and what the card tells beside it of other rows. */
async function judgedBoth(judge: Judge, { test, elsewhere }: HeldOutRows): Promise<ModelVerdict> {
  const own = await judge(test);
  if (elsewhere === undefined) return own;
  const { metrics, details } = await judge(elsewhere);
  const { dataset, rows, data } = elsewhere;
  const [first, last] = [rows.at(0) as number, rows.at(-1) as number];
  const span = { from: instant(dataset.endMs(first)), to: instant(dataset.endMs(last)), rows: rows.length };
  return {
    metrics: own.metrics,
    details: { ...own.details, elsewhere: { data: [...data], span, metrics: [...metrics], ...details } },
  };
}

export async function writeModel(
  { folder, name, version }: Target,
  model: TrainedModel,
  facts: TrainingFacts,
  held: HeldOutRows,
  { cutOff }: { readonly cutOff: boolean },
): Promise<TrainedFile> {
  const { metrics, details } = await judgedBoth((rows) => model.judge(rows), held);
  const sha256 = createHash('sha256').update(model.graph).digest('hex');
  const card = makeCard(facts, {
    part: model.card,
    version,
    metrics,
    details: { ...details, ...model.details, ...(cutOff ? { cutOff: 'its time was up' } : {}) },
    sha256,
  });
  await writeWhole(join(folder, `${name}.onnx`), model.graph);
  await writePlot(folder, name, version, facts, details);
  const path = join(folder, `${name}.json`);
  // The card last: where it stands, what it tells of stands too.
  await writeWhole(path, `${JSON.stringify(card, undefined, 2)}\n`);
  return { name, kind: model.card.kind as TrainedKind, version, card: path, graphBytes: model.graph.length, sha256, metrics };
}

export interface FittedEnsemble {
  readonly setup: TrainingSetup;
  readonly members: readonly MetaMember[];
  readonly sets: readonly FittedSet[];
  readonly models: readonly TrainedFile[];
}

export async function writeEnsemble(
  { folder, name, version }: Target,
  { setup, members, sets, models }: FittedEnsemble,
  facts: TrainingFacts,
  held: HeldOutRows,
): Promise<TrainedFile> {
  const { metrics, details } = await judgedBoth((rows) => judgeSets(setup, members, sets, rows), held);
  const named = new Set(members.map((member) => member.name));
  const card: EnsembleCard = {
    format: 1,
    kind: 'meta',
    name,
    version,
    timeframe: facts.timeframe,
    horizon: setup.horizon,
    members: models
      .filter((model) => named.has(model.name))
      .map((model) => ({ model: model.name, version: model.version, sha256: model.sha256 as string })),
    calibrations: [...sets],
    data: facts.data,
    split: facts.split,
    metrics: [...metrics],
    trainedAt: instant(facts.trainedAtMs),
    expiresAt: expiryOf(facts),
    details,
  };
  const text = `${JSON.stringify(card, undefined, 2)}\n`;
  parseEnsembleCard(text, name);
  await writePlot(folder, name, version, facts, details);
  const path = join(folder, `${name}.json`);
  await writeWhole(path, text);
  return { name, kind: 'meta', version, card: path, graphBytes: null, sha256: null, metrics };
}

interface PlottedDetails {
  readonly rows?: number;
  readonly accuracyInterval?: { readonly low: number | null; readonly high: number | null };
  readonly reliability?: { readonly error: number | null; readonly bins: readonly PlottedBin[] };
  readonly reached?: readonly { readonly share: number; readonly rows: number; readonly came: number | null }[];
}

/** Beside the card, of what the card says; none of a model that has no such curve. */
async function writePlot(
  folder: string,
  name: string,
  version: number,
  facts: TrainingFacts,
  details: CardDetails,
): Promise<void> {
  const { rows = 0, reliability, reached = [], accuracyInterval } = details as PlottedDetails;
  if (reliability === undefined) return;
  const { from, to } = facts.split.test;
  const error = reliability.error === null ? '-' : (100 * reliability.error).toFixed(1);
  const told = reliability.bins.reduce((sum, bin) => sum + bin.rows, 0);
  const times = reached
    .filter(({ share }) => share >= 0.6)
    .map(
      ({ share, rows: count, came }) =>
        `${share.toFixed(2)}: ${count}${came === null || count === 0 ? '' : `, ${Math.round(count * came)} came`}`,
    );
  const share = (value: number | null | undefined): string =>
    value === null || value === undefined ? '-' : (100 * value).toFixed(1);
  const canvas = reliabilityPlot({
    title: `${name}@${version} on rows that it has not seen`,
    subtitle: `${grouped(told)} told, of ${grouped(rows)} rows, ${from.slice(0, 10)} to ${to.slice(0, 10)}`,
    notes: [
      `mean error ${error} %; side right ${share(accuracyInterval?.low)} to ${share(accuracyInterval?.high)} %`,
      `told at least ${times.join('; ')}`,
    ],
    bins: reliability.bins,
  });
  await writeWhole(join(folder, `${name}.png`), encodePng(canvas));
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
