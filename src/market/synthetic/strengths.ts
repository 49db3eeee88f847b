import type { Random } from '../../runtime/random.js';
import { activityByMinute, minuteOfDay, openOrNextOpen } from './sessions.js';

/**
 * The walk that a synthetic market rests on: the log value of each currency, moved once a second. Every pair is the
 * difference of two of them, so cross rates agree by construction. A step is
 *   session volatility × GARCH(1,1) by the minute × news, of a shock shared in part with a common appetite for risk,
 * plus the drift of a momentum episode and a weak pull to the typical level, so that months later EURUSD is still near 1.09.
 * Each currency draws from its own stream: its path depends on the seed alone and not on which others are simulated.
 */

export const GRID_MS = 1_000;
const STEPS_PER_MINUTE = 60;
const STEPS_PER_DAY = 86_400;

interface Nature {
  /** Typical value in dollars. */
  readonly usd: number;
  /** Standard deviation of a day's log return. */
  readonly daily: number;
  /** Share of its moves that is the common appetite for risk; its square is the share of variance. */
  readonly risk: number;
}

const NATURES: Readonly<Record<string, Nature>> = {
  USD: { usd: 1, daily: 0.0032, risk: -0.2 },
  EUR: { usd: 1.09, daily: 0.0034, risk: 0.1 },
  GBP: { usd: 1.27, daily: 0.0038, risk: 0.25 },
  AUD: { usd: 0.66, daily: 0.0046, risk: 0.6 },
  NZD: { usd: 0.61, daily: 0.0046, risk: 0.6 },
  CAD: { usd: 1 / 1.36, daily: 0.0032, risk: 0.35 },
  CHF: { usd: 1 / 0.9, daily: 0.0035, risk: -0.4 },
  JPY: { usd: 1 / 150, daily: 0.0045, risk: -0.55 },
  XAU: { usd: 2_000, daily: 0.0075, risk: -0.15 },
  SEK: { usd: 1 / 10.5, daily: 0.0045, risk: 0.4 },
};

const GARCH_SHOCK = 0.18;
const GARCH_MEMORY = 0.8;
const GARCH_MOST = 20;
/** Pull to the typical level: half of a deviation is gone after about a month of trading. */
const PULL = Math.LN2 / (22 * STEPS_PER_DAY);
const NEWS_EVERY_MS = 3 * 3_600_000 * Object.keys(NATURES).length;
const NEWS_FADE = Math.exp(-GRID_MS / 240_000);
const CALM_MS = 3_000_000;
const EPISODE_MS = 3_600_000;
/** A weekend's news come out at once, as this share of a day's deviation. */
const WEEKEND_GAP = 0.5;

class Strength {
  readonly #nature: Nature;
  readonly #activity: Float64Array;
  readonly #own: number;
  readonly #stepDeviation: number;
  readonly #typical: number;
  /** Log value. */
  value: number;
  /** News level: 0 in quiet, 2 or more just after a release. */
  news = 0;
  /** GARCH variance relative to its mean. */
  variance = 1;
  #scale = 0;
  #minuteShock = 0;
  #drift = 0;
  #driftEndsMs: number;
  #newsAtMs: number;

  constructor(
    currency: string,
    readonly random: Random,
    startMs: number,
  ) {
    this.#nature = NATURES[currency] ?? { usd: 1, daily: 0.005, risk: 0 };
    this.#activity = activityByMinute(currency);
    this.#own = Math.sqrt(1 - this.#nature.risk ** 2);
    this.#stepDeviation = this.#nature.daily / Math.sqrt(STEPS_PER_DAY);
    this.#typical = Math.log(this.#nature.usd);
    this.value = this.#typical + 2 * this.#nature.daily * random.normal();
    this.#driftEndsMs = startMs + this.#wait(CALM_MS);
    this.#newsAtMs = startMs + this.#wait(NEWS_EVERY_MS);
    this.#turnMinute(startMs);
  }

  activityAt(minute: number): number {
    return this.#activity[minute] as number;
  }

  step(timeMs: number, riskShock: number): void {
    if (timeMs % 60_000 === 0) this.#turnMinute(timeMs);
    if (timeMs >= this.#newsAtMs) this.#release(timeMs);
    this.news *= NEWS_FADE;
    const shock = this.#own * this.random.normal() + this.#nature.risk * riskShock;
    this.#minuteShock += shock;
    this.value += this.#scale * (1 + this.news) * (shock + this.#drift) - PULL * (this.value - this.#typical);
  }

  /** The opening after a weekend: `timeMs` is Sunday 22:00. */
  reopen(timeMs: number): void {
    this.value += WEEKEND_GAP * this.#nature.daily * this.random.normal();
    this.news = 0.5;
    this.#turnMinute(timeMs);
  }

  #turnMinute(timeMs: number): void {
    const shock = (this.variance * this.#minuteShock ** 2) / STEPS_PER_MINUTE;
    const next = 1 - GARCH_SHOCK - GARCH_MEMORY + GARCH_SHOCK * shock + GARCH_MEMORY * this.variance;
    this.variance = Math.min(GARCH_MOST, next);
    this.#minuteShock = 0;
    this.#scale = this.#stepDeviation * Math.sqrt(this.variance * this.activityAt(minuteOfDay(timeMs)));
    if (timeMs >= this.#driftEndsMs) this.#turnEpisode(timeMs);
  }

  /** Calm, then a run in one direction; a run may be followed at once by its weaker reverse. */
  #turnEpisode(timeMs: number): void {
    const reverse = this.#drift !== 0 && this.random.chance(0.4);
    if (this.#drift !== 0 && !reverse) {
      this.#drift = 0;
      this.#driftEndsMs = timeMs + this.#wait(CALM_MS);
      return;
    }
    const strength = (0.15 + 0.2 * this.random.next()) / Math.sqrt(STEPS_PER_MINUTE);
    if (reverse) this.#drift = -Math.sign(this.#drift) * 0.7 * strength;
    else this.#drift = this.random.chance(0.5) ? strength : -strength;
    this.#driftEndsMs = timeMs + this.#wait(EPISODE_MS);
  }

  #release(timeMs: number): void {
    this.news += 1 + this.#wait(1);
    this.value += this.#stepDeviation * 15 * this.random.normal();
    this.#newsAtMs = timeMs + this.#wait(NEWS_EVERY_MS);
  }

  #wait(mean: number): number {
    return -mean * Math.log(1 - this.random.next());
  }
}

/** The strengths of several currencies, moved together on a grid of whole seconds. */
export class Strengths {
  readonly #strengths: readonly Strength[];
  readonly #risk: Random;
  #timeMs: number;

  constructor(currencies: readonly string[], random: Random, startMs: number) {
    this.#timeMs = Math.floor(startMs / GRID_MS) * GRID_MS;
    this.#risk = random.fork('risk');
    this.#strengths = currencies.map((currency) => new Strength(currency, random.fork(`strength/${currency}`), this.#timeMs));
  }

  at(index: number): Strength {
    return this.#strengths[index] as Strength;
  }

  advanceTo(toMs: number): void {
    while (this.#timeMs + GRID_MS <= toMs) {
      const next = this.#timeMs + GRID_MS;
      const open = openOrNextOpen(next);
      if (open !== next) {
        if (open > toMs) return;
        this.#timeMs = open;
        for (const strength of this.#strengths) strength.reopen(open);
        continue;
      }
      this.#timeMs = next;
      const riskShock = this.#risk.normal();
      for (const strength of this.#strengths) strength.step(next, riskShock);
    }
  }
}
