/** Keys that act wherever one is but in a field: `g` and a letter goes somewhere, `?` lists them all. */
import { useEffect } from 'preact/hooks';
import { Cell } from './cell.js';
import { destinations } from './destinations.js';
import { go, link } from './router.js';
import { nextTheme } from './theme.js';

export const listed = new Cell(false);
const SECOND_KEY_WITHIN_MS = 1_500;

function inField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, dialog') !== null;
}

export function useShortcuts(): void {
  useEffect(() => {
    let wentAtMs = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
      if (performance.now() - wentAtMs < SECOND_KEY_WITHIN_MS) {
        const found = destinations().find(({ key }) => key === event.key);
        wentAtMs = Number.NEGATIVE_INFINITY;
        if (found === undefined) return;
        event.preventDefault();
        go(link(found.at));
      } else if (event.key === 'g') wentAtMs = performance.now();
      else if (event.key === '?') listed.set(true);
      else if (event.key === 'd') nextTheme();
      else if (event.key === '/') {
        const field = document.querySelector<HTMLElement>('.filters input, .filters select');
        if (field !== null) event.preventDefault();
        field?.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
