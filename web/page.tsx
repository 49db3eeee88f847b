/** The whole page: the gate, or the shell around the view that the address names. */
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { askWho } from './api.js';
import { useCell } from './cell.js';
import { destinations } from './destinations.js';
import { live } from './live.js';
import { Empty } from './parts/states.js';
import { Heading } from './parts/panel.js';
import { link, place } from './router.js';
import { isNow, ofTenant, session } from './session.js';
import { Shell } from './shell.js';
import { useShortcuts } from './shortcuts.js';
import { Account } from './views/account.js';
import { Accounts } from './views/accounts.js';
import { Actors } from './views/actors.js';
import { Alerts } from './views/alerts.js';
import { Audit } from './views/audit.js';
import { Jobs } from './views/jobs.js';
import { Model } from './views/model.js';
import { Models } from './views/models.js';
import { Overview } from './views/overview.js';
import { OwnOverview } from './views/own-overview.js';
import { OwnSettings } from './views/own-settings.js';
import { Refusals } from './views/refusals.js';
import { Results } from './views/results.js';
import { OwnSignIn } from './views/own-sign-in.js';
import { SignIn } from './views/sign-in.js';
import { Signal } from './views/signal.js';
import { Signals } from './views/signals.js';
import { SymbolView } from './views/symbol.js';
import { Symbols } from './views/symbols.js';
import { Tenant } from './views/tenant.js';
import { Tenants } from './views/tenants.js';
import { Users } from './views/users.js';

const LISTS: Readonly<Record<string, ComponentType>> = {
  overview: () => (ofTenant() ? <OwnOverview /> : <Overview />),
  alerts: Alerts,
  signals: Signals,
  refusals: Refusals,
  accounts: Accounts,
  tenants: Tenants,
  results: Results,
  settings: OwnSettings,
  symbols: Symbols,
  models: Models,
  actors: Actors,
  jobs: Jobs,
  audit: Audit,
  users: Users,
  me: OwnSignIn,
};

/** Of one thing, by its name or id. */
const SINGLES: Readonly<Record<string, ComponentType<{ readonly id: string }>>> = {
  signals: Signal,
  accounts: Account,
  tenants: Tenant,
  symbols: SymbolView,
  models: Model,
};

function Nowhere() {
  return (
    <div class="view">
      <Heading title="There is nothing here" />
      <Empty title="No view of yours has this address.">
        Go to the <a href={link('overview')}>overview</a>.
      </Empty>
    </div>
  );
}

function View() {
  const [at = 'overview', id] = useCell(place).parts;
  useEffect(() => {
    const name = destinations().find((one) => one.at === at)?.name;
    document.title = name === undefined ? 'Suho' : `${id === undefined ? name : `${id} · ${name}`} · Suho`;
  }, [at, id]);
  const List = LISTS[at];
  const Single = SINGLES[at];
  if (!destinations().some((one) => one.at === at)) return <Nowhere />;
  if (id !== undefined && Single !== undefined) return <Single key={id} id={id} />;
  return List === undefined ? <Nowhere /> : <List />;
}

export function Page() {
  const { known, me } = useCell(session);
  useShortcuts();
  useEffect(() => void askWho().catch(() => isNow(undefined)), []);
  useEffect(() => {
    if (me !== undefined) live.open();
    else live.close();
  }, [me?.name]);
  if (!known) return null;
  if (me === undefined) return <SignIn />;
  return (
    <Shell>
      <View />
    </Shell>
  );
}
