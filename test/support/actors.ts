import { setImmediate as turn } from 'node:timers/promises';
import { ActorSystem, type ActorSystemOptions, NactScheduler } from '../../src/actors/actor.js';
import { Activity } from '../../src/runtime/activity.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { restartPolicy } from '../../src/supervisors/restart-policy.js';

export interface TestSystem extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly activity: Activity;
}

export function testSystem(options: Partial<ActorSystemOptions> = {}): TestSystem {
  const activity = options.activity ?? new Activity();
  const scheduler = options.scheduler ?? new NactScheduler(silentLogger);
  const system = new ActorSystem({
    scheduler,
    clock: systemClock,
    random: seededRandom('test'),
    log: silentLogger,
    restartPolicy,
    ...options,
    activity,
  });
  return {
    system,
    activity,
    async [Symbol.asyncDispose]() {
      system.close();
      if (scheduler instanceof NactScheduler) scheduler.close();
    },
  };
}

/** Lets the event loop turn until the condition holds; fails with `what` after `withinMs`. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 10_000): Promise<void> {
  const end = systemClock.nowMs() + withinMs;
  while (!(await condition())) {
    if (systemClock.nowMs() > end) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await turn();
  }
}
