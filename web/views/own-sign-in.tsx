/** Who one is here, and one's own second factor: begun by a secret for an authenticator, and counted once its code was shown. */
import { useState } from 'preact/hooks';
import { type ApiError, post } from '../api.js';
import type { Me } from '../answers.js';
import { useCell } from '../cell.js';
import { count, instant } from '../format.js';
import { Badge, Facts, Heading, Panel } from '../parts/panel.js';
import { useOwnFactor } from '../parts/second-factor.js';
import { Shown } from '../parts/states.js';
import { isNow, session } from '../session.js';

interface Begun {
  readonly secret: string;
  readonly url: string;
}

function Recovery({ codes, done }: { readonly codes: readonly string[]; readonly done: () => void }) {
  return (
    <div class="form">
      <p>It counts from now on. Each of these codes is worth one sign-in without the authenticator; they are shown this once.</p>
      <pre class="secret">{codes.join('\n')}</pre>
      <div>
        <button type="button" class="button" onClick={done}>
          I have kept them
        </button>
      </div>
    </div>
  );
}

function Confirm({ begun, confirmed }: { readonly begun: Begun; readonly confirmed: (codes: readonly string[]) => void }) {
  const [error, setError] = useState<ApiError>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget as HTMLFormElement).get('code')).trim();
    try {
      const { recoveryCodes } = await post<{ readonly recoveryCodes: readonly string[] }>('/v1/session/totp/confirm', { code });
      confirmed(recoveryCodes);
    } catch (failure) {
      setError(failure as ApiError);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <p>Give the secret to your authenticator, or open the link on the device that has it; then show its first code.</p>
      <code class="secret">{begun.secret}</code>
      <a class="secret" href={begun.url}>
        {begun.url}
      </a>
      <label class="field">
        <span>First code</span>
        <input name="code" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxLength={6} required />
        <small>Six digits.</small>
      </label>
      {error && (
        <p class="form-error" role="alert">
          {error.message}.
        </p>
      )}
      <div>
        <button type="submit" class="button primary">
          Confirm
        </button>
      </div>
    </form>
  );
}

function Enrol({ done }: { readonly done: () => void }) {
  const [begun, setBegun] = useState<Begun | ApiError>();
  const [codes, setCodes] = useState<readonly string[]>();
  const begin = async (): Promise<void> => setBegun(await post<Begun>('/v1/session/totp').catch((error: ApiError) => error));
  if (codes !== undefined) return <Recovery codes={codes} done={done} />;
  if (begun !== undefined && 'secret' in begun) return <Confirm begun={begun} confirmed={setCodes} />;
  return (
    <div class="form">
      <p>What trades needs a second factor: a code of an authenticator beside your password.</p>
      {begun && (
        <p class="form-error" role="alert">
          {begun.message}.
        </p>
      )}
      <div>
        <button type="button" class="button primary" onClick={() => void begin()}>
          Set it up
        </button>
      </div>
    </div>
  );
}

/** All other sign-ins end by it; this one goes on. */
function OwnPassword() {
  const [said, setSaid] = useState<ApiError | 'changed'>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const form = new FormData(element);
    try {
      isNow(await post<Me>('/v1/me/password', { old: form.get('old'), password: form.get('password') }));
      element.reset();
      setSaid('changed');
    } catch (failure) {
      setSaid(failure as ApiError);
    }
  };
  return (
    <Panel title="Password" note="your other sign-ins end by it">
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>The old one</span>
          <input name="old" type="password" autocomplete="current-password" required />
        </label>
        <label class="field">
          <span>The new one</span>
          <input name="password" type="password" autocomplete="new-password" minLength={12} required />
          <small>At least 12 characters.</small>
        </label>
        <div role="status">
          {said === 'changed' && <p class="form-done">It is changed.</p>}
          {said instanceof Error && <p class="form-error">{said.message}.</p>}
        </div>
        <div>
          <button type="submit" class="button primary">
            Change it
          </button>
        </div>
      </form>
    </Panel>
  );
}

function SecondFactor({ of: factor }: { readonly of: ReturnType<typeof useOwnFactor> }) {
  return (
    <Panel title="Second factor">
      <Shown of={factor} rows={2}>
        {({ mayHave, enrolled, recoveryCodesLeft }) => {
          if (!mayHave) return <p>You came by a link or by a provider, which has vouched for you; nothing of it is kept here.</p>;
          if (!enrolled) return <Enrol done={factor.refresh} />;
          return (
            <p>
              <Badge tone="good">set up</Badge> {count(recoveryCodesLeft)} recovery codes are left. Where an authenticator was
              lost, who changes users takes it away.
            </p>
          );
        }}
      </Shown>
    </Panel>
  );
}

export function OwnSignIn() {
  const { me } = useCell(session);
  const factor = useOwnFactor();
  const until = me?.secondFactorUntilMs ?? 0;
  return (
    <div class="view">
      <Heading title="Your sign-in" />
      <Panel title="Who you are">
        <Facts
          rows={[
            ['Name', me?.name],
            ['Role', me?.role],
            ['Reaches', me?.tenantId ?? 'all tenants'],
            ['Second factor', until > Date.now() ? `shown; it counts until ${instant(until)} UTC` : 'not shown lately'],
          ]}
        />
      </Panel>
      <SecondFactor of={factor} />
      {factor.value?.mayHave && <OwnPassword />}
    </div>
  );
}
