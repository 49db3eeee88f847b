/** Name, password, and the second factor where one is set; or whoever else vouches. */
import { useRef, useState } from 'preact/hooks';
import { type ApiError, post } from '../api.js';
import type { Me } from '../answers.js';
import { useCell } from '../cell.js';
import { isNow, session } from '../session.js';

function useSigningIn() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const codeField = useRef<HTMLInputElement>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const totp = String(form.get('totp') ?? '').trim();
    setBusy(true);
    try {
      const words = { name: form.get('name'), password: form.get('password') };
      isNow(await post<Me>('/v1/session', totp === '' ? words : { ...words, totp }));
    } catch (failure) {
      const problem = failure as ApiError;
      setError(problem);
      setBusy(false);
      if (problem.code === 'SECOND_FACTOR') codeField.current?.focus();
    }
  };
  return { busy, error, codeField, submit };
}

function Provider() {
  const { oidc } = useCell(session);
  if (!oidc) return null;
  return (
    <a class="button" href="/v1/oidc/login">
      Sign in by your provider
    </a>
  );
}

export function SignIn() {
  const { busy, error, codeField, submit } = useSigningIn();
  return (
    <main class="gate">
      <div class="panel">
        <h1>
          <svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#0f766e" />
            <path
              d="M6 20h5l3-9 5 12 3-7h4"
              fill="none"
              stroke="#fff"
              stroke-width="2.6"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
          </svg>
          Sign in to Suho
        </h1>
        <form class="form" onSubmit={(event) => void submit(event)}>
          <label class="field">
            <span>Name</span>
            <input name="name" autocomplete="username" required />
          </label>
          <label class="field">
            <span>Password</span>
            <input name="password" type="password" autocomplete="current-password" required />
          </label>
          <label class="field">
            <span>Second factor</span>
            <input ref={codeField} name="totp" autocomplete="one-time-code" minLength={6} maxLength={64} />
            <small>Six digits of your authenticator, or a recovery code; empty where you have none.</small>
          </label>
          {error && (
            <p class="form-error" role="alert">
              {error.message[0]?.toUpperCase() + error.message.slice(1)}.
            </p>
          )}
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'One moment…' : 'Sign in'}
          </button>
          <Provider />
          <p class="note">
            On the node’s own machine <code>suho start</code> prints a link that signs in once, and <code>suho admin link</code>{' '}
            prints another.
          </p>
        </form>
      </div>
    </main>
  );
}
