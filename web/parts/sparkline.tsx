/** An account's equity in the space of a word; asked for when it is first seen. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { signed } from '../format.js';
import { useResource } from '../resource.js';
import { askEquity } from './equity.js';

const WIDTH = 112;
const HEIGHT = 26;
const EVERY_MS = 60_000;

function useSeen() {
  const ref = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      setSeen(true);
      observer.disconnect();
    });
    if (ref.current !== null) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, seen };
}

function pathOf(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const y = (value: number): number => HEIGHT - 3 - ((HEIGHT - 6) * (value - low)) / (high - low || 1);
  return values
    .map((value, at) => `${at === 0 ? 'M' : 'L'}${((WIDTH * at) / (values.length - 1)).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
}

export function EquityLine({ accountId }: { readonly accountId: string }) {
  const { ref, seen } = useSeen();
  const { value } = useResource(seen ? `equity ${accountId}` : undefined, () => askEquity(accountId), { everyMs: EVERY_MS });
  const values = useMemo(() => value?.rows.map(({ equity }) => equity) ?? [], [value]);
  const [first] = values;
  const change = first === undefined ? undefined : ((values.at(-1) as number) / first - 1) * 100;
  return (
    <span ref={ref} class="spark">
      <svg class={`drawing ${(change ?? 0) < 0 ? 'down' : 'up'}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        {values.length > 1 && <path class="line" d={pathOf(values)} />}
      </svg>
      <span>{change === undefined ? '–' : `${signed(change, 2)} %`}</span>
    </span>
  );
}
