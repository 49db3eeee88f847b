/** Several test nodes with one ledger and one bus, each with its folder, to which EAs come; any may be cut off the bus or the ledger. */
import { Catalogue } from '../../src/accounts/catalogue.js';
import { CommandRequests } from '../../src/accounts/command-requests.js';
import { OtherNodes } from '../../src/node/other-nodes.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import type { Bus } from '../../src/storage/bus/bus.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import type { Link } from '../../src/storage/bus/link.js';
import { EmergencyStop } from '../../src/storage/emergency-stop.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { TestNode } from './node.js';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';

const TIERS = await readTiers();

export class TestLink implements Link {
  #up = true;
  readonly #listeners = new Set<() => void>();

  get up(): boolean {
    return this.#up;
  }

  set up(up: boolean) {
    this.#up = up;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export class ClusterNode {
  readonly link = new TestLink();
  readonly bus: Bus;
  readonly stop: EmergencyStop;
  readonly others: OtherNodes;
  readonly requests: CommandRequests;
  readonly catalogue: Catalogue;
  /** Whether its ledger answers what is asked by `others`. */
  hasLedger = true;
  end: () => Promise<void> = async () => {};
  /** Tenants whose own models it was told of. */
  readonly ownModels: string[] = [];

  constructor(
    readonly name: string,
    readonly world: TestCluster,
    readonly node: TestNode,
    readonly folder: TemporaryFolder,
  ) {
    this.bus = world.broker.connect(this.link);
    this.stop = new EmergencyStop(folder.path);
    const { clock, ledger } = node;
    const ids = seededIds(name);
    this.others = new OtherNodes({
      node: name,
      bus: this.bus,
      ledger: this.#ledger(ledger),
      stop: this.stop,
      others: () => world.nodes.map((other) => other.name).filter((other) => other !== name),
      clock,
      ids,
      log: silentLogger,
    });
    this.others.stop.onChange(() => node.tenants.tell({ kind: 'halted', tenantId: 'blue' }));
    this.requests = new CommandRequests({
      ledger,
      clock,
      ids,
      tell: (tenantId, accountId, wish, answered) => {
        const message = { kind: 'command', wish, answered } as const;
        node.tenants.tell({ kind: 'command', tenantId, to: { kind: 'command', accountId, message } });
      },
      elsewhere: (account, wish) => this.others.command(account, wish),
    });
    this.catalogue = new Catalogue({
      ledger,
      tiers: TIERS,
      clock,
      changed: ({ id }) => this.others.tellChanged('account', id),
    });
  }

  /** As a ledger that this node's own looks may find away. */
  #ledger(ledger: Ledger): Pick<Ledger, 'emergencyStop' | 'setEmergencyStop' | 'changedAccounts' | 'changedTenants'> {
    const reached = async <T>(call: () => Promise<T>): Promise<T> => {
      if (!this.hasLedger) throw new Error('the ledger is away');
      return call();
    };
    return {
      emergencyStop: () => reached(() => ledger.emergencyStop()),
      setEmergencyStop: (stopped, after) => reached(() => ledger.setEmergencyStop(stopped, after)),
      changedAccounts: (after) => reached(() => ledger.changedAccounts(after)),
      changedTenants: (after) => reached(() => ledger.changedTenants(after)),
    };
  }

  async serve(): Promise<void> {
    await this.others.stop.look();
    const { tenants, system } = this.node;
    this.end = this.others.serve({
      tenants,
      tenantChanged: (tenant) => void tenants.tell({ kind: 'tenant', tenant }),
      ownModelsChanged: (tenantId) => void this.ownModels.push(tenantId),
      view: async (tenantId, accountId) => {
        const described = await system.describe(`/engine/tenants/${tenantId}/accounts/${accountId}`);
        return described.kind === 'told' && described.figures.session !== null ? described.figures : undefined;
      },
    });
  }

  /** As after a kill: nothing is left of it but its folder. */
  async kill(): Promise<void> {
    this.link.up = false;
    await this.end();
    await this.bus.close();
    await this.node[Symbol.asyncDispose]();
  }
}

export class TestCluster implements AsyncDisposable {
  readonly broker: MemoryBroker;
  readonly nodes: ClusterNode[] = [];

  private constructor() {
    this.broker = new MemoryBroker({ clock: new SteppedClock(0), random: seededRandom('broker') });
  }

  static async open(...names: readonly string[]): Promise<TestCluster> {
    const world = new TestCluster();
    for (const name of names) await world.join(name);
    return world;
  }

  async join(name: string, folder?: TemporaryFolder): Promise<ClusterNode> {
    const after = this.nodes[0]?.node;
    let own: ClusterNode | undefined;
    const halted = () => own?.stop.halt ?? null;
    const node = await TestNode.open(after === undefined ? { halted } : { halted, after });
    own = new ClusterNode(name, this, node, folder ?? (await temporaryFolder()));
    this.nodes.push(own);
    await own.serve();
    return own;
  }

  of(name: string): ClusterNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }

  async advance(ms: number): Promise<void> {
    for (const { node } of this.nodes) await node.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) {
      await node.kill();
      await node.folder[Symbol.asyncDispose]();
    }
  }
}
