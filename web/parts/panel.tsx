/** A titled part of a view, and the figures that stand in rows at the top of one. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export function Panel(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly wide?: boolean;
  readonly flush?: boolean;
  /** What it takes of the page at least, so that what is below stays where it is once it is filled. */
  readonly room?: string;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  const { title, note, tools, wide, flush, room, children } = props;
  return (
    <section class={`panel${wide ? ' wide' : ''}`} aria-labelledby={id} style={{ minHeight: room }}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
        {tools !== undefined && <div class="tools">{tools}</div>}
      </header>
      <div class={flush ? 'panel-flush' : 'panel-body'}>{children}</div>
    </section>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'calm' | 'even';

export function Badge({ tone = 'even', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Tile(props: {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly tone?: Tone;
  readonly href?: string;
}) {
  const { label, value, note, tone = 'even', href } = props;
  const inner = (
    <>
      <dt>{href === undefined ? label : <a href={href}>{label}</a>}</dt>
      <dd class={`figure ${tone}`}>{value}</dd>
      <dd class="note">{note ?? '\u00a0'}</dd>
    </>
  );
  return <div class="tile">{inner}</div>;
}

export function Tiles({ children }: { readonly children: ComponentChildren }) {
  return <dl class="tiles">{children}</dl>;
}

/** A name and what it is; `whole` where it takes the whole width. */
export type Fact = readonly [name: string, value: ComponentChildren, width?: 'whole'];

export function Facts({ rows }: { readonly rows: readonly Fact[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value, width]) => (
        <div key={name} class={width}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Heading(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly back?: { readonly href: string; readonly name: string };
  readonly children?: ComponentChildren;
}) {
  const { title, note, back, children } = props;
  return (
    <header class="heading">
      <div>
        {back && (
          <a class="back" href={back.href}>
            ‹ {back.name}
          </a>
        )}
        <h1>{title}</h1>
        {note !== undefined && <p class="note">{note}</p>}
      </div>
      {children !== undefined && <div class="tools">{children}</div>}
    </header>
  );
}
