/**
 * Operators that a tenant's own model may be made of: what the runtime computes without files, without chance and without a graph
 * within a graph. So there are no loops, and nothing whose answer differs from run to run.
 */
const MATHS =
  'Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift Ceil Celu Clip Cos Cosh CumSum Div Elu Equal Erf Exp Floor ' +
  'Gelu Greater GreaterOrEqual HardSigmoid HardSwish Hardmax IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax Max Mean Min ' +
  'Mish Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt ' +
  'Sub Sum Tan Tanh ThresholdedRelu Where Xor';
const SUMS =
  'ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ' +
  'ReduceSumSquare TopK';
const LAYERS =
  'AveragePool BatchNormalization Conv ConvTranspose Einsum Gemm GlobalAveragePool GlobalMaxPool GRU GroupNormalization ' +
  'InstanceNormalization LRN LSTM LayerNormalization LpNormalization LpPool MatMul MaxPool MeanVarianceNormalization RNN ' +
  'DequantizeLinear QuantizeLinear DynamicQuantizeLinear MatMulInteger ConvInteger QLinearConv QLinearMatMul';
const SHAPES =
  'Cast CastLike Compress Concat Constant ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten Gather GatherElements ' +
  'GatherND Identity NonZero OneHot Pad Range Reshape ReverseSequence Scatter ScatterElements ScatterND Shape Size Slice ' +
  'SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze';
const TREES =
  'ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LinearClassifier LinearRegressor Normalizer SVMClassifier ' +
  'SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor';

/** By domain; ai.onnx is the one without a name. Domains come from strangers, so no object is asked for them. */
export const OPERATORS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set([MATHS, SUMS, LAYERS, SHAPES].flatMap((names) => names.split(' ')))],
  ['ai.onnx.ml', new Set(TREES.split(' '))],
]);

/** Versions of each domain that the runtime knows. */
export const OPSET_MOST: ReadonlyMap<string, number> = new Map([
  ['', 23],
  ['ai.onnx.ml', 5],
]);
