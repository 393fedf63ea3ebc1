/** Dark or light: what the system says, unless the person chose. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'millrace.theme';
const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

const stored = localStorage.getItem(KEY) as ThemeChoice | null;
const chosen = signal<ThemeChoice>(stored !== null && CHOICES.includes(stored) ? stored : 'system');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});

export const themeChoice: ReadonlySignal<ThemeChoice> = chosen;

export const appliedTheme: ReadonlySignal<'light' | 'dark'> = computed(() => {
  const system = systemIsDark.value ? 'dark' : 'light';
  return chosen.value === 'system' ? system : chosen.value;
});

export function chooseTheme(choice: ThemeChoice): void {
  chosen.value = choice;
  localStorage.setItem(KEY, choice);
  showTheme();
}

/** The next of system, light, dark. */
export function turnTheme(): void {
  chooseTheme(CHOICES[(CHOICES.indexOf(chosen.value) + 1) % CHOICES.length]!);
}

/** Tells the style sheet; call once at the start. */
export function showTheme(): void {
  document.documentElement.dataset.theme = chosen.value;
}
