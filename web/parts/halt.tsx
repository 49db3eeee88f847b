/** The emergency stop, of the node, a tenant or an account, and its end. */
import { post } from '../api.js';
import { Action, type ActionWords } from './action.js';
import { Icon } from './icon.js';

interface Stoppable {
  readonly scope: 'node' | 'tenant' | 'account';
  readonly id?: string;
  readonly halted?: boolean;
  readonly done?: () => void;
}

const WHAT = {
  node: 'every account of every tenant on this node',
  tenant: 'every account of this tenant',
  account: 'this account',
} as const;

/** Beside each other in a view, each button says what it stops. */
const SHORT = { node: 'all', tenant: 'tenant', account: 'account' } as const;

function words({ scope, id, halted, done }: Stoppable): ActionWords {
  const run = (path: string) => async (form: FormData) => {
    await post(path, { scope, ...(id === undefined ? {} : { id }), reason: String(form.get('reason')) });
    done?.();
    return undefined;
  };
  if (halted)
    return {
      title: 'Resume trading',
      says: `New signals go out again to ${WHAT[scope]}.`,
      verb: 'Resume',
      secondFactor: true,
      run: run('/v1/resume'),
    };
  return {
    title: 'Emergency stop',
    says: `No new signal goes out to ${WHAT[scope]} until somebody resumes. Open positions stay with their stops; closing signals still go out.`,
    verb: 'Stop now',
    danger: true,
    run: run('/v1/halt'),
  };
}

export function HaltButton(props: Stoppable) {
  return (
    <Action words={words(props)} class={props.halted ? 'primary' : 'danger'}>
      <Icon name={props.halted ? 'play' : 'stop'} />
      <span class={props.scope === 'node' ? 'word' : ''}>
        {props.halted ? 'Resume' : 'Stop'} {SHORT[props.scope]}
      </span>
      {props.scope === 'node' && <span class="hidden"> trading</span>}
    </Action>
  );
}
