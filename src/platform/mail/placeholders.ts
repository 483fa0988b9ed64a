import { sanitiseLine } from './plain-text.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Puts values in the place of `{name}` and the like; each stays on one line. What is not known stays as it stands. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? sanitiseLine(values[name] ?? '') : whole,
  );
}

/** What a text of the office may not hold: other placeholders than `allowed`, or a brace without its other. */
export function findPlaceholderError(text: string, allowed: readonly string[]): string | null {
  const known = allowed.map((name) => `{${name}}`).join(' and ');
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined) return `There is no {${unknown}}. You can use ${known}`;
  return /[{}]/.test(text.replaceAll(PLACEHOLDER, '')) ? `A { needs its }. You can use ${known}` : null;
}
