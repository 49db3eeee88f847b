import type { Activity } from '../../runtime/activity.js';
import { type Clock, systemClock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { Bus } from './bus.js';
import { MemoryBroker } from './memory-bus.js';
import { NatsBus } from './nats-bus.js';

export interface OpenBusOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly activity?: Activity;
  /** Copies of each stream in the servers' cluster. */
  readonly replicas?: number;
}

/**
 * Opens the bus that the setting names: `embedded`, or the servers of NATS (nats://…, tls://…, several with commas). One whose
 * servers are away begins down. A server answers in the machine's time, whatever the engine's clock.
 */
export async function openBus(setting: string, { clock, random, activity, replicas }: OpenBusOptions): Promise<Bus> {
  if (setting === 'embedded') return new MemoryBroker({ clock, random, ...(activity ? { activity } : {}) }).connect();
  return NatsBus.open({ url: setting, timers: systemClock, random, ...(replicas === undefined ? {} : { replicas }) });
}
