/**
 * What an ONNX file holds, read by ourselves before a runtime sees it. Only what is known is let through: a field, a type of
 * tensor or an operator that is not in these tables is refused, and so is what another reader might take otherwise, like a second
 * graph. Numbers beside the fields are those of onnx.proto.
 */
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { OPERATORS, OPSET_MOST } from './onnx-operators.js';
import { FieldBudget, fieldsOf, intOf, intsOf, malformed, messageOf, type ProtoField, textOf } from './proto-reader.js';

/** TensorProto.DataType, with the bytes of an element. */
const ELEMENTS: Readonly<Record<number, readonly [name: string, bytes: number]>> = {
  1: ['float32', 4],
  2: ['uint8', 1],
  3: ['int8', 1],
  6: ['int32', 4],
  7: ['int64', 8],
  9: ['bool', 1],
  10: ['float16', 2],
  11: ['float64', 8],
};

/** What goes in or comes out: a dimension is its size, or undefined where any size will do. */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | undefined)[];
}

export interface GraphFacts {
  readonly bytes: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: number;
  /** Operators that it uses, in order, with their domain before them where they have one. */
  readonly operators: readonly string[];
  readonly initializerBytes: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface GraphLimits {
  readonly graphBytes: number;
  readonly graphFields: number;
  readonly graphNodes: number;
  readonly graphDimensions: number;
  readonly graphPorts: number;
  readonly graphTextBytes: number;
}

function refused(what: string): SuhoError {
  return new SuhoError('INPUT_INVALID', `such a model is not run here: ${what}`);
}

type Handlers = Readonly<Record<number, (field: ProtoField) => void>>;

const pass = (): void => {};

/** One walk over one file. */
class GraphWalk {
  readonly #budget: FieldBudget;
  readonly opsets: Record<string, number> = {};
  readonly metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  readonly operators = new Set<string>();
  readonly initializers = new Set<string>();
  readonly inputs: GraphPort[] = [];
  readonly outputs: GraphPort[] = [];
  nodes = 0;
  initializerBytes = 0;
  #graphs = 0;

  constructor(readonly limits: GraphLimits) {
    this.#budget = new FieldBudget(limits.graphFields);
  }

  model(bytes: Uint8Array): void {
    this.#each('the model', bytes, {
      1: pass,
      2: pass,
      3: pass,
      4: pass,
      5: pass,
      6: pass,
      7: (field) => this.#graph(messageOf(field)),
      8: (field) => this.#opset(messageOf(field)),
      14: (field) => this.#property(messageOf(field)),
    });
    if (this.#graphs !== 1) throw malformed('it holds no graph, or several');
    for (const [domain, version] of Object.entries(this.opsets))
      if (version > (OPSET_MOST.get(domain) ?? 0)) throw refused(`its operators are of ${shown(domain)}`);
  }

  /** Calls what is there for each field; one that is not in the table is refused. */
  #each(what: string, message: Uint8Array, handlers: Handlers): void {
    for (const field of fieldsOf(message, this.#budget)) {
      const handler = handlers[field.number];
      if (handler === undefined) throw refused(`${what} has a field ${field.number}, which is not let in`);
      handler(field);
    }
  }

