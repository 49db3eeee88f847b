/** What is shown once: it is in no store, and not in this page once the dialog is closed. */
import { useState } from 'preact/hooks';
import { Icon } from './icon.js';

export function Secret({ name, value }: { readonly name: string; readonly value: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div class="form">
      <p>{name}. It is shown this once; whoever loses it rotates it.</p>
      <code class="secret">{value}</code>
      <button type="button" class="button" onClick={() => void copy()}>
        <Icon name={copied ? 'check' : 'key'} />
        {copied ? 'Copied' : 'Copy the key'}
      </button>
    </div>
  );
}
