/**
 * `writeScaledInputs` as a graph, for nets: a row per input and a column per vector. Of the runtime's operations those that pick
 * columns out of vectors are the dear ones, so the vectors are turned once; then what is picked is whole rows, and what is measured
 * alike stands together and is divided by one row. Doubles are kept until the close, or a column's own centre, is
 * taken off, for a price less another by a ten-thousandth is nothing in floats; from there on floats are exact enough.
 */
import { COLUMNS } from '../../indicators/registry.js';
import type { InputScale } from '../../models/input-scale.js';
import { YARDSTICKS, type Yardstick } from '../../models/input-measures.js';
import { CODED_INPUTS, MEASURED_INPUTS, RANGE_LEAST, YARDSTICK_PLACES } from '../../models/model-inputs.js';
import type { GraphBuilder, GraphValue } from './graph-builder.js';
import type { OnnxAttribute } from './onnx-model.js';

const FIRST: Readonly<Record<string, OnnxAttribute>> = { axis: { kind: 'int', value: 0 } };
const FLOAT: Readonly<Record<string, OnnxAttribute>> = { to: { kind: 'int', value: 1 } };
const TURNED: Readonly<Record<string, OnnxAttribute>> = { perm: { kind: 'ints', value: [1, 0] } };

/** Measured inputs that go the same way through the graph, by their places among all. */
interface Group {
  readonly fromClose: boolean;
  readonly yardstick: Yardstick;
  readonly places: readonly number[];
}

const GROUPS: readonly Group[] = [true, false].flatMap((fromClose) =>
  YARDSTICKS.map((yardstick) => ({
    fromClose,
    yardstick,
    places: MEASURED_INPUTS.flatMap(({ measure }, place) =>
      measure.fromClose === fromClose && measure.yardstick === yardstick ? [place] : [],
    ),
  })).filter(({ places }) => places.length > 0),
);
/** Place of each row of the groups, one after the other. */
const ORDER: readonly number[] = GROUPS.flatMap(({ places }) => places);

/** `[SCALED_COUNT, vectors]` of vectors in whatever dimensions, the columns last. */
export function scaledInputs(graph: GraphBuilder, vectors: GraphValue, scale: InputScale): GraphValue {
  const flat = graph.node('Reshape', [vectors, graph.ints([-1, COLUMNS.length])]);
  const columns = graph.node('Transpose', [flat], { attributes: TURNED });
  const rows = (places: readonly number[]): GraphValue =>
    graph.node('Gather', [columns, graph.ints(places)], { attributes: FIRST });
  const { close, shares } = yardOf(graph, rows);
  const measured = GROUPS.map((group) => {
    const raw = rows(group.places.map((place) => (MEASURED_INPUTS[place] as (typeof MEASURED_INPUTS)[number]).place));
    const off = graph.node('Cast', [anchored(graph, raw, group, close)], { attributes: FLOAT });
    const share = shares[group.yardstick];
    return share === undefined ? off : graph.node('Mul', [off, share]);
  });
  const together = graph.node('Concat', measured, { attributes: FIRST });
  const inPlace = graph.node('Gather', [together, graph.ints(ORDER.map((_, place) => ORDER.indexOf(place)))], {
    attributes: FIRST,
  });
  return masked(graph, inPlace, codes(graph, rows), scale);
}

/** Less the close, or less what lies at the middle of its bounds. */
function anchored(graph: GraphBuilder, raw: GraphValue, { fromClose, places }: Group, close: GraphValue): GraphValue {
  if (fromClose) return graph.node('Sub', [raw, close]);
  const centres = places.map((place) => MEASURED_INPUTS[place]?.measure.centre ?? 0);
  return centres.every((centre) => centre === 0) ? raw : graph.node('Sub', [raw, graph.doubles(centres, [centres.length, 1])]);
}

type Rows = (places: readonly number[]) => GraphValue;

interface Yard {
  readonly close: GraphValue;
  /** One divided by each length, in floats; none where nothing is to be divided. */
  readonly shares: Readonly<Record<Yardstick, GraphValue | undefined>>;
}

function yardOf(graph: GraphBuilder, rows: Rows): Yard {
  const { weightedClose, median, range: rangePlace, volume: volumePlace } = YARDSTICK_PLACES;
  const none = graph.doubles([Number.NaN], []);
  const above = (value: GraphValue, least: GraphValue): GraphValue =>
    graph.node('Where', [graph.node('Greater', [value, least]), value, none]);
  const close = graph.node('Sub', [graph.node('Mul', [rows([weightedClose]), graph.doubles([2], [])]), rows([median])]);
  const range = above(rows([rangePlace]), graph.node('Mul', [close, graph.doubles([RANGE_LEAST], [])]));
  const volume = above(rows([volumePlace]), graph.doubles([0], []));
  const squared = graph.node('Mul', [range, range]);
  const times = (one: GraphValue, other: GraphValue): GraphValue => graph.node('Mul', [one, other]);
  const share = (above: GraphValue, below: GraphValue): GraphValue =>
    graph.node('Cast', [graph.node('Div', [above, below])], { attributes: FLOAT });
  const one = graph.doubles([1], []);
  return {
    close,
    shares: {
      one: undefined,
      range: share(one, range),
      'range²': share(one, squared),
      'range share': share(close, range),
      volume: share(one, volume),
      'volume · range share': share(close, times(volume, range)),
      'volume · range': share(one, times(volume, range)),
      'range² / volume': share(volume, squared),
    },
  };
}

function codes(graph: GraphBuilder, rows: Rows): GraphValue {
  const raw = rows(CODED_INPUTS.map(({ place }) => place));
  const named = graph.doubles(
    CODED_INPUTS.map(({ code }) => code),
    [CODED_INPUTS.length, 1],
  );
  return graph.node('Cast', [graph.node('Equal', [raw, named])], { attributes: FLOAT });
}

/** By their own scale, then the coded, then where the measured have no value. */
function masked(graph: GraphBuilder, measured: GraphValue, coded: GraphValue, { centres, widths, clip }: InputScale): GraphValue {
  const column = (of: (width: number, place: number) => number): GraphValue =>
    graph.floats(Array.from(widths, of), [widths.length, 1]);
  const scales = MEASURED_INPUTS.map(({ measure }) => measure.scale);
  const times = graph.node('Mul', [measured, column((width, place) => 1 / (width * (scales[place] as number)))]);
  const scaled = graph.node('Sub', [times, column((width, place) => (centres[place] as number) / width)]);
  const missing = graph.node('IsNaN', [scaled]);
  const clipped = graph.node('Clip', [scaled, graph.floats([-clip], []), graph.floats([clip], [])]);
  const values = graph.node('Where', [missing, graph.floats([0], []), clipped]);
  const mask = graph.node('Cast', [missing], { attributes: FLOAT });
  return graph.node('Concat', [values, coded, mask], { attributes: FIRST });
}
