/** What is left of a world once nothing is under way in it any more: all that its checkers judge by. */
import type { Epoch } from '../../src/cluster/epoch.js';
import type { RiskSettings } from '../../src/accounts/trading-settings.js';
import type { LedgerBooks } from '../../src/demo/simulated-day.js';
import type { SignalSummary } from '../../src/ea-sim/record.js';
import type { AuditEntry } from '../../src/storage/audit/audit.js';
import type { AuditRow } from '../../src/storage/audit/audit-log.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import type { Candle } from '../../src/market/candle.js';
import type { Timeframe } from '../../src/market/timeframe.js';

export interface Evidence {
  readonly books: LedgerBooks;
  /** By account: the EA's record and its broker's books. */
  readonly records: ReadonlyMap<string, readonly SignalSummary[]>;
  /** The audit log, and what its verifier says of it. */
  readonly audit: { readonly rows: readonly AuditRow[]; readonly report: AuditReport };
  /** By account: tickets of the deals that its broker made for us. */
  readonly deals: ReadonlyMap<string, readonly bigint[]>;
}

/** Answers the violations that it finds. */
export type Checker = (evidence: Evidence) => readonly string[];

/** An account as its operator has made it. */
export interface AccountFacts {
  readonly tenantId: string;
  readonly magicBase: number;
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly riskPercentMost: number;
  readonly positionsMost: number | null;
  readonly positionsPerSymbolMost: number | null;
  readonly leverageMost: number | null;
  readonly currencyExposureMostPercent: number | null;
  readonly dailyLossMostPercent: number | null;
  readonly directions: RiskSettings['directions'];
}

/** A SIGNAL or COMMAND as it left a node for an EA: at that instant, and no later, its row must have been there. */
export interface LeftFrame {
  readonly kind: 'SIGNAL' | 'COMMAND';
  readonly accountId: string;
  readonly node: string;
  /** Which of the node's processes: each start is another. */
  readonly life: number;
  /** Of the session that it went over, as WELCOME told it. */
  readonly epoch: number;
  readonly id: string;
  readonly committed: boolean;
  readonly atMs: number;
}

/** What an OPEN signal would lose at its stop, by the broker's own terms and prices when it first left. */
export interface Opening {
  readonly accountId: string;
  readonly id: string;
  readonly magic: bigint;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly equity: number;
  readonly volume: number;
  /** In price, from the adverse end of the entry range to the stop. */
  readonly distance: number;
  readonly contractSize: number;
  /** Of the profit's currency in the account's. */
  readonly rate: number;
  /** The broker's positions then, and beside them signals that are not decided, itself among them. */
  readonly counted: number;
  /** Those of the same symbol. */
  readonly countedOfSymbol: number;
  /** Worth of the broker's positions and of itself, as a multiple of equity. */
  readonly leverage: number;
  /** The least of lately: net worth of the currency that it brings farthest from nothing, in percent of equity; 0 where it brings none. */
  readonly exposurePercent: number;
  /** The least of lately. */
  readonly dayLossPercent: number;
}

/** Most positions that a broker held at once, and when. */
export interface HeldMost {
  readonly accountId: string;
  readonly positions: number;
  readonly atMs: number;
}

/** A node when nothing is under way: sizes of whatever may hold something. */
export interface NodeAtRest {
  readonly node: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, number>>;
}

/** A feature stream as it lives in a node, and as the node's journal gives it again. */
export interface Replayed {
  readonly node: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly live: readonly number[];
  readonly again: readonly number[];
}

/** Candles that a node journalled, and when it ran in step with its market. */
export interface NodeCandles {
  readonly node: string;
  readonly candles: readonly Candle[];
  readonly inStep: readonly { readonly fromMs: number; readonly toMs: number }[];
}

export interface TerminalAtRest {
  readonly live: boolean;
  /** What it has told and was not acked for. */
  readonly kept: number;
  readonly openSignals: number;
}

/** A node has got a thing. */
export interface Taking {
  readonly thing: string;
  readonly node: string;
  readonly epoch: Epoch;
  readonly atMs: number;
}

/** More than one node held it at that instant. */
export interface SharedThing {
  readonly thing: string;
  readonly nodes: readonly string[];
  readonly atMs: number;
}

/** A node has decided, in which condition by what the world knows of it. */
export interface DecisionMade {
  readonly what: string;
  readonly node: string;
  readonly atMs: number;
  /** For how long its ledger has been out of reach or its clock off; 0 where neither is. */
  readonly unfitForMs: number;
  /** The longest that any other node has run with all that it needs; 0 where none does. */
  readonly otherWellForMs: number;
}

export interface ClusterAtRest {
  /** By node: whom it knows. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** By thing. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
}

export interface ClusterEvidence {
  readonly takings: readonly Taking[];
  readonly shared: readonly SharedThing[];
  readonly decisions: readonly DecisionMade[];
  /** Instants at which no node was fit and within reach of others. */
  readonly nobodyFitMs: readonly number[];
  readonly atRest: ClusterAtRest;
}

/** Of a world of many nodes. */
export interface WorldEvidence extends Evidence {
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  readonly left: readonly LeftFrame[];
  readonly openings: readonly Opening[];
  /** What an EA was acked for, and was no row at that instant. */
  readonly ackedInVain: readonly string[];
  readonly held: readonly HeldMost[];
  /** Audit entries of all nodes in the order in which they were committed. */
  readonly committed: readonly AuditEntry[];
  readonly nodes: readonly NodeAtRest[];
  readonly replays: readonly Replayed[];
  readonly candles: readonly NodeCandles[];
  /** When the world began: of a candle that had begun before, its minutes are not known. */
  readonly startMs: number;
  /** When the bus last lost everything that it had. */
  readonly wipedMs?: number;
  readonly terminals: ReadonlyMap<string, TerminalAtRest>;
  readonly cluster: ClusterEvidence;
}

export type WorldChecker = (evidence: WorldEvidence) => readonly string[];
