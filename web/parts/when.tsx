/** An instant in a list: the time of the day, and the day where it is another than that of the newest. */
import { clock, day, instant, type Instant, instantMs } from '../format.js';

export function When({ at, beside }: { readonly at: Instant; readonly beside?: Instant }) {
  const timeMs = instantMs(at);
  if (timeMs === undefined) return <>–</>;
  const other = day(at) !== day(beside ?? at);
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={`${instant(at)} UTC`}>
      {other && <span class="note">{day(at).slice(5)} </span>}
      {clock(at)}
    </time>
  );
}
