/**
 * How the operations that our nets are written in change with what goes into them. The package's build for Node brings none, and
 * its own are of operations that the WebAssembly backend lacks in places; these are few, each made of what it has, and tried
 * against differences (test/training/nets/gradients.test.ts).
 */
import * as tf from '@tensorflow/tfjs-core';

type Saved = readonly tf.Tensor[];
type Slope = () => tf.Tensor;

const of = <T extends tf.Tensor>(dy: T | T[]): tf.Tensor => dy as tf.Tensor;

/** What was broadcast took part in many places: their slopes are summed. */
function summedTo(slope: tf.Tensor, { shape }: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, slope.shape);
  return tf.reshape(axes.length === 0 ? slope : tf.sum(slope, axes), shape);
}

function register(
  kernelName: string,
  kept: Pick<tf.GradConfig, 'inputsToSave' | 'outputsToSave' | 'saveAllInputs'>,
  gradFunc: (dy: tf.Tensor, saved: Saved, attributes: tf.NamedAttrMap) => Record<string, Slope>,
): void {
  tf.registerGradient({
    kernelName,
    ...kept,
    gradFunc: (dy, saved, attributes) => gradFunc(of(dy), saved, attributes),
  });
}

/** Of one input, given it or what came of it. */
function registerOne(kernel: string, saved: 'input' | 'output', slope: (dy: tf.Tensor, kept: tf.Tensor) => tf.Tensor): void {
  const kept = saved === 'input' ? { inputsToSave: ['x'] } : { outputsToSave: [true] };
  register(kernel, kept, (dy, [value]) => ({ x: () => slope(dy, value as tf.Tensor) }));
}

const BOTH = { inputsToSave: ['a', 'b'] };
type Two = readonly [tf.Tensor, tf.Tensor];

register(tf.Add, BOTH, (dy, saved) => {
  const [a, b] = saved as Two;
  return { a: () => summedTo(dy, a), b: () => summedTo(dy, b) };
});
register(tf.Sub, BOTH, (dy, saved) => {
  const [a, b] = saved as Two;
  return { a: () => summedTo(dy, a), b: () => summedTo(tf.neg(dy), b) };
});
register(tf.Multiply, BOTH, (dy, saved) => {
  const [a, b] = saved as Two;
  return { a: () => summedTo(tf.mul(dy, b), a), b: () => summedTo(tf.mul(dy, a), b) };
});
register(tf.BatchMatMul, BOTH, (dy, saved, { transposeA, transposeB }) => {
  const [a, b] = saved as Two;
  return {
    a: () => (transposeA ? tf.matMul(b, dy, Boolean(transposeB), true) : tf.matMul(dy, b, false, !transposeB)),
    b: () => (transposeB ? tf.matMul(dy, a, true, Boolean(transposeA)) : tf.matMul(a, dy, !transposeA, false)),
  };
});

registerOne(tf.Sigmoid, 'output', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))));
registerOne(tf.Tanh, 'output', (dy, y) => tf.mul(dy, tf.sub(1, tf.mul(y, y))));
registerOne(tf.Relu, 'input', (dy, x) => tf.mul(dy, tf.step(x)));
registerOne(tf.Softplus, 'input', (dy, x) => tf.mul(dy, tf.sigmoid(x)));
registerOne(tf.Exp, 'output', (dy, y) => tf.mul(dy, y));
registerOne(tf.Log, 'input', (dy, x) => tf.div(dy, x));
registerOne(tf.Rsqrt, 'output', (dy, y) => tf.mul(dy, tf.mul(tf.mul(y, tf.mul(y, y)), -0.5)));
registerOne(tf.Reshape, 'input', (dy, { shape }) => tf.reshape(dy, shape));

register(tf.Sum, { inputsToSave: ['x'] }, (dy, [x], { axis }) => {
  const { shape } = x as tf.Tensor;
  const kept = shape.slice();
  for (const at of tf.util.parseAxisParam(axis as number | number[], shape)) kept[at] = 1;
  return { x: () => tf.mul(tf.reshape(dy, kept), tf.ones(shape)) };
});
register(tf.Slice, { inputsToSave: ['x'] }, (dy, [x], { begin, size }) => {
  const { shape } = x as tf.Tensor;
  const from = begin as readonly number[];
  const sizes = size as readonly number[];
  const around = shape.map((all, at): [number, number] => [
    from[at] as number,
    all - (from[at] as number) - (dy.shape[at] ?? (sizes[at] as number)),
  ]);
  return { x: () => tf.pad(dy, around) };
});
register(tf.PadV2, { inputsToSave: ['x'] }, (dy, [x], { paddings }) => ({
  x: () =>
    tf.slice(
      dy,
      (paddings as readonly (readonly number[])[]).map(([before = 0]) => before),
      (x as tf.Tensor).shape,
    ),
}));
tf.registerGradient({
  kernelName: tf.SplitV,
  gradFunc: (dy, _saved, { axis }) => ({ x: () => tf.concat(dy as tf.Tensor[], axis as number) }),
});
tf.registerGradient({
  kernelName: tf.Concat,
  saveAllInputs: true,
  gradFunc: (dy, saved, { axis }) => {
    const [along = 0] = tf.util.parseAxisParam(axis as number, (saved[0] as tf.Tensor).shape);
    const sizes = saved.map(({ shape }) => shape[along] as number);
    // By place, as its inputs have no names.
    return tf.split(of(dy), sizes, along).map((part) => () => part) as unknown as Record<string, Slope>;
  },
});
