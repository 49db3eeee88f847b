/** How many requests may come: of a tenant as its tier says, of everybody else by their address. */
import type { Principal } from '../access/principal.js';
import { spanStart } from '../accounts/allowances.js';
import type { Meter } from '../accounts/meter.js';
import type { TierName, Tiers } from '../accounts/tiers.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';

/** What is told of a limit in an answer's headers; none where there is no limit. */
export interface Quota {
  readonly limit: number;
  readonly left: number;
  /** Seconds until all of it is there again. */
  readonly resetSeconds: number;
  readonly spanSeconds: number;
}

export interface Admission {
  readonly admitted: boolean;
  readonly quota: Quota | undefined;
  /** Where it is not admitted: why. */
  readonly sentence?: string;
}

export interface RequestLimits {
  take(principal: Principal | undefined, address: string): Admission;
}

interface RequestLimitsOptions {
  readonly meter: Pick<Meter, 'take' | 'left'>;
  readonly tiers: Pick<Tiers, 'rate'>;
  readonly tierOf: (tenantId: string) => TierName;
  /** By the engine's a tier's minutes pass; by the machine's those of an address. */
  readonly clock: Clock;
  readonly machine: Pick<Clock, 'nowMs'>;
}

const { addresses: ADDRESSES, perAddress, addressSpanMs } = LIMITS.http;

/** Requests of an address in the span that stands; forgotten with it. */
class AddressCounts {
  readonly #counts = new Map<string, number>();
  #fromMs = 0;

  take(address: string, nowMs: number): Admission {
    const fromMs = spanStart(nowMs, addressSpanMs);
    if (fromMs !== this.#fromMs) {
      this.#fromMs = fromMs;
      this.#counts.clear();
    }
    // An address for which there is no room is as good as one that has used up what it may: there cannot be so many.
    const counted = this.#counts.get(address) ?? (this.#counts.size < ADDRESSES ? 0 : perAddress);
    const admitted = counted < perAddress;
    if (admitted) this.#counts.set(address, counted + 1);
    const left = admitted ? perAddress - counted - 1 : 0;
    const quota = quotaOf(perAddress, left, fromMs + addressSpanMs - nowMs, addressSpanMs);
    return admitted ? { admitted, quota } : { admitted, quota, sentence: 'too many requests come from this address' };
  }
}

function quotaOf(limit: number, left: number, resetMs: number, spanMs: number): Quota {
  return { limit, left, resetSeconds: Math.max(1, Math.ceil(resetMs / 1_000)), spanSeconds: spanMs / 1_000 };
}

export function requestLimits({ meter, tiers, tierOf, clock, machine }: RequestLimitsOptions): RequestLimits {
  const addresses = new AddressCounts();
  return {
    take: (principal, address) => {
      const { reach } = principal ?? {};
      if (reach === undefined || reach.kind === 'all') return addresses.take(address, machine.nowMs());
      const nowMs = clock.nowMs();
      const tier = tierOf(reach.tenantId);
      const { amount, spanMs } = tiers.rate(tier, 'requests');
      const answer = meter.take({ id: reach.tenantId, tier }, 'requests', nowMs);
      if (!answer.allowed)
        return { admitted: false, quota: quotaOf(amount, 0, answer.resetAtMs - nowMs, spanMs), sentence: answer.reason };
      if (!Number.isFinite(amount)) return { admitted: true, quota: undefined };
      const resetMs = spanStart(nowMs, spanMs) + spanMs - nowMs;
      return { admitted: true, quota: quotaOf(amount, answer.left, resetMs, spanMs) };
    },
  };
}

/** As the IETF's draft has them (draft-ietf-httpapi-ratelimit-headers). */
export function quotaHeaders({ limit, left, resetSeconds, spanSeconds }: Quota): Readonly<Record<string, string>> {
  return {
    'ratelimit-policy': `"requests";q=${limit};w=${spanSeconds}`,
    ratelimit: `"requests";r=${left};t=${resetSeconds}`,
  };
}
