/** What is done to the node itself. */
import type { Words } from '../address.js';
import { post } from '../api.js';
import { Action, type ActionWords } from '../parts/action.js';
import { useReadiness } from '../readiness.js';

function act(path: string, done: () => void, more: (form: FormData) => Words = () => ({})): ActionWords['run'] {
  return async (form) => {
    await post(path, { reason: String(form.get('reason')), ...more(form) });
    done();
    return undefined;
  };
}

export function NodeActions() {
  const { value, refresh } = useReadiness();
  const draining = value?.parts.sessions?.ok === false;
  const drain: ActionWords = draining
    ? {
        title: 'Take sessions again',
        says: 'EAs may come in again.',
        verb: 'Take them',
        secondFactor: true,
        run: act('/v1/node/undrain', refresh),
      }
    : {
        title: 'Empty the node',
        says: 'Its EAs are sent away, and none is taken until somebody ends this. Open positions stay with their stops.',
        verb: 'Empty it',
        danger: true,
        secondFactor: true,
        fields: (
          <label class="field">
            <span>They stay away for, seconds</span>
            <input name="pause" type="number" min={0} max={3_600} defaultValue="60" required />
          </label>
        ),
        run: act('/v1/node/drain', refresh, (form) => ({ pauseMs: 1_000 * Number(form.get('pause')) })),
      };
  const reload: ActionWords = {
    title: 'Read the limits anew',
    says: 'Tiers, cost units and the file of news are read again. Where one is wrong nothing changes.',
    verb: 'Read them',
    secondFactor: true,
    run: act('/v1/node/reload-limits', refresh),
  };
  return (
    <>
      <Action words={reload}>Reload limits</Action>
      <Action words={drain}>{draining ? 'Take sessions' : 'Drain'}</Action>
    </>
  );
}
