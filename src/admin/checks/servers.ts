/** Servers that a node does its work without: one that does not answer is a warning. Embedded stores are the node's own, and are not opened. */
import type { Config, SettingName } from '../../config.js';
import { shownValue } from '../../config.js';
import { SuhoError, sentence } from '../../errors.js';
import type { Clock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import { openAnalytics } from '../../storage/analytics/open.js';
import { openArchiveStore } from '../../storage/archive/open.js';
import { NatsBus } from '../../storage/bus/nats-bus.js';
import { openCache } from '../../storage/cache/open.js';
import { openPatterns } from '../../storage/patterns/open.js';
import { type Finding, found } from './finding.js';

export interface ServersAsked {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
}

type Ask = (asked: ServersAsked) => Promise<void>;

interface Closed {
  close(): Promise<void>;
}

async function lookAt<S extends Closed>(store: S, look: (store: S) => Promise<unknown> | undefined): Promise<void> {
  try {
    await look(store);
  } finally {
    await store.close();
  }
}

/** A cache whose server is away begins down. */
function faultless({ fault }: { readonly fault: string | undefined }): undefined {
  if (fault !== undefined) throw new SuhoError('UNREACHABLE', fault);
}

const ASKS: readonly (readonly [setting: SettingName & ('analytics' | 'cache' | 'bus' | 'patterns' | 'archive'), ask: Ask])[] = [
  [
    'analytics',
    async ({ config, clock }) => {
      const opened = await openAnalytics({ analytics: config.analytics, folder: config.data, timers: clock });
      if (opened.kind === 'open') await lookAt(opened.store, (store) => store.ping());
    },
  ],
  ['cache', async ({ config, clock, random }) => lookAt(await openCache(config.cache, { clock, random }), faultless)],
  // A bus that is opened makes its streams.
  ['bus', ({ config }) => NatsBus.probe(config.bus)],
  [
    'patterns',
    async ({ config }) =>
      lookAt(await openPatterns(config.patterns, { folder: config.data }), async (store) => {
        if (!(await store.ready())) faultless(store);
      }),
  ],
  [
    'archive',
    async ({ config, clock }) => {
      const store = openArchiveStore({ archive: config.archive, folder: config.data, clock });
      await store.get(NO_OBJECT);
    },
  ],
];

/** Asking for an object that is not there tells whether the place can be read. */
const NO_OBJECT = 'doctor/nothing';

export async function checkServers(asked: ServersAsked): Promise<readonly Finding[]> {
  const { config } = asked;
  const named = ASKS.filter(([setting]) => !['embedded', 'off'].includes(config[setting]));
  return Promise.all(
    named.map(async ([setting, ask]) => {
      const shown = shownValue(setting, config[setting]);
      try {
        await ask(asked);
        return found(setting, 'ok', `${shown} answers.`);
      } catch (error) {
        return found(
          setting,
          'warning',
          `${shown} is not usable, and a node goes on without it: ${sentence(error).replace(/\.$/, '')}.`,
        );
      }
    }),
  );
}
