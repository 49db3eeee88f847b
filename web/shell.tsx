/** What stands around every view: where one can go, whether what is seen is live, who looks, and the stop. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, get } from './api.js';
import { useCell } from './cell.js';
import { destinations } from './destinations.js';
import { live } from './live.js';
import { HaltButton } from './parts/halt.js';
import { Dialog } from './parts/dialog.js';
import { Icon } from './parts/icon.js';
import { useReadiness } from './readiness.js';
import { forgetAll, useResource } from './resource.js';
import { link, place } from './router.js';
import { can, isNow, session } from './session.js';
import { listed } from './shortcuts.js';
import { nextTheme, theme } from './theme.js';

const TABS = 4;
const STATES = {
  connecting: 'Connecting…',
  live: 'Live',
  polling: 'No stream: asking every few seconds',
} as const;

function useOpenAlerts(): number {
  const { value } = useResource('open alerts', () => get('/v1/alerts', { state: 'standing' }), {
    everyMs: 10_000,
    topic: 'alerts',
    streamed: false,
  });
  return value?.rows.filter(({ acknowledged }) => acknowledged === null).length ?? 0;
}

function Links({ alerts, chosen }: { readonly alerts: number; readonly chosen?: () => void }) {
  const [here = 'overview'] = useCell(place).parts;
  const all = destinations();
  const groups = [...new Set(all.map(({ group }) => group))];
  return (
    <>
      {groups.map((group) => (
        <section key={group}>
          <h2>{group}</h2>
          <ul>
            {all
              .filter((one) => one.group === group)
              .map(({ at, name, icon }) => (
                <li key={at}>
                  <a href={link(at)} title={name} aria-current={at === here ? 'page' : undefined} onClick={chosen}>
                    <Icon name={icon} />
                    <span>{name}</span>
                    {at === 'alerts' && alerts > 0 && (
                      <b class="count">
                        {alerts}
                        <span class="hidden"> not acknowledged</span>
                      </b>
                    )}
                  </a>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}

/** On a phone: the first few places, and all of them on demand. */
function Tabs({ alerts }: { readonly alerts: number }) {
  const [here = 'overview'] = useCell(place).parts;
  const [open, setOpen] = useState(false);
  const all = destinations();
  const first = ['overview', 'signals', 'accounts', 'symbols'].flatMap((at) => all.filter((one) => one.at === at)).slice(0, TABS);
  return (
    <>
      <nav class="tabs" aria-label="Main">
        {first.map(({ at, name, icon }) => (
          <a key={at} href={link(at)} aria-current={at === here ? 'page' : undefined}>
            <Icon name={icon} size={20} />
            {name}
          </a>
        ))}
        <button type="button" onClick={() => setOpen(true)}>
          <Icon name="menu" size={20} />
          All
        </button>
      </nav>
      {open && (
        <Dialog title="Where to" close={() => setOpen(false)}>
          <nav class="nav" aria-label="All views">
            <Links alerts={alerts} chosen={() => setOpen(false)} />
          </nav>
        </Dialog>
      )}
    </>
  );
}

function Connection() {
  const state = useCell(live.state);
  return (
    <p class={`connection ${state}`} role="status">
      <i />
      {STATES[state]}
    </p>
  );
}

async function signOut(): Promise<void> {
  await call('DELETE', '/v1/session').catch(() => undefined);
  live.close();
  forgetAll();
  isNow(undefined);
}

/** A stopped node tells so among its parts. */
function NodeStop() {
  const parts = useReadiness();
  const halted = parts.value?.parts.trading?.ok === false;
  return <HaltButton scope="node" halted={halted} done={parts.refresh} />;
}

function Bar() {
  const { me } = useCell(session);
  const mode = useCell(theme);
  return (
    <div class="bar">
      <Connection />
      <span class="grow" />
      {can('node.act') && <NodeStop />}
      <button type="button" class="ghost" aria-label={`Theme: ${mode}. Change it`} title={`Theme: ${mode}`} onClick={nextTheme}>
        <Icon name={mode === 'system' ? 'half' : mode === 'light' ? 'sun' : 'moon'} />
      </button>
      <button
        type="button"
        class="ghost"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts"
        onClick={() => listed.set(true)}
      >
        <Icon name="help" />
      </button>
      <button
        type="button"
        class="ghost"
        aria-label={`Sign out ${me?.name}`}
        title={`Sign out ${me?.name}`}
        onClick={() => void signOut()}
      >
        <Icon name="out" />
      </button>
    </div>
  );
}

function Shortcuts() {
  if (!useCell(listed)) return null;
  return (
    <Dialog title="Keyboard" close={() => listed.set(false)}>
      <dl class="keys">
        {destinations().map(({ key, name }) => (
          <>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{name}</dd>
          </>
        ))}
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>To the filter</dd>
        <dt>
          <kbd>d</kbd>
        </dt>
        <dd>Light, dark, as the system</dd>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This list</dd>
      </dl>
    </Dialog>
  );
}

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { parts } = useCell(place);
  const main = useRef<HTMLElement>(null);
  const alerts = useOpenAlerts();
  const at = parts.join('/');
  const first = useRef(true);
  useEffect(() => {
    scrollTo(0, 0);
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [at]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the view
      </button>
      <div class="shell">
        <header class="top">
          <a class="brand" href={link('overview')} aria-label="Suho, overview">
            <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
              <rect width="32" height="32" fill="#0f766e" />
              <path
                d="M6 20h5l3-9 5 12 3-7h4"
                fill="none"
                stroke="#fff"
                stroke-width="2.6"
                stroke-linecap="round"
                stroke-linejoin="round"
              />
            </svg>
            <span>Suho</span>
          </a>
          <div class="bar-holder">
            <Bar />
          </div>
        </header>
        <nav class="nav" aria-label="Views">
          <Links alerts={alerts} />
        </nav>
        <main ref={main} class="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Tabs alerts={alerts} />
      <Shortcuts />
    </>
  );
}
