import { InferenceSession, Tensor } from 'onnxruntime-node';
import { withoutTelemetry } from '../../src/runtime/no-telemetry.js';

withoutTelemetry();

/** What a graph gives for one set of inputs, as plain arrays, by the runtime that runs it live. */
export class OnnxSession implements AsyncDisposable {
  private constructor(readonly session: InferenceSession) {}

  static async open(bytes: Uint8Array): Promise<OnnxSession> {
    return new OnnxSession(
      await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' }),
    );
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    return this.session.run(inputs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.release();
  }
}

export function doubles(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  return new Tensor('float64', Float64Array.from(values), shape);
}

export function floats(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  return new Tensor('float32', Float32Array.from(values), shape);
}

export function numbers(tensor: Tensor | undefined): number[] {
  if (tensor === undefined) throw new Error('the graph gave no such output');
  return Array.from(tensor.data as ArrayLike<number | bigint | boolean>, Number);
}
