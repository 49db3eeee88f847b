/** What an adviser is asked, and what of its answer is taken for one. Pure: a text goes out, a text comes back. */
import type { SidedProbability } from '../signals/model-output.js';
import type { VectorSummary } from './vector-summary.js';

export interface Message {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/** How far ahead it is asked: as long as what it says may be used. */
const ADVICE_HORIZON = '15 minutes';

const SYSTEM = `You estimate, from technical figures of one symbol, whether its price will be higher or lower in ${ADVICE_HORIZON}.
Answer with one JSON object and nothing else: {"buy": p, "sell": q, "hold": r}, where p is the probability that the price is higher,
q that it is lower and r that nothing can be said; each from 0 to 1, and p + q + r = 1. Short-term prices are close to random: be calibrated.`;

export function questionOf({ symbol, timeframe, figures }: VectorSummary): readonly Message[] {
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: JSON.stringify({ symbol, timeframe, figures }) },
  ];
}

/** How far three probabilities that a model wrote down may miss 1. */
const SLACK = 0.02;
const NAMES = new Set(['buy', 'sell', 'hold']);

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/** Some put the object into a block of code although they were told not to. */
function unfenced(text: string): string {
  return /^```(?:json)?\s*([\s\S]*?)\s*```$/.exec(text.trim())?.[1] ?? text;
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(unfenced(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The two sides' probabilities, which come to 1: what an adviser gives to neither is half of each side's, so that one that is
 * sure of nothing leans nowhere. Undefined where the answer is anything else than what was asked for.
 */
export function sidesOfAnswer(text: string): SidedProbability | undefined {
  const answer = objectOf(text);
  if (answer === undefined || Object.keys(answer).some((name) => !NAMES.has(name))) return undefined;
  const { buy, sell, hold } = answer;
  if (!isShare(buy) || !isShare(sell) || !(hold === undefined || isShare(hold))) return undefined;
  const told = buy + sell + (hold ?? 0);
  if (told > 1 + SLACK || (hold !== undefined && told < 1 - SLACK)) return undefined;
  const over = Math.max(1, buy + sell);
  const BUY = buy / over + Math.max(0, 1 - buy - sell) / 2;
  return { BUY, SELL: 1 - BUY };
}
