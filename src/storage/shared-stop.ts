/**
 * The emergency stop of several nodes with one ledger. Whoever is stopped stops at once, tells the others, and then has the ledger keep
 * it; they stop as soon as they hear of it, and who heard nothing learns it of the ledger within a look. It is lifted in the ledger
 * first, since a node that could not be told would go on alone.
 *
 * A stop that the ledger has not kept yet is in the data folder with the number of the ledger's change that it came after. Any node
 * that heard of it may have the ledger keep it; where the ledger has changed since, its word stands.
 */
import { sentence, SuhoError } from '../errors.js';
import type { Halt } from '../accounts/halt.js';
import type { Logger } from '../runtime/logger.js';
import type { EmergencyStop } from './emergency-stop.js';
import type { Ledger, StandingStop } from './ledger/ledger.js';

/** What nodes tell each other: a stop that may not be in the ledger yet, or that the ledger says otherwise now. */
export interface StopTold {
  readonly node: string;
  /** Null: look at the ledger. */
  readonly stopped: Halt | null;
}

export interface SharedStopOptions {
  /** Of this node. */
  readonly own: EmergencyStop;
  readonly ledger: Pick<Ledger, 'emergencyStop' | 'setEmergencyStop'>;
  readonly tell: (stopped: Halt | null) => void;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

export class SharedStop {
  readonly #options: SharedStopOptions;
  /** Number of the newest change of the ledger's that is known here. */
  #change: number | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  /** Somebody stops the nodes here and now: then the ledger's word of a moment ago does not stand. */
  #insists = false;
  #changed: () => void = () => {};

  constructor(options: SharedStopOptions) {
    this.#options = options;
  }

  /** Told when this node is stopped, or trades again. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** This node is stopped when it returns, and the others are told; the ledger keeps it when it resolves, or is asked again. */
  async stop(halt: Halt): Promise<void> {
    this.#stopHere(halt);
    this.#insists = true;
    this.#options.tell(halt);
    await this.look();
  }

  /** Rejects where the ledger does not answer: then all stay stopped. */
  async lift(): Promise<void> {
    const { ledger, tell } = this.#options;
    try {
      let standing = await ledger.emergencyStop();
      while (standing.stopped !== null) standing = await ledger.setEmergencyStop(null, standing.change);
      this.#adopt(standing);
    } catch (error) {
      const why = sentence(error);
      throw new SuhoError('UNREACHABLE', `the nodes stay stopped: the ledger must say first that they trade (${why})`, {
        cause: error,
      });
    }
    tell(null);
  }

  heard({ stopped }: Pick<StopTold, 'stopped'>): Promise<void> {
    const { own, log } = this.#options;
    if (stopped !== null && own.halt === null) {
      this.#stopHere(stopped);
      log.warn({ reason: stopped.reason }, 'another node was stopped, and so is this one');
    }
    return this.look();
  }

  /** Holds what this node does against the ledger; resolves also where the ledger does not answer. */
  async look(): Promise<void> {
    if (this.#looking !== undefined) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookUntilDone();
    await this.#looking.finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookUntilDone(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#settle();
      } catch (error) {
        this.#insists = false;
        if (this.#options.own.unkept !== undefined)
          this.#options.log.error({ err: sentence(error) }, 'the ledger did not keep the emergency stop; it is asked again');
      }
    } while (this.#again);
  }

  async #settle(): Promise<void> {
    const { own, ledger } = this.#options;
    const standing = await ledger.emergencyStop();
    const { unkept } = own;
    const isNewest = this.#insists || unkept?.after === null || unkept?.after === standing.change;
    this.#insists = false;
    if (unkept === undefined || !isNewest) return this.#adopt(standing);
    this.#adopt(standing.stopped === null ? await ledger.setEmergencyStop(unkept.halt, standing.change) : standing);
  }

  #stopHere(halt: Halt): void {
    this.#options.own.set(halt, this.#change ?? null);
    this.#changed();
  }

  #adopt({ stopped, change }: StandingStop): void {
    const { own } = this.#options;
    // It was asked for before something newer was: a restored ledger counts further, and never from the beginning.
    if (change < (this.#change ?? 0)) return;
    this.#change = change;
    const { halt, unkept } = own;
    const isSame = halt?.reason === stopped?.reason && halt?.atMs === stopped?.atMs;
    if (isSame && unkept === undefined) return;
    if (stopped === null) own.lift();
    else own.keep(stopped);
    if (!isSame) this.#changed();
  }
}
