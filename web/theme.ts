/** Light, dark, or as the system says; the choice stays in this browser. */
import { Cell } from './cell.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT_AS = 'suho.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

export const theme = new Cell<Theme>(chosen());
/** What is shown; drawings on canvas take their colours anew when it changes. */
export const shade = new Cell<'light' | 'dark'>('light');

function show(): void {
  const now = theme.value === 'system' ? (dark.matches ? 'dark' : 'light') : theme.value;
  document.documentElement.dataset.theme = now;
  shade.set(now);
}

dark.addEventListener('change', show);
theme.watch((next) => {
  if (next === 'system') localStorage.removeItem(KEPT_AS);
  else localStorage.setItem(KEPT_AS, next);
  show();
});
show();

export function nextTheme(): void {
  theme.set(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] as Theme);
}

/** A colour of the style sheet, as canvas takes it. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
