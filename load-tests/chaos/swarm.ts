/** EAs on the stage: each with a record on disk and a broker that means no good, all on the market and the time of the nodes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { newDemoMarket } from '../../src/demo/demo-market.js';
import { demoNowMs } from '../../src/demo/demo.js';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { type Endpoint, parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { FileRecordStore } from '../../src/ea-sim/record-file.js';
import type { EaRecord, RecordStore } from '../../src/ea-sim/record.js';
import { assert } from '../../src/runtime/assert.js';
import { type Cancel, ScaledClock, systemClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { isEncrypted, type Stage } from './stage.js';

const PUMP_MS = 50;
const QUOTES_MOST_MS = 5_000;

/** Tells of each signal that an EA’s record takes for the first time. */
class WatchedRecords implements RecordStore {
  #open: EaRecord | undefined;

  constructor(
    readonly files: FileRecordStore,
    readonly onSignal: () => void,
  ) {}

  open(): EaRecord {
    const record = this.files.open();
    const { onSignal } = this;
    this.#open = {
      state: record.state,
      append: (entry) => {
        record.append(entry);
        if (entry.kind === 'signal') onSignal();
      },
      flush: () => record.flush(),
      close: () => record.close(),
    };
    return this.#open;
  }

  crash(): void {
    this.files.crash();
  }

  get commands(): readonly string[] {
    return [...(this.#open?.state.commands.keys() ?? [])];
  }

  /** What the EA has told and nobody has said that it is kept. */
  get unacked(): number {
    return this.#open?.state.kept.size ?? 0;
  }
}

export class Swarm {
  readonly fleet: Fleet;
  readonly #records: readonly WatchedRecords[];
  #stopPump: Cancel;

  constructor(stage: Stage, onSignal: (ea: number) => void) {
    const { seed, household } = stage.options;
    const { beganMs, speed } = stage.time;
    const nowMs = demoNowMs({ demoBegan: new Date(beganMs).toISOString(), speed }, systemClock.nowMs());
    assert(nowMs !== undefined, 'the stage has a time');
    const clock = new ScaledClock(nowMs, speed);
    const market = newDemoMarket(seed);
    const prices = new SharedPrices();
    const pump = (): void =>
      market.advanceTo(clock.nowMs(), (symbol, timeMs) => {
        const truth = market.truth(symbol);
        if (truth !== undefined) prices.accept(symbol, timeMs, truth.bid, truth.ask);
      });
    pump();
    this.#stopPump = clock.every(PUMP_MS * speed, pump);

    const folder = join(household.folder, 'eas');
    mkdirSync(folder);
    const records: WatchedRecords[] = [];
    const endpointsOf = (ea: number): readonly Endpoint[] => {
      const scheme = isEncrypted(ea) ? 'tls' : 'tcp';
      const links = stage.eaLinks[ea] ?? [];
      return links.map((_, at) => parseEndpoint(`${scheme}://127.0.0.1:${links[(ea + at) % links.length]?.port}`));
    };
    this.fleet = new Fleet({
      credentials: stage.credentials,
      endpoints: endpointsOf(0),
      endpointsOf: (_, at) => endpointsOf(at),
      trust: { ca: stage.cert },
      prices,
      clock,
      random: seededRandom(seed).fork('eas'),
      behaviour: BEHAVIOURS.hostile,
      ...(stage.options.netting ? {} : { terms: { marginMode: 'HEDGING' } }),
      quotesEveryMs: Math.min(QUOTES_MOST_MS, 1_000 * speed),
      // Every EA dies without a word about once in a minute of real time.
      faults: { crashEveryMs: 60_000 * speed, restartAfterMs: 1_000 * speed },
      recordOf: ({ account }, newInstance) => {
        const ea = records.length;
        const store = new WatchedRecords(new FileRecordStore(join(folder, `${account}.record`), newInstance), () => onSignal(ea));
        records.push(store);
        return store;
      },
    });
    this.#records = records;
    household.onEnd(() => this.stop());
  }

  start(): void {
    this.fleet.start();
  }

  /** Prices stand still from here on. */
  freeze(): void {
    this.#stopPump();
    this.#stopPump = () => {};
  }

  /** By account: the commands that its EA’s record has. */
  commanded(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.fleet.terminals.map(({ accountId }, ea) => [accountId, this.#records[ea]?.commands ?? []]));
  }

  /** Frames of EAs that no server has said it keeps. */
  get unacked(): number {
    return this.#records.reduce((sum, { unacked }) => sum + unacked, 0);
  }

  stop(): void {
    this.freeze();
    this.fleet.stop();
  }
}
