/** The checkers by name: those for any world, and those for a world of many nodes. */
import type { Checker, WorldChecker, WorldEvidence } from '../evidence.js';
import { ackedIsStored } from './acked-is-stored.js';
import { committedBeforeItLeft } from './committed-before-it-left.js';
import { candlesReachEveryNode } from './candles-reach-every-node.js';
import { endsAsItsBrokerSays } from './ends-as-its-broker-says.js';
import { everyDealIsBooked } from './every-deal-is-booked.js';
import { everyRowIsTold } from './every-row-is-told.js';
import { everySignalHasARow } from './every-signal-has-a-row.js';
import { everySignalReachesItsEa } from './every-signal-reaches-its-ea.js';
import { everybodyComesBack } from './everybody-comes-back.js';
import { everythingHasAHolder } from './everything-has-a-holder.js';
import { executedAtMostOnce } from './executed-at-most-once.js';
import { journalReplaysToLiveState } from './journal-replays-to-live-state.js';
import { longCandlesAreMadeOfMinutes } from './long-candles-are-made-of-minutes.js';
import { nodesAgreeOnCandles } from './nodes-agree-on-candles.js';
import { nothingGrows } from './nothing-grows.js';
import { numbersWithoutGaps } from './numbers-without-gaps.js';
import { oneHolderPerThing } from './one-holder-per-thing.js';
import { oneOwnerPerAccount } from './one-owner-per-account.js';
import { oneSignalPerDecision } from './one-signal-per-decision.js';
import { riskLimitsHold } from './risk-limits-hold.js';
import { tenantsNeverMix } from './tenants-never-mix.js';
import { unfitNodesDecideNothing } from './unfit-nodes-decide-nothing.js';

export const CHECKERS: Readonly<Record<string, Checker>> = {
  everySignalHasARow,
  executedAtMostOnce,
  endsAsItsBrokerSays,
  numbersWithoutGaps,
  oneSignalPerDecision,
  everyDealIsBooked,
  everyRowIsTold,
};

export const WORLD_CHECKERS: Readonly<Record<string, WorldChecker>> = {
  ...CHECKERS,
  everySignalReachesItsEa,
  committedBeforeItLeft,
  ackedIsStored,
  oneOwnerPerAccount,
  riskLimitsHold,
  tenantsNeverMix,
  journalReplaysToLiveState,
  nodesAgreeOnCandles,
  candlesReachEveryNode,
  longCandlesAreMadeOfMinutes,
  nothingGrows,
  everybodyComesBack,
  oneHolderPerThing,
  unfitNodesDecideNothing,
  everythingHasAHolder,
};

export interface Violation {
  readonly checker: string;
  readonly what: string;
}

export function violationsOf(evidence: WorldEvidence): readonly Violation[] {
  return Object.entries(WORLD_CHECKERS).flatMap(([checker, check]) => check(evidence).map((what) => ({ checker, what })));
}
