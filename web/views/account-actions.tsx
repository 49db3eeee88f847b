/** What may be done to an account: its keys, its mode, and what its EA is asked. */
import type { ComponentChildren } from 'preact';
import { patch, post } from '../api.js';
import type { AccountRow, Position } from '../answers.js';
import { instant } from '../format.js';
import { Action, type ActionWords } from '../parts/action.js';
import { Icon } from '../parts/icon.js';
import { Secret } from '../parts/secret.js';

interface Actable {
  readonly account: AccountRow;
  readonly done: () => void;
}

const reasonOf = (form: FormData): string => String(form.get('reason'));

/** How long an EA that is not there may be waited for. */
const WAIT_MS = 60_000;

function command({ account, done }: Actable, wish: (form: FormData) => object): ActionWords['run'] {
  return async (form) => {
    await post(`/v1/accounts/${account.id}/commands`, { ...wish(form), reason: reasonOf(form), waitMs: WAIT_MS });
    done();
    return undefined;
  };
}

export function Rotate({ account, done }: Actable) {
  return (
    <Action
      words={{
        title: 'Rotate the key',
        says: 'A new key is made and shown once.',
        verb: 'Rotate',
        secondFactor: true,
        fields: (
          <label class="field">
            <span>The key before</span>
            <select name="before">
              <option value="later">stays valid for a day</option>
              <option value="now">ends at once</option>
            </select>
          </label>
        ),
        run: async (form) => {
          const { key } = await post<{ readonly key: string }>(`/v1/accounts/${account.id}/rotate`, {
            reason: reasonOf(form),
            now: form.get('before') === 'now',
          });
          done();
          return <Secret name="The new key" value={key} />;
        },
      }}
    >
      <Icon name="key" />
      Rotate key
    </Action>
  );
}

const KEY_WORDS = {
  finish: {
    title: 'End the older key',
    says: 'The key before the newest is worth nothing any more: the EA has come with the newer.',
    verb: 'End it',
  },
  revoke: {
    title: 'Revoke the keys',
    says: 'The session ends, and no EA comes in for this account until its key was rotated.',
    verb: 'Revoke',
    danger: true,
  },
  unbind: {
    title: 'Unbind the account',
    says: 'The next EA that comes with the key binds the account to its login.',
    verb: 'Unbind',
    danger: true,
  },
} as const;

function KeyAction({
  account,
  done,
  what,
  children,
}: Actable & { readonly what: keyof typeof KEY_WORDS; readonly children: string }) {
  const run = async (form: FormData): Promise<undefined> => {
    await post(`/v1/accounts/${account.id}/${what}`, { reason: reasonOf(form) });
    done();
  };
  return <Action words={{ ...KEY_WORDS[what], secondFactor: true, run }}>{children}</Action>;
}

export function KeyActions(props: Actable) {
  const { previousUntil, keyUsedAt, keyRevoked, login } = props.account;
  return (
    <>
      <p class="note">
        {keyRevoked
          ? 'The keys are revoked.'
          : previousUntil === null
            ? 'One key is valid.'
            : `The older key is valid until ${instant(previousUntil)}.`}
      </p>
      <div class="tools">
        {previousUntil !== null && keyUsedAt !== null && (
          <KeyAction {...props} what="finish">
            End the older key
          </KeyAction>
        )}
        {!keyRevoked && (
          <KeyAction {...props} what="revoke">
            Revoke
          </KeyAction>
        )}
        {login !== null && (
          <KeyAction {...props} what="unbind">
            Unbind from its login
          </KeyAction>
        )}
      </div>
    </>
  );
}

export const MODES = [
  ['observe', 'Observe: signals are shown, none is executed'],
  ['demo', 'Demo: executed on demo accounts'],
  ['live', 'Live: executed with real money'],
] as const;

export function Mode({ account, done }: Actable) {
  const fields: ComponentChildren = (
    <label class="field">
      <span>Mode</span>
      <select name="mode" defaultValue={account.mode}>
        {MODES.map(([mode, word]) => (
          <option key={mode} value={mode}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Action
      words={{
        title: 'Set the mode',
        says: 'It holds from the next decision on.',
        verb: 'Set it',
        secondFactor: true,
        fields,
        run: async (form) => {
          await patch(`/v1/accounts/${account.id}`, { mode: String(form.get('mode')), reason: reasonOf(form) });
          done();
          return undefined;
        },
      }}
    >
      Mode
    </Action>
  );
}

export function AskEa(props: Actable) {
  return (
    <>
      <Action
        class="danger"
        words={{
          title: 'Close all positions',
          says: 'The EA is asked to close what the engine has opened; with all, also what somebody else has.',
          verb: 'Close them',
          danger: true,
          secondFactor: true,
          fields: (
            <label class="field">
              <span>Which</span>
              <select name="which">
                <option value="own">Those of the engine</option>
                <option value="all">All of the account</option>
              </select>
            </label>
          ),
          run: command(props, (form) => ({ action: 'close-all', everything: form.get('which') === 'all' })),
        }}
      >
        Close all
      </Action>
      <Action
        words={{
          title: 'Connect again',
          says: 'The EA leaves and comes in again.',
          verb: 'Ask it',
          secondFactor: true,
          run: command(props, () => ({ action: 'reconnect' })),
        }}
      >
        Reconnect
      </Action>
    </>
  );
}

export function ClosePosition({ of: { position, brokerName }, ...props }: Actable & { readonly of: Position }) {
  return (
    <Action
      words={{
        title: `Close ${brokerName} ${position}`,
        says: 'The EA is asked to close it at the market.',
        verb: 'Close it',
        danger: true,
        secondFactor: true,
        run: command(props, () => ({ action: 'close', position })),
      }}
    >
      Close
    </Action>
  );
}

/** Empty is no stop, or no target. */
export function MoveStops({ of: { position, brokerName, stopLoss, takeProfit }, ...props }: Actable & { readonly of: Position }) {
  const level = (name: string, label: string, value: number): ComponentChildren => (
    <label class="field">
      <span>{label}</span>
      <input name={name} type="number" min={0} step="any" defaultValue={value === 0 ? '' : String(value)} />
    </label>
  );
  return (
    <Action
      words={{
        title: `Stops of ${brokerName} ${position}`,
        says: 'The EA is asked to set them; an empty one is taken away.',
        verb: 'Set them',
        secondFactor: true,
        fields: (
          <>
            {level('stopLoss', 'Stop', stopLoss)}
            {level('takeProfit', 'Target', takeProfit)}
          </>
        ),
        run: command(props, (form) => ({
          action: 'modify',
          position,
          stopLoss: Number(form.get('stopLoss')),
          takeProfit: Number(form.get('takeProfit')),
        })),
      }}
    >
      Stops
    </Action>
  );
}