  #text(field: ProtoField): string {
    return textOf(field, this.limits.graphTextBytes);
  }

  #graph(message: Uint8Array): void {
    this.#graphs += 1;
    this.#each('its graph', message, {
      1: (field) => this.#node(messageOf(field)),
      2: pass,
      5: (field) => {
        this.initializers.add(this.#tensor(messageOf(field)));
      },
      10: pass,
      11: (field) => this.#port(this.inputs, messageOf(field)),
      12: (field) => this.#port(this.outputs, messageOf(field)),
      13: pass,
      16: pass,
    });
  }

  #opset(message: Uint8Array): void {
    let domain = '';
    let version = 0n;
    this.#each('an opset', message, {
      1: (field) => {
        domain = this.#text(field);
      },
      2: (field) => {
        version = intOf(field);
      },
    });
    const own = domain === 'ai.onnx' ? '' : domain;
    if (!OPERATORS.has(own)) throw refused(`it needs operators of ${shown(own)}`);
    if (version < 1n || version > 1_000n) throw malformed('an opset has no version');
    this.opsets[own] = Math.max(this.opsets[own] ?? 0, Number(version));
  }

  #property(message: Uint8Array): void {
    let key = '';
    let value = '';
    this.#each('a property', message, {
      1: (field) => {
        key = this.#text(field);
      },
      2: (field) => {
        value = this.#text(field);
      },
    });
    if (key in this.metadata) throw malformed(`it tells ${JSON.stringify(key)} twice`);
    this.metadata[key] = value;
  }

  #node(message: Uint8Array): void {
    this.nodes += 1;
    if (this.nodes > this.limits.graphNodes) throw refused(`it has more than ${this.limits.graphNodes} nodes`);
    let operator = '';
    let domain = '';
    this.#each('a node', message, {
      1: pass,
      2: pass,
      3: pass,
      4: (field) => {
        operator = this.#text(field);
      },
      5: (field) => this.#attribute(messageOf(field)),
      6: pass,
      7: (field) => {
        domain = this.#text(field);
      },
      9: pass,
    });
    const own = domain === 'ai.onnx' ? '' : domain;
    const named = own === '' ? operator : `${own}.${operator}`;
    if (OPERATORS.get(own)?.has(operator) !== true) throw refused(`it uses the operator ${JSON.stringify(named)}`);
    this.operators.add(named);
  }

  /** Numbers, texts and tensors; no graph, no sparse tensor, no type, no reference into a function. */
  #attribute(message: Uint8Array): void {
    this.#each('an attribute', message, {
      1: pass,
      2: pass,
      3: pass,
      4: pass,
      5: (field) => void this.#tensor(messageOf(field)),
      7: pass,
      8: pass,
      9: pass,
      10: (field) => void this.#tensor(messageOf(field)),
      13: pass,
      20: pass,
    });
  }

  /** Answers its name. Its values lie in the file, and are as many bytes as its shape says: nothing lies in another file. */
  #tensor(message: Uint8Array): string {
    const dims: bigint[] = [];
    let type = 0;
    let name = '';
    let raw: number | undefined;
    this.#each('a tensor', message, {
      1: (field) => {
        for (const size of intsOf(field)) {
          dims.push(size);
          if (dims.length > this.limits.graphDimensions)
            throw refused(`a tensor has more than ${this.limits.graphDimensions} dimensions`);
        }
      },
      2: (field) => {
        type = Number(intOf(field));
      },
      4: pass,
      5: pass,
      7: pass,
      8: (field) => {
        name = this.#text(field);
      },
      9: (field) => {
        raw = messageOf(field).length;
      },
      10: pass,
      11: pass,
      12: pass,
      14: (field) => {
        if (intOf(field) !== 0n) throw refused('a tensor lies in another file');
      },
      16: pass,
    });
    const element = ELEMENTS[type];
    if (element === undefined) throw refused(`a tensor is of type ${type}`);
    const size = this.#sizeOf(dims, element[1]);
    if (raw !== undefined && raw !== size) throw malformed(`the tensor ${JSON.stringify(name)} has ${raw} bytes, not ${size}`);
    this.initializerBytes += size;
    if (this.initializerBytes > this.limits.graphBytes)
      throw refused(`its tensors have more than ${this.limits.graphBytes} bytes`);
    return name;
  }

  #sizeOf(dims: readonly bigint[], elementBytes: number): number {
    let size = BigInt(elementBytes);
    for (const dim of dims) {
      if (dim < 0n) throw malformed('a tensor has a dimension below 0');
      size *= dim;
      if (size > BigInt(this.limits.graphBytes)) throw refused(`a tensor has more than ${this.limits.graphBytes} bytes`);
    }
    return Number(size);
  }

  #port(into: GraphPort[], message: Uint8Array): void {
    if (into.length >= this.limits.graphPorts) throw refused(`it has more than ${this.limits.graphPorts} inputs or outputs`);
    let name = '';
    let told: Pick<GraphPort, 'type' | 'shape'> | undefined;
    this.#each('a port', message, {
      1: (field) => {
        name = this.#text(field);
      },
      2: (field) => {
        if (told !== undefined) throw malformed(`it tells the type of ${JSON.stringify(name)} twice`);
        told = this.#portType(messageOf(field));
      },
      3: pass,
      4: pass,
    });
    if (told === undefined) throw malformed(`the port ${JSON.stringify(name)} has no type`);
    into.push({ name, ...told });
  }

  #portType(message: Uint8Array): Pick<GraphPort, 'type' | 'shape'> {
    let type = 0;
    const shape: (number | undefined)[] = [];
    const tensor = (bytes: Uint8Array): void =>
      this.#each('a tensor’s type', bytes, {
        1: (field) => {
          type = Number(intOf(field));
        },
        2: (field) => this.#each('a shape', messageOf(field), { 1: (dim) => this.#dimension(shape, messageOf(dim)) }),
      });
    this.#each('a type', message, { 1: (field) => tensor(messageOf(field)), 6: pass });
    // Classifiers may tell labels in words; those are not asked for.
    return { type: type === 8 ? 'string' : (ELEMENTS[type]?.[0] ?? `type ${type}`), shape };
  }

  #dimension(shape: (number | undefined)[], message: Uint8Array): void {
    if (shape.length >= this.limits.graphDimensions)
      throw refused(`a port has more than ${this.limits.graphDimensions} dimensions`);
    let size: number | undefined;
    this.#each('a dimension', message, {
      1: (field) => {
        size = Number(intOf(field));
      },
      2: pass,
      3: pass,
    });
    shape.push(size);
  }
}

function shown(domain: string): string {
  return domain === '' ? 'a newer ai.onnx' : JSON.stringify(domain);
}

/** What the file holds; INPUT_INVALID, with the reason, where it cannot be read or is not let in. Nothing else is thrown. */
export function readOnnxGraph(bytes: Uint8Array, limits: GraphLimits = LIMITS.ownModels): GraphFacts {
  if (bytes.length > limits.graphBytes) throw refused(`its file has ${bytes.length} bytes, more than ${limits.graphBytes}`);
  const walk = new GraphWalk(limits);
  walk.model(bytes);
  const { opsets, metadata, nodes, initializers, initializerBytes, inputs, outputs, operators } = walk;
  return {
    bytes: bytes.length,
    opsets,
    nodes,
    operators: [...operators].sort(),
    initializerBytes,
    // Older files name their held tensors among the inputs.
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    outputs,
    metadata: { ...metadata },
  };
}
