import { COLUMNS } from '../../indicators/registry.js';
import type { InputScale } from '../../models/input-scale.js';
import { YARDSTICKS } from '../../models/input-measures.js';
import { CODED_INPUTS, MEASURED_INPUTS, RANGE_LEAST, YARDSTICK_PLACES, yardstickPlace } from '../../models/model-inputs.js';
import type { GraphBuilder, GraphValue } from './graph-builder.js';
import type { OnnxAttribute } from './onnx-model.js';

const LAST: Readonly<Record<string, OnnxAttribute>> = { axis: { kind: 'int', value: -1 } };
/** What a cast makes, by the number that ONNX gives the type. */
const FLOAT: Readonly<Record<string, OnnxAttribute>> = { to: { kind: 'int', value: 1 } };
const DOUBLE: Readonly<Record<string, OnnxAttribute>> = { to: { kind: 'int', value: 11 } };

/** Vectors of the catalogue, in doubles: a price less another by a ten-thousandth is nothing in floats. */
export function vectorsInput(graph: GraphBuilder, steps?: number): GraphValue {
  const shape = steps === undefined ? ['batch', COLUMNS.length] : ['batch', steps, COLUMNS.length];
  return graph.input({ name: 'vectors', type: 'double', shape });
}

/**
 * `writeModelInputs` as a graph, bit for bit: vectors in, inputs out, over the last dimension, whatever is before it. What has no
 * value is NaN, for trees, which know what to do with it.
 */
export function modelInputs(graph: GraphBuilder, vectors: GraphValue): GraphValue {
  const columns: Columns = (places) => graph.node('Gather', [vectors, graph.ints(places)], { attributes: LAST });
  const raw = columns(MEASURED_INPUTS.map(({ place }) => place));
  const { zero, close, lengths } = yardOf(graph, columns);
  const anchors = graph.node('Concat', [zero, close], { attributes: LAST });
  const pick = (from: GraphValue, places: readonly number[]): GraphValue =>
    graph.node('Gather', [from, graph.ints(places)], { attributes: LAST });
  const measures = MEASURED_INPUTS.map(({ measure }) => measure);
  const anchored = graph.node('Sub', [
    raw,
    pick(
      anchors,
      measures.map(({ fromClose }) => (fromClose ? 1 : 0)),
    ),
  ]);
  const centred = graph.node('Sub', [anchored, graph.doubles(measures.map(({ centre }) => centre))]);
  const yardsticks = pick(
    lengths,
    measures.map(({ yardstick }) => yardstickPlace(yardstick)),
  );
  const units = graph.node('Mul', [yardsticks, graph.doubles(measures.map(({ scale }) => scale))]);
  const measured = graph.node('Div', [centred, units]);
  return float(graph, graph.node('Concat', [measured, codes(graph, columns)], { attributes: LAST }));
}

type Columns = (places: readonly number[]) => GraphValue;

interface Yard {
  /** As many zeros as there are closes. */
  readonly zero: GraphValue;
  readonly close: GraphValue;
  readonly lengths: GraphValue;
}

function yardOf(graph: GraphBuilder, columns: Columns): Yard {
  const { weightedClose, median, range: rangePlace, volume: volumePlace } = YARDSTICK_PLACES;
  const none = graph.doubles([Number.NaN]);
  const above = (value: GraphValue, least: GraphValue): GraphValue =>
    graph.node('Where', [graph.node('Greater', [value, least]), value, none]);
  const close = graph.node('Sub', [graph.node('Mul', [columns([weightedClose]), graph.doubles([2])]), columns([median])]);
  const unknown = graph.node('Cast', [graph.node('IsNaN', [close])], { attributes: DOUBLE });
  const zero = graph.node('Mul', [unknown, graph.doubles([0])]);
  const range = above(columns([rangePlace]), graph.node('Mul', [close, graph.doubles([RANGE_LEAST])]));
  const volume = above(columns([volumePlace]), graph.doubles([0]));
  const share = graph.node('Div', [range, close]);
  const squared = graph.node('Mul', [range, range]);
  const made: Readonly<Record<(typeof YARDSTICKS)[number], GraphValue>> = {
    one: graph.node('Add', [zero, graph.doubles([1])]),
    range,
    'range²': squared,
    'range share': share,
    volume,
    'volume · range share': graph.node('Mul', [volume, share]),
    'volume · range': graph.node('Mul', [volume, range]),
    'range² / volume': graph.node('Div', [squared, volume]),
  };
  const lengths = graph.node(
    'Concat',
    YARDSTICKS.map((yardstick) => made[yardstick]),
    { attributes: LAST },
  );
  return { zero, close, lengths };
}

function codes(graph: GraphBuilder, columns: Columns): GraphValue {
  const raw = columns(CODED_INPUTS.map(({ place }) => place));
  const equal = graph.node('Equal', [raw, graph.doubles(CODED_INPUTS.map(({ code }) => code))]);
  return graph.node('Cast', [equal], { attributes: DOUBLE });
}

function float(graph: GraphBuilder, value: GraphValue): GraphValue {
  return graph.node('Cast', [value], { attributes: FLOAT });
}

/** Of `[rows, inputs]`, as `modelInputs` gives them for trees, what `inputDistance` tells of each. */
export function distanceOfInputs(graph: GraphBuilder, inputs: GraphValue, scale: InputScale): GraphValue {
  const measured = graph.node('Slice', [inputs, graph.ints([0]), graph.ints([MEASURED_INPUTS.length]), graph.ints([1])]);
  const centred = graph.node('Sub', [measured, graph.floats(scale.centres)]);
  const scaled = graph.node('Div', [centred, graph.floats(scale.widths)]);
  return rootMeanSquare(graph, scaled, scale.clip);
}

/** Over the last of two dimensions, of the floats that are not NaN, cut off; `clip` where all are. */
export function rootMeanSquare(graph: GraphBuilder, values: GraphValue, clip: number): GraphValue {
  const missing = graph.node('IsNaN', [values]);
  const clipped = graph.node('Clip', [values, graph.floats([-clip], []), graph.floats([clip], [])]);
  const known = graph.node('Where', [missing, graph.floats([0], []), clipped]);
  return meanSquareRoot(graph, known, graph.node('Cast', [missing], { attributes: FLOAT }), clip);
}

/** The same of values that are 0 where their mask is 1. */
export function meanSquareRoot(graph: GraphBuilder, known: GraphValue, mask: GraphValue, clip: number): GraphValue {
  const overRow = { attributes: { keepdims: { kind: 'int', value: 0 } } } as const;
  const sum = (value: GraphValue): GraphValue => graph.node('ReduceSum', [value, graph.ints([-1])], overRow);
  const one = graph.floats([1], []);
  const count = sum(graph.node('Sub', [one, mask]));
  const mean = graph.node('Div', [sum(graph.node('Mul', [known, known])), graph.node('Max', [count, one])]);
  const none = graph.node('Less', [count, one]);
  return graph.node('Where', [none, graph.floats([clip], []), graph.node('Sqrt', [mean])]);
}
