/**
 * This node among others: tells the registry that it lives, hears who else does, and takes, yields and gives up what
 * `ClusterTable` says. All waiting is by the machine's clock: a lease is a matter between machines, however fast the engine's time
 * goes.
 *
 * A crash forgets the life: the fresh behaviour begins another, and what was held is free for it as for anybody.
 */
import { ClusterTable, type ClusterTimes, type Step } from '../cluster/cluster-table.js';
import { type Epoch, sameEpoch } from '../cluster/epoch.js';
import type { Member } from '../cluster/member.js';
import { apartSentence, CLUSTER_PROTOCOL, tooFarBehind } from '../cluster/protocol.js';
import { generationOf, type LeaseEntry, leaseEntryOf, memberOf } from '../cluster/registry-values.js';
import type { Roles } from '../cluster/roles.js';
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { unreachable } from '../runtime/assert.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { Registry, RegistryChange, RegistryWatch } from '../storage/bus/registry.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';

/** What a node tells of itself at each renewal. */
export type OwnState = Omit<Member, 'node' | 'session' | 'protocol' | 'fitForMs' | 'upForMs'>;

export interface ClusterOptions {
  readonly node: string;
  readonly registry: Registry;
  /** The machine's, also where the engine's time goes another way. */
  readonly machine: Clock;
  readonly ids: Ids;
  /** All that one node at a time acts for. */
  readonly things: () => Iterable<string>;
  readonly state: () => OwnState;
  /** A number above all that it gave before, from the ledger. */
  readonly nextGeneration: () => Promise<number>;
  readonly times?: ClusterTimes;
  /** Of the words that it speaks; another than this version's only in tests. */
  readonly protocol?: number;
}

export type ClusterMessage =
  /** Something has changed in the registry. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'look' }
  /** Nothing new is taken, and what is held is handed to others; answered when nothing is left, or nobody is there to take it. */
  | { readonly kind: 'leave'; readonly left: () => void }
  | { readonly kind: 'renewed'; readonly member: Member; readonly sentMs: number; readonly revision: number | undefined }
  | { readonly kind: 'unrenewed'; readonly error: unknown }
  | { readonly kind: 'stepped'; readonly step: Step; readonly entry?: LeaseEntry; readonly revision: number | undefined }
  | { readonly kind: 'unstepped'; readonly step: Step }
  | { readonly kind: 'generation' };

const { ttlMs, settleMs, settleSymbolMs, renewMs, lookMs, askAgainMs } = LIMITS.cluster;
const TIMES: ClusterTimes = { ttlMs, settleMs, settleSymbolMs };

/** What others in the process hold of it; outlives a crash. */
export class ClusterRoles implements Roles {
  table: ClusterTable;
  readonly #bornMs: number;
  readonly #listeners = new Set<(thing: string, held: boolean) => void>();
  /** Under which epoch it was told that it is held. */
  readonly #told = new Map<string, Epoch>();

  constructor(
    readonly node: string,
    readonly machine: Pick<Clock, 'monotonicNs'>,
    readonly times: ClusterTimes = TIMES,
    /** Whether this node is fit for all it knows now. */
    readonly isFit: () => boolean = () => true,
  ) {
    this.table = new ClusterTable(node, times);
    this.#bornMs = this.nowMs;
  }

  get upForMs(): number {
    return this.nowMs - this.#bornMs;
  }

  get nowMs(): number {
    return Number(this.machine.monotonicNs() / 1_000n) / 1_000;
  }

  /** Who finds itself unfit does nothing more where another may: its leases are handed over only with its next renewal. */
  holds(thing: string): Epoch | undefined {
    const epoch = this.table.holds(thing, this.nowMs);
    return epoch !== undefined && this.#mayAct() ? epoch : undefined;
  }

