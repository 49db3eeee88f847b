/**
 * One process that runs the models of one tenant, from its start to its end.
 *
 * What holds it, whatever the model does: the operating system refuses it more private memory than it may have (RLIMIT_DATA,
 * which a shell sets before it becomes the process, so there is no instant without it) and more address space, core dumps and
 * files; while it computes, the memory that it has is looked at besides, and it is killed past the bound; it is the first that an
 * operating system short of memory would end; others go before it (its priority is lower); each call has an end by the machine's time. It
 * is given an environment without anything of ours, an empty folder, and talks by its standard input and output alone: what it says is bounded and checked,
 * and what is no answer ends it. It is ended by its own id, by SIGKILL, which no process can refuse.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { type ByteFrame, ByteFrameReader, encodeByteFrame } from '../runtime/byte-frames.js';
import type { Cancel, Timers } from '../runtime/clock.js';
import { NO_TELEMETRY } from '../runtime/no-telemetry.js';
import { OWN_REPORTS, type OwnReport, type OwnRequest } from './own-words.js';

export interface ChildLimits {
  readonly memoryBytes: number;
  readonly addressBytes: number;
  readonly watchMs: number;
  readonly startMs: number;
}

export interface ChildOptions {
  /** The machine's, not the engine's: a process hangs whatever time it is in the engine. */
  readonly machine: Timers;
  /** An empty folder. */
  readonly folder: string;
  readonly limits?: ChildLimits;
  /** For tests: another entry point, and without what the operating system does. */
  readonly entry?: URL;
  readonly bySystem?: boolean;
}

export interface Said {
  readonly report: OwnReport;
  readonly values: Float64Array;
}

interface Call {
  readonly resolve: (said: Said) => void;
  readonly reject: (error: SuhoError) => void;
  readonly cancel: Cancel;
}

const ENTRY = new URL('../../workers/own-model.js', import.meta.url);
/** No just-in-time compiler and a small heap: it only moves numbers, and the runtime of the models is not JavaScript. */
const FLAGS = ['--jitless', '--no-expose-wasm', '--max-old-space-size=64', '--max-semi-space-size=2', '--no-warnings'];
const TOLD_MOST = 300;
const OUT_OF_MEMORY = /bad_alloc|bad allocation|out of memory|allocat/i;

/** Whether processes can be held here as they must be. */
function canHoldChildren(platform: string = process.platform): boolean {
  return platform === 'linux';
}

function failed(what: string): SuhoError {
  return new SuhoError('INFERENCE_FAILED', what);
}

/** Kilobytes, as the shell counts them. The limits are hard: the process cannot raise them again. */
function heldBy({ memoryBytes, addressBytes }: ChildLimits, bySystem: boolean): string {
  const limits = `ulimit -d ${memoryBytes / 1_024} && ulimit -v ${addressBytes / 1_024} && ulimit -c 0 && ulimit -f 0 && ulimit -n 128`;
  return `{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; ${bySystem ? `${limits} && ` : ''}exec "$0" "$@"`;
}

export class OwnChild {
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #limits: ChildLimits;
  readonly #machine: Timers;
  readonly #reader = new ByteFrameReader({ header: LIMITS.ownModels.saidBytes, payload: LIMITS.ownModels.saidBytes });
  #call: Call | undefined;
  #over: SuhoError | undefined;
  /** Why we ended it, where we did. */
  #killed: string | undefined;
  #told = '';
  #mostBytes = 0;

