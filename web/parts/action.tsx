/** An action that needs a reason, and a second factor where its route asks for one: said back before it is done. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../api.js';
import { Dialog } from './dialog.js';
import { CodeField, showCode, useCodeWanted } from './second-factor.js';

export interface ActionWords {
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly says: ComponentChildren;
  /** On the button. */
  readonly verb: string;
  readonly danger?: boolean;
  /** Asked for and handed on. */
  readonly reason?: boolean;
  readonly secondFactor?: boolean;
  /** Fields of its own; read from the form by name. */
  readonly fields?: ComponentChildren;
  /** Answers what is shown instead of the form, where there is something to show. */
  run(form: FormData): Promise<ComponentChildren>;
}

function ReasonField() {
  return (
    <label class="field">
      <span>Reason</span>
      <textarea name="reason" rows={2} maxLength={200} required />
      <small>Kept in the audit log with your name.</small>
    </label>
  );
}

/** What the dialog does with its form, and how far it is. */
function useAction(words: ActionWords, close: () => void) {
  const { wanted, want } = useCodeWanted(words.secondFactor === true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [said, setSaid] = useState<ComponentChildren>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      if (wanted) await showCode(form);
      const answer = await words.run(form);
      if (answer === undefined || answer === null) close();
      else setSaid(answer);
    } catch (failure) {
      const problem = failure as ApiError;
      setError(problem);
      if (problem.code === 'SECOND_FACTOR') want();
    }
    setBusy(false);
  };
  return { busy, error, said, submit, wanted };
}

export function ActionDialog({ words, close }: { readonly words: ActionWords; readonly close: () => void }) {
  const { busy, error, said, submit, wanted } = useAction(words, close);
  if (said !== undefined)
    return (
      <Dialog title={words.title} close={close}>
        {said}
        <footer>
          <button type="button" class="button" onClick={close}>
            Done
          </button>
        </footer>
      </Dialog>
    );
  return (
    <Dialog title={words.title} close={close}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{words.says}</p>
        {words.fields}
        {words.reason !== false && <ReasonField />}
        {wanted && <CodeField />}
        {error && (
          <p class="form-error" role="alert">
            {error.message}.
          </p>
        )}
        <footer>
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class={`button ${words.danger ? 'danger' : 'primary'}`} disabled={busy}>
            {busy ? 'One moment…' : words.verb}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** A button that opens its dialog. */
export function Action(props: { readonly words: ActionWords; readonly class?: string; readonly children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={`button ${props.class ?? ''}`} onClick={() => setOpen(true)}>
        {props.children}
      </button>
      {open && <ActionDialog words={props.words} close={() => setOpen(false)} />}
    </>
  );
}
