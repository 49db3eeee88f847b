/** Who may come in: people by name and password, programs by a key that is shown once. */
import type { ComponentChildren } from 'preact';
import { ROLES, isTenantRole, type Role } from '../../src/access/roles.js';
import { get, patch, post, remove } from '../api.js';
import type { UserRow } from '../answers.js';
import { day } from '../format.js';
import { Action } from '../parts/action.js';
import { Icon } from '../parts/icon.js';
import { More, usePages } from '../parts/pages.js';
import { Badge, Heading, Panel } from '../parts/panel.js';
import { Secret } from '../parts/secret.js';
import { Empty, Shown } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { ofTenant, session } from '../session.js';

const PASSWORD_LEAST = 12;

/** What a form's field of addresses says, one beside the other. */
function addressesOf(form: FormData): readonly string[] {
  return String(form.get('addresses'))
    .split(/[\s,]+/)
    .filter((one) => one !== '');
}

function RoleField({ now, roles }: { readonly now?: Role; readonly roles: readonly Role[] }) {
  return (
    <label class="field">
      <span>Role</span>
      <select name="role" defaultValue={now}>
        {roles.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </select>
    </label>
  );
}

function TenantField() {
  const tenants = useResource('tenants', () => get('/v1/tenants', { most: 500 }));
  return (
    <label class="field">
      <span>Tenant</span>
      <select name="tenant">
        <option value="">None: it reaches all</option>
        {tenants.value?.rows.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <small>Of a tenant’s roles, which.</small>
    </label>
  );
}

function AddressesField({ now = [] }: { readonly now?: readonly string[] }) {
  return (
    <label class="field">
      <span>Addresses</span>
      <input name="addresses" defaultValue={now.join(' ')} />
      <small>Those that it may come from, as 10.0.0.0/8; empty is all.</small>
    </label>
  );
}

function PasswordField({ label = 'Password', required = true }: { readonly label?: string; readonly required?: boolean }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input name="password" type="password" autocomplete="new-password" minLength={PASSWORD_LEAST} required={required} />
      <small>At least {PASSWORD_LEAST} characters.</small>
    </label>
  );
}

function NewFields({ children }: { readonly children?: ComponentChildren }) {
  return (
    <>
      <label class="field">
        <span>Name</span>
        <input name="name" autocomplete="off" maxLength={63} required />
        {ofTenant() && <small>It ends in @{session.value.me?.tenantId}.</small>}
      </label>
      <RoleField roles={ofTenant() ? ROLES.filter(isTenantRole) : ROLES} />
      {!ofTenant() && <TenantField />}
      <AddressesField />
      {children}
    </>
  );
}

/** Of a role of all tenants there is none. */
function tenantOf(form: FormData): { readonly tenant?: string } {
  const tenant = session.value.me?.tenantId ?? String(form.get('tenant') ?? '');
  return tenant === '' ? {} : { tenant };
}

function newUser(form: FormData): object {
  return { name: form.get('name'), role: form.get('role'), ...tenantOf(form), addresses: addressesOf(form) };
}

function AddUser({ done }: { readonly done: () => void }) {
  return (
    <Action
      class="primary"
      words={{
        title: 'Add a user',
        says: 'Whoever has its name and password comes in with its role.',
        verb: 'Add it',
        reason: false,
        secondFactor: true,
        fields: (
          <NewFields>
            <PasswordField />
          </NewFields>
        ),
        run: async (form) => {
          await post('/v1/users', { ...newUser(form), password: form.get('password') });
          done();
          return undefined;
        },
      }}
    >
      <Icon name="plus" />
      Add a user
    </Action>
  );
}

function AddKey({ done }: { readonly done: () => void }) {
  return (
    <Action
      words={{
        title: 'Add a key for a program',
        says: 'It is sent as a bearer token. It has no second factor, so it does nothing that trades.',
        verb: 'Add it',
        secondFactor: true,
        fields: <NewFields />,
        run: async (form) => {
          const { key } = await post<{ readonly key: string }>('/v1/api-keys', {
            ...newUser(form),
            reason: form.get('reason'),
          });
          done();
          return <Secret name={`The key ${form.get('name')}`} value={key} />;
        },
      }}
    >
      <Icon name="key" />
      Add a key
    </Action>
  );
}

interface OfUser {
  readonly user: UserRow;
  readonly done: () => void;
}

function Change({ user, done }: OfUser) {
  const { name, role, addresses, secondFactor, program } = user;
  const own = ROLES.filter((one) => isTenantRole(one) === isTenantRole(role));
  return (
    <Action
      words={{
        title: `Change ${name}`,
        says: 'Another password, or taking the second factor away, ends its sign-ins.',
        verb: 'Change it',
        reason: false,
        secondFactor: true,
        fields: (
          <>
            <RoleField now={role} roles={own} />
            <AddressesField now={addresses} />
            {!program && <PasswordField label="Another password" required={false} />}
            {secondFactor && (
              <label>
                <input type="checkbox" name="away" /> Take its second factor away
              </label>
            )}
          </>
        ),
        run: async (form) => {
          const password = String(form.get('password') ?? '');
          await patch(`/v1/users/${encodeURIComponent(name)}`, {
            role: form.get('role'),
            addresses: addressesOf(form),
            ...(password !== '' && { password }),
            ...(form.has('away') && { secondFactor: false }),
          });
          done();
          return undefined;
        },
      }}
    >
      Change
    </Action>
  );
}

function Remove({ user: { name }, done }: OfUser) {
  return (
    <Action
      words={{
        title: `Remove ${name}`,
        says: 'Its sign-ins end, and nobody comes in by it; its name stays its own.',
        verb: 'Remove it',
        danger: true,
        reason: false,
        secondFactor: true,
        run: async () => {
          await remove(`/v1/users/${encodeURIComponent(name)}`);
          done();
          return undefined;
        },
      }}
    >
      Remove
    </Action>
  );
}

function columns(done: () => void): readonly Column<UserRow>[] {
  return [
    { name: 'Name', cell: ({ name }) => name },
    { name: 'Role', cell: ({ role }) => role },
    { name: 'Tenant', from: 'tablet', cell: ({ tenantId }) => tenantId ?? 'all' },
    {
      name: 'Second factor',
      from: 'tablet',
      cell: ({ secondFactor, program }) => {
        if (program) return <Badge>a program</Badge>;
        return secondFactor ? <Badge tone="good">set up</Badge> : <Badge>none</Badge>;
      },
    },
    { name: 'Addresses', from: 'desk', cell: ({ addresses }) => addresses.join(' ') || 'all' },
    { name: 'Since', from: 'desk', cell: ({ createdAt }) => day(createdAt) },
    {
      name: '',
      cell: (user) => (
        <>
          <Change user={user} done={done} /> <Remove user={user} done={done} />
        </>
      ),
    },
  ];
}

export function Users() {
  const pages = usePages('/v1/users', { most: undefined }, ({ name }) => name, { everyMs: 15_000 });
  const done = pages.first.refresh;
  return (
    <div class="view">
      <Heading title="Users" note="Who may come in, and what for. The machine’s own link is nobody’s of these.">
        <AddKey done={done} />
        <AddUser done={done} />
      </Heading>
      <Panel title="All users" flush>
        <Shown of={pages.first} rows={5}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title="No user yet.">Add one here, or by suho user add.</Empty>
            ) : (
              <>
                <Table label="Users" columns={columns(done)} rows={pages.rows} keyOf={({ name }) => name} />
                <More pages={pages} />
              </>
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}
