/** What stands where nothing can be shown yet, or nothing is there, or nothing was answered: each says what to do. */
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.js';
import type { Resource } from '../resource.js';

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="state">
      <strong>{title}</strong>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

const ADVICE: Readonly<Record<number, string>> = {
  0: 'See whether the node runs (suho status) and whether this address reaches it.',
  400: 'The address asks for something that the node does not know; choose it from its list.',
  403: 'Ask an owner for a role that may see this.',
  404: 'It may have been removed, or is not within your reach.',
  429: 'Too many questions were asked; it goes on by itself in a moment.',
  501: 'This node was started without the part that answers this.',
  503: 'A part that this needs is away; Overview tells which.',
  504: 'What was asked did not answer in time; it is shown as soon as it does.',
};

export function Failed({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <strong>{error.message[0]?.toUpperCase() + error.message.slice(1)}.</strong>
      <p>
        {ADVICE[/^there is no \/v1/.test(error.message) ? 501 : error.status] ?? 'Try again; the log of the node tells more.'}
      </p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Waiting({ rows = 4 }: { readonly rows?: number }) {
  return (
    <div class="waiting" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <span key={at} />
      ))}
    </div>
  );
}

/** A resource by its state; the newest value stays while a later question fails, and says that it is old. */
export function Shown<T>(props: {
  readonly of: Resource<T>;
  readonly rows?: number;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { of, rows, children } = props;
  if (of.value === undefined) {
    if (of.error !== undefined) return <Failed error={of.error} retry={of.refresh} />;
    return <Waiting {...(rows === undefined ? {} : { rows })} />;
  }
  return (
    <>
      {of.error && (
        <p class="stale" role="status">
          This is not the newest: {of.error.message}.
        </p>
      )}
      {children(of.value)}
    </>
  );
}
