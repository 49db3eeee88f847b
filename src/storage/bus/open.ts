import type { Activity } from '../../runtime/activity.js';
import { type Clock, systemClock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { Bus } from './bus.js';
import { MemoryBroker } from './memory-bus.js';
import { NatsBus } from './nats-bus.js';

export interface BusOptions {
  /** `memory`, or the servers of NATS: nats://…, tls://…, several with commas. */
  readonly bus: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly activity?: Activity;
  readonly replicas?: number;
}

/** Opens the bus that the settings name; one whose servers are away begins down. Servers answer in the machine's time. */
export async function openBus({ bus, clock, random, activity, replicas }: BusOptions): Promise<Bus> {
  if (bus === 'memory') return new MemoryBroker({ clock, random, ...(activity ? { activity } : {}) }).connect();
  return NatsBus.open({ url: bus, timers: systemClock, random, ...(replicas === undefined ? {} : { replicas }) });
}
