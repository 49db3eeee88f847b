/** How well a simulated trade server behaves: probabilities per request, and the sizes of what goes wrong. */
export interface Behaviour {
  readonly latencyMsLeast: number;
  readonly latencyMsMost: number;
  /** A market order fills up to `slipPointsMost` worse than the quote. */
  readonly slipChance: number;
  readonly slipPointsMost: number;
  /** 10004 on instant execution, besides those that a moved price earns. */
  readonly requoteChance: number;
  /** 10006 and other plain refusals. */
  readonly rejectChance: number;
  /** Only a part is filled; the rest is cancelled. */
  readonly partialChance: number;
  /** 10011, 10012 or 10031: no answer that says whether the trade happened. */
  readonly ambiguousChance: number;
  /** Share of those where it did happen … */
  readonly ambiguousTradedChance: number;
  /** … and up to this long after the terminal gave up waiting. */
  readonly lateFillMsMost: number;
  /** How long the terminal waits before it gives up. */
  readonly answerTimeoutMs: number;
  /** After 10031 the terminal is cut off from its server for up to this long. */
  readonly linkDownMsMost: number;
  /** A history query fails, which says nothing about what is in it. */
  readonly historyFailChance: number;
  /** A stop fills up to this much beyond the price that triggered it. */
  readonly stopSlipPointsMost: number;
}

const CLEAN: Behaviour = {
  latencyMsLeast: 20,
  latencyMsMost: 60,
  slipChance: 0,
  slipPointsMost: 0,
  requoteChance: 0,
  rejectChance: 0,
  partialChance: 0,
  ambiguousChance: 0,
  ambiguousTradedChance: 0,
  lateFillMsMost: 0,
  answerTimeoutMs: 5_000,
  linkDownMsMost: 0,
  historyFailChance: 0,
  stopSlipPointsMost: 0,
};

export const BEHAVIOURS = {
  /** Fills everything it may, at the quote. */
  clean: CLEAN,
  /** An ordinary broker on an ordinary day. */
  demo: {
    ...CLEAN,
    latencyMsLeast: 40,
    latencyMsMost: 250,
    slipChance: 0.25,
    slipPointsMost: 3,
    requoteChance: 0.03,
    rejectChance: 0.02,
    partialChance: 0.02,
    ambiguousChance: 0.01,
    ambiguousTradedChance: 0.5,
    lateFillMsMost: 2_000,
    linkDownMsMost: 5_000,
    historyFailChance: 0.02,
    stopSlipPointsMost: 2,
  },
  /** Everything goes wrong often. */
  hostile: {
    ...CLEAN,
    latencyMsLeast: 20,
    latencyMsMost: 1_500,
    slipChance: 0.6,
    slipPointsMost: 30,
    requoteChance: 0.2,
    rejectChance: 0.1,
    partialChance: 0.2,
    ambiguousChance: 0.25,
    ambiguousTradedChance: 0.5,
    lateFillMsMost: 20_000,
    linkDownMsMost: 30_000,
    historyFailChance: 0.3,
    stopSlipPointsMost: 40,
  },
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;