  #mayAct(): boolean {
    return this.isFit() || !this.table.isOtherFit;
  }

  follow(listener: (thing: string, held: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells who follows what has changed hands since, also where it has come back meanwhile. */
  tell(things: Iterable<string>): void {
    const { nowMs } = this;
    const mayAct = this.#mayAct();
    for (const thing of things) {
      const epoch = mayAct ? this.table.holds(thing, nowMs) : undefined;
      if (sameEpoch(epoch, this.#told.get(thing))) continue;
      if (epoch === undefined) this.#told.delete(thing);
      else this.#told.set(thing, epoch);
      for (const listener of this.#listeners) listener(thing, epoch !== undefined);
    }
  }
}

class ClusterActor implements Behaviour<ClusterMessage> {
  readonly #watch: RegistryWatch;
  readonly #cancel: Cancel;
  /** Things of which a change is under way, and those of which one failed: to be tried at the next look, and not before. */
  readonly #under = new Set<string>();
  #failed: string[] = [];
  /** Of the registry, not taken in yet; one message stands for all of them. */
  #changes: RegistryChange[] = [];
  #session: string;
  #renewing = false;
  #askedMs = 0;
  #renewDueMs = 0;
  #generationDueMs = 0;
  #lives = 1;
  #leaves = false;
  #left: (() => void) | undefined;
  #fault: string | undefined;

  constructor(
    readonly context: ActorContext<ClusterMessage>,
    readonly options: ClusterOptions,
    readonly roles: ClusterRoles,
  ) {
    const { machine, registry } = options;
    roles.table = new ClusterTable(options.node, options.times ?? TIMES);
    this.#session = this.#newSession();
    this.#tellRoles();
    this.#watch = registry.watch((change) => {
      this.#changes.push(change);
      if (this.#changes.length === 1) context.self.tell({ kind: 'heard' });
    });
    this.#cancel = machine.every(lookMs, () => void context.self.tell({ kind: 'look' }));
  }

  get #table(): ClusterTable {
    return this.roles.table;
  }

  receive(message: ClusterMessage): void {
    switch (message.kind) {
      case 'heard':
      case 'look':
        for (const thing of this.#failed.splice(0)) this.#under.delete(thing);
        break;
      case 'leave':
        this.#leaves = true;
        this.#left = message.left;
        this.#renewDueMs = 0;
        break;
      case 'renewed':
        this.#renewed(message.member, message.sentMs, message.revision);
        break;
      case 'unrenewed':
        this.#renewing = false;
        this.#fault = sentence(message.error);
        break;
      case 'stepped':
        this.#stepped(message.step, message.entry, message.revision);
        break;
      case 'unstepped':
        this.#failed.push(thingIn(message.step));
        break;
      case 'generation':
        break;
      default:
        return unreachable(message);
    }
    this.#goOn();
  }

  released(): void {
    this.#cancel();
    this.#watch.close();
    this.#table.lifeEnded();
    this.#tellRoles();
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { node } = this.options;
    const held = this.#table.leases.filter((lease) => lease.node === node && lease.session === this.#table.session);
    return {
      node,
      whole: this.#table.isWhole,
      members: this.#table.members.length,
      held: held.length,
      generation: this.#table.generation ?? null,
      lives: this.#lives,
      fault: this.#fault ?? null,
    };
  }

  #newSession(): string {
    const { ids, node, machine } = this.options;
    return ids.idFor(`life:${node}:${this.roles.nowMs}`, machine.nowMs());
  }

  #hear(change: RegistryChange): void {
    const { nowMs } = this.roles;
    if (change.kind === 'anew') return this.#table.lookBegins();
    if (change.kind === 'whole') return this.#table.lookIsWhole();
    const name = change.kind === 'gone' ? change.name : change.entry.name;
    const [kind, ...rest] = name.split('/');
    const what = rest.join('/');
    if (change.kind === 'gone') {
      if (kind === 'lease') this.#table.leaseGone(what);
      if (kind === 'member') this.#table.memberGone(what);
      return;
    }
    const { value, revision } = change.entry;
    if (kind === 'generation') this.#hearGeneration(generationOf(value), nowMs);
    else if (kind === 'member') this.#hearMember(what, memberOf(value), revision, nowMs);
    else if (kind === 'lease') this.#hearLease(what, leaseEntryOf(value), revision);
  }

  #hearGeneration(generation: number | undefined, nowMs: number): void {
    if (generation !== undefined) this.#table.generationHeard(generation, nowMs);
  }

  #hearMember(node: string, member: Member | undefined, revision: number, nowMs: number): void {
    if (member?.node === node) this.#table.memberHeard(member, revision, nowMs);
  }

  #hearLease(thing: string, entry: LeaseEntry | undefined, revision: number): void {
    if (entry === undefined) return;
    const { node, session, generation } = entry;
    this.#table.leaseHeard({ thing, node, session, epoch: { generation, revision } }, revision);
  }

  #goOn(): void {
    const { nowMs } = this.roles;
    for (const change of this.#changes.splice(0)) this.#hear(change);
    if (this.#table.session !== undefined && nowMs >= this.#table.actsUntilMs()) this.#endLife();
    if (this.#table.isWhole) {
      this.#needGeneration(nowMs);
      this.#renew(nowMs);
      for (const step of this.#table.steps(this.options.things(), nowMs)) this.#begin(step);
    }
    this.#tellRoles();
    if (this.#left !== undefined && this.#hasLeft()) {
      this.#left();
      this.#left = undefined;
    }
  }

  #endLife(): void {
    this.#table.lifeEnded();
    this.#session = this.#newSession();
    this.#lives += 1;
    this.#renewDueMs = 0;
    this.context.log.warn(
      { fault: this.#fault ?? null },
      'this node was not heard for too long: it acts for nothing until it is again',
    );
  }

  /** A registry without one was never used, or was wiped. */
  #needGeneration(nowMs: number): void {
    if (this.#table.generation !== undefined || nowMs < this.#generationDueMs) return;
    this.#generationDueMs = nowMs + askAgainMs;
    const { registry, nextGeneration } = this.options;
    const made = nextGeneration().then((generation) => registry.create('generation', { generation }));
    this.context.pipe(
      made,
      () => ({ kind: 'generation' }),
      () => ({ kind: 'generation' }),
    );
  }

  #renew(nowMs: number): void {
    if (this.#renewing || (nowMs < this.#renewDueMs && !this.#hasNews(nowMs))) return;
    this.#renewing = true;
    this.#askedMs = nowMs;
    this.#renewDueMs = nowMs + renewMs;
    const { node, registry, state } = this.options;
    const before = this.#table.member(node);
    // A life that others have ended is not gone on with: its entry is gone, or is another's.
    if (this.#table.session !== undefined && before?.value.session !== this.#session) this.#endLife();
    const { protocol = CLUSTER_PROTOCOL } = this.options;
    const fitForMs = this.#table.fitForMs(this.#session, nowMs);
    const { upForMs } = this.roles;
    const value = { ...state(), ...this.#unfit(protocol), protocol, node, session: this.#session, fitForMs, upForMs };
    const name = `member/${node}`;
    const asked = before === undefined ? registry.create(name, value) : registry.replace(name, value, before.revision);
    this.context.pipe(
      asked,
      (revision) => ({ kind: 'renewed', member: value, sentMs: nowMs, revision }),
      (error) => ({ kind: 'unrenewed', error }),
    );
  }

  /** Others send EAs here by what they know: that it is busy, or has more, is told soon; less has time until the next renewal. */
  #hasNews(nowMs: number): boolean {
    const { node, state } = this.options;
    const told = this.#table.member(node)?.value;
    if (told === undefined) return false;
    const { busy, sessions } = state();
    return ((busy && !told.busy) || sessions > told.sessions) && nowMs - this.#askedMs >= lookMs;
  }

  /** Who leaves is given nothing, and hands over what it has, by being unfit; and so is who came among nodes it cannot work with. */
  #unfit(protocol: number): Partial<OwnState> {
    if (this.#leaves) return { fit: false, why: 'it leaves' };
    const far = tooFarBehind(protocol, this.#table.members);
    return far === undefined ? {} : { fit: false, why: apartSentence(far, protocol) };
  }

  #renewed(member: Member, sentMs: number, revision: number | undefined): void {
    this.#renewing = false;
    if (revision === undefined) {
      // The entry has changed since it was heard: by our own renewal whose answer was lost, or by who has given this life up.
      this.#renewDueMs = this.roles.nowMs + lookMs;
      return;
    }
    this.#fault = undefined;
    if (member.session !== this.#session) return;
    this.#table.memberWritten(member, revision, this.roles.nowMs);
    this.#table.renewed(member.session, sentMs);
  }

  #begin(step: Step): void {
    const thing = thingIn(step);
    if (this.#under.has(thing)) return;
    this.#under.add(thing);
    const { registry, node } = this.options;
    if (step.kind === 'bury') {
      this.context.log.warn({ node: step.node }, 'a node is not heard any more; what it had is given to others');
      const removed = registry.remove(`member/${step.node}`, step.revision).then((done) => (done ? step.revision : undefined));
      return this.#asked(step, removed);
    }
    const to = step.kind === 'take' ? { node, session: this.#session } : { node: step.to, session: step.session };
    const entry: LeaseEntry = { ...to, generation: this.#table.generation ?? 0 };
    if (step.kind === 'yield') this.#table.yielding(thing);
    const name = `lease/${thing}`;
    const value = { ...entry };
    this.#asked(
      step,
      step.revision === undefined ? registry.create(name, value) : registry.replace(name, value, step.revision),
      entry,
    );
  }

  #asked(step: Step, work: Promise<number | undefined>, entry?: LeaseEntry): void {
    this.context.pipe(
      work,
      (revision) => ({ kind: 'stepped', step, revision, ...(entry === undefined ? {} : { entry }) }),
      () => ({ kind: 'unstepped', step }),
    );
  }

  #stepped(step: Step, entry: LeaseEntry | undefined, revision: number | undefined): void {
    if (revision === undefined) {
      this.#failed.push(thingIn(step));
      return;
    }
    this.#under.delete(thingIn(step));
    if (step.kind === 'bury') this.#table.memberGone(step.node);
    else if (entry !== undefined) this.#hearLease(step.thing, entry, revision);
  }

  #tellRoles(): void {
    this.roles.tell(this.options.things());
  }

  /** Nothing is held any more, or nobody is there to take it. */
  #hasLeft(): boolean {
    const { node } = this.options;
    const isHeld = this.#table.leases.some((lease) => lease.node === node && lease.session === this.#table.session);
    const others = this.#table.members.some((member) => member.node !== node && member.fit);
    return !isHeld || !others || this.#table.session === undefined;
  }
}

function thingIn(step: Step): string {
  return step.kind === 'bury' ? `member/${step.node}` : step.thing;
}

export function clusterActor(options: ClusterOptions, roles: ClusterRoles): ActorSpec<ClusterMessage> {
  return { name: 'cluster', create: (context) => new ClusterActor(context, options, roles) };
}