  private constructor({ machine, folder, limits = LIMITS.ownModels, entry = ENTRY, bySystem = true }: ChildOptions) {
    this.#machine = machine;
    this.#limits = limits;
    const words = [process.execPath, ...FLAGS, fileURLToPath(entry)];
    this.#process = spawn('/bin/sh', ['-c', heldBy(limits, bySystem), ...words], {
      cwd: folder,
      env: NO_TELEMETRY,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#lowerPriority();
    this.#process.stdin?.on('error', () => {});
    this.#process.stdout?.on('data', (piece: Buffer) => this.#hear(piece));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#told = (this.#told + text).slice(-TOLD_MOST);
    });
    this.ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#end(this.#killed ?? `its process ended by itself: ${why}${this.#told === '' ? '' : `, ${this.#told.trim()}`}`);
        resolve();
      };
      this.#process.once('close', (code, signal) => end(signal ?? `code ${code}`));
      this.#process.once('error', (error) => end(sentence(error)));
    });
  }

  /** A process that is ready for its first model. */
  static async start(options: ChildOptions): Promise<OwnChild> {
    if (!canHoldChildren()) throw failed('a tenant’s own models run on Linux alone, where their memory can be bounded');
    const child = new OwnChild(options);
    const { report } = await child.#await((options.limits ?? LIMITS.ownModels).startMs, 'to start');
    if (report.kind === 'ready') return child;
    child.kill('it did not say that it is ready');
    await child.ended;
    throw failed('its process did not start');
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Why it is no more, or about to be no more; undefined while it is. */
  get over(): string | undefined {
    return this.#over?.message ?? this.#killed;
  }

  /** The most memory that it was seen to have. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  /**
   * One call at a time. Rejects where the model failed; `over` tells whether the process was lost with it.
   */
  async ask(request: OwnRequest, payload: Uint8Array, mostMs: number): Promise<Said> {
    if (this.#over !== undefined) throw this.#over;
    const said = this.#await(mostMs, request.kind === 'load' ? 'to load it' : 'to run it');
    this.#process.stdin?.write(encodeByteFrame(request, payload));
    const heard = await said;
    if (heard.report.kind === (request.kind === 'load' ? 'loaded' : 'answered')) return heard;
    if (heard.report.kind !== 'failed') {
      this.kill('it answered something else than it was asked');
      await this.ended;
      throw this.#over ?? failed('its process was lost');
    }
    const { message } = heard.report;
    throw failed(
      OUT_OF_MEMORY.test(message)
        ? `it wants more memory than the ${this.#limits.memoryBytes} bytes it may have: ${message}`
        : message,
    );
  }

  kill(why: string): void {
    this.#killed ??= why;
    this.#process.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.kill('it is no longer needed');
    await this.ended;
  }

  /** Before the shell has become the process, so that all of its threads have it. */
  #lowerPriority(): void {
    try {
      if (this.#process.pid !== undefined) setPriority(this.#process.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It may have ended already; then its end tells why.
    }
  }

  #await(mostMs: number, what: string): Promise<Said> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      const late = this.#machine.after(mostMs, () => this.kill(`it took more than ${mostMs} ms ${what}, and was killed`));
      const watch = this.#machine.every(this.#limits.watchMs, () => void this.#look());
      const cancel = (): void => {
        late();
        watch();
      };
      this.#call = { resolve, reject, cancel };
    });
  }

  async #look(): Promise<void> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8').catch(() => '');
    const bytes = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
    this.#mostBytes = Math.max(this.#mostBytes, bytes);
    if (bytes <= this.#limits.memoryBytes || this.#over !== undefined) return;
    this.kill(`it had ${bytes} bytes of memory, more than the ${this.#limits.memoryBytes} it may have, and was killed`);
  }

  #hear(piece: Uint8Array): void {
    if (this.#killed !== undefined) return;
    try {
      for (const frame of this.#reader.feed(piece)) this.#take(frame);
    } catch {
      this.kill('it said what is no answer, and was killed');
    }
  }

  #take({ header, payload }: ByteFrame): void {
    const report = header as OwnReport | null;
    const call = this.#call;
    const known = typeof report === 'object' && report !== null && OWN_REPORTS.includes(report.kind);
    if (
      !known ||
      call === undefined ||
      payload.length % 8 !== 0 ||
      (report.kind === 'failed' && typeof report.message !== 'string')
    )
      throw failed('no answer');
    this.#call = undefined;
    call.cancel();
    call.resolve({ report, values: new Float64Array(payload.buffer, payload.byteOffset, payload.length / 8) });
  }

  #end(why: string): void {
    this.#over = failed(why);
    this.#call?.cancel();
    this.#call?.reject(this.#over);
    this.#call = undefined;
  }
}
