/**
 * The server's time as the EA knows it: offset = server − own tick count, from the sample with the smallest round trip
 * among those not older than a minute. WELCOME answers HELLO, so it is a sample too: its round trip holds the server's
 * own work and is too long rather than too short, and heartbeats soon replace it. Pure; all in microseconds.
 */
interface Sample {
  readonly atUs: number;
  readonly roundTripUs: number;
  readonly offsetUs: number;
}

const SAMPLE_LIFE_US = 60_000_000;

export class ServerClock {
  #samples: Sample[] = [];

  /** `sentUs` and `atUs` are own ticks; `serverUs` the server's clock when it answered; `heldUs` how long it held ours. */
  sample(sentUs: number, atUs: number, serverUs: number, heldUs: number): void {
    const roundTripUs = Math.max(0, atUs - sentUs - heldUs);
    const fresh = this.#samples.filter((sample) => atUs - sample.atUs < SAMPLE_LIFE_US);
    fresh.push({ atUs, roundTripUs, offsetUs: serverUs + roundTripUs / 2 - atUs });
    this.#samples = fresh;
  }

  best(nowUs: number): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) {
      if (nowUs - sample.atUs < SAMPLE_LIFE_US && (!best || sample.roundTripUs <= best.roundTripUs)) best = sample;
    }
    return best;
  }

  /** Server's time at own tick `tickUs`; 0 while it is not known. */
  at(tickUs: number, nowUs: number): number {
    const best = this.best(nowUs);
    return best ? Math.max(0, Math.round(tickUs + best.offsetUs)) : 0;
  }

  /** True when the instant may have passed at the server, or nobody can say. */
  expired(validUntilMs: number, nowUs: number): boolean {
    const best = this.best(nowUs);
    return !best || nowUs + best.offsetUs + best.roundTripUs / 2 >= validUntilMs * 1_000;
  }
}
