import { assert } from '../../runtime/assert.js';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from './onnx-model.js';

/** The versions of operators that our graphs are written in. */
export const OPSETS = { '': 17, 'ai.onnx.ml': 3 } as const;

/** A value within a graph, by its name. */
export type GraphValue = string & { readonly graphValue: unique symbol };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: keyof typeof OPSETS;
}

/** Puts a graph together from its inputs to its outputs, and names what is between. */
export class GraphBuilder {
  readonly #inputs: OnnxPort[] = [];
  readonly #outputs: OnnxPort[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  #named = 0;

  input(port: OnnxPort): GraphValue {
    this.#inputs.push(port);
    return port.name as GraphValue;
  }

  doubles(values: ArrayLike<number>, shape: readonly number[] = [values.length]): GraphValue {
    return this.#hold({ name: this.#fresh('held'), type: 'double', shape, data: Float64Array.from(values) });
  }

  floats(values: ArrayLike<number>, shape: readonly number[] = [values.length]): GraphValue {
    return this.#hold({ name: this.#fresh('held'), type: 'float', shape, data: Float32Array.from(values) });
  }

  /** A shape of no dimension is a single number. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): GraphValue {
    return this.#hold({ name: this.#fresh('held'), type: 'int64', shape, data: BigInt64Array.from(values, BigInt) });
  }

  node(op: string, inputs: readonly GraphValue[], options: NodeOptions = {}): GraphValue {
    const [output] = this.nodeOf(op, inputs, 1, options);
    return output as GraphValue;
  }

  /** A node of several outputs. */
  nodeOf(op: string, inputs: readonly GraphValue[], outputs: number, options: NodeOptions = {}): readonly GraphValue[] {
    const names = Array.from({ length: outputs }, () => this.#fresh(op.toLowerCase()));
    this.#nodes.push({ op, domain: options.domain ?? '', inputs, outputs: names, attributes: options.attributes ?? {} });
    return names;
  }

  /** Shows a value under the port's name. */
  output(value: GraphValue, port: OnnxPort): void {
    this.#nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
    this.#outputs.push(port);
  }

  build(name: string, metadata: Readonly<Record<string, string>> = {}): OnnxModel {
    assert(this.#outputs.length > 0, 'a graph has an output');
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      initializers: this.#initializers,
      opsets: OPSETS,
      metadata,
    };
  }

  #hold(tensor: OnnxTensor): GraphValue {
    this.#initializers.push(tensor);
    return tensor.name as GraphValue;
  }

  #fresh(stem: string): GraphValue {
    this.#named += 1;
    return `${stem}_${this.#named}` as GraphValue;
  }
}
