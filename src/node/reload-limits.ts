/** The tables that a node goes by, read anew while it runs: all that can be used, or nothing of it. */
import type { Tiers } from '../accounts/tiers.js';
import type { CostUnits } from '../accounts/cost-units.js';
import type { Meter } from '../accounts/meter.js';
import type { LimitsRead } from '../admin/node-methods.js';
import { SuhoError } from '../errors.js';
import { sentence } from '../errors.js';
import type { NewsFile } from '../storage/news-file.js';
import type { TenantRow } from '../storage/ledger/ledger.js';
import type { TenantDirectory } from '../tenant-directory.js';

export interface LimitTables {
  readonly readTiers: () => Promise<Tiers>;
  readonly readCostUnits: () => Promise<CostUnits>;
  readonly tiers: Tiers;
  readonly meter: Pick<Meter, 'charge'>;
  readonly tenants: TenantDirectory;
  /** Absent where no file of news was named. */
  readonly news: Pick<NewsFile, 'readAnew'> | undefined;
  /** What the tenant's tier comes to may be something else now. */
  readonly changed: (tenant: TenantRow) => void;
}

export async function reloadLimits(tables: LimitTables): Promise<LimitsRead> {
  const { tiers, meter, tenants, news, changed } = tables;
  const [read, costs, useNews] = await Promise.all([tables.readTiers(), tables.readCostUnits(), news?.readAnew()]).catch(
    (error: unknown) => {
      throw new SuhoError('INPUT_INVALID', `nothing was changed: ${sentence(error)}`, { cause: error });
    },
  );
  tiers.become(read);
  meter.charge(costs);
  const newsEvents = useNews?.() ?? null;
  tenants.retier();
  for (const tenant of tenants.rows.values()) changed(tenant);
  return { read: ['tiers', 'cost-units', ...(news === undefined ? [] : ['news'])], newsEvents };
}
