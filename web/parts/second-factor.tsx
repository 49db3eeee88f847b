/** The second factor as it is asked for, and what to do for whoever has none. */
import { useState } from 'preact/hooks';
import type { Me } from '../answers.js';
import { get, post } from '../api.js';
import { useCell } from '../cell.js';
import { useResource } from '../resource.js';
import { link } from '../router.js';
import { isNow, session } from '../session.js';

/** An action takes a moment: what was shown must last so long. */
const LEFT_LEAST_MS = 5_000;

/** Whether a code is wanted before what trades is done; `want` says that the node has asked for one. */
export function useCodeWanted(ever: boolean): { readonly wanted: boolean; readonly want: () => void } {
  const { me } = useCell(session);
  const [wanted, setWanted] = useState(ever && (me?.secondFactorUntilMs ?? 0) < Date.now() + LEFT_LEAST_MS);
  return { wanted, want: () => setWanted(true) };
}

export async function showCode(form: FormData): Promise<void> {
  isNow(await post<Me>('/v1/session/second-factor', { code: String(form.get('code')).trim() }));
}

export function useOwnFactor() {
  return useResource('own second factor', () => get('/v1/session/totp'));
}

export function CodeField() {
  const { value } = useOwnFactor();
  return (
    <label class="field">
      <span>Second factor</span>
      <input name="code" autocomplete="one-time-code" minLength={6} maxLength={64} required />
      {value === undefined || value.enrolled ? (
        <small>Six digits of your authenticator, or a recovery code.</small>
      ) : value.mayHave ? (
        <small>
          You have none yet: <a href={link('me')}>set it up</a> first.
        </small>
      ) : (
        <small>Your sign-in had its own, which is over: come in anew, by another link or by your provider.</small>
      )}
    </label>
  );
}
