import { sanitiseLine } from './plain-text.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Replaces placeholders such as `{name}` by values, each on one line. Unknown placeholders are kept. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (match, name: string) =>
    Object.hasOwn(values, name) ? sanitiseLine(values[name] ?? '') : match,
  );
}

/** Checks a text for placeholders that are not `allowed` and for unbalanced braces. @returns an error message or null */
export function findPlaceholderError(text: string, allowed: readonly string[]): string | null {
  const known = allowed.map((name) => `{${name}}`).join(' and ');
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined) return `There is no {${unknown}}. You can use ${known}`;
  return /[{}]/.test(text.replaceAll(PLACEHOLDER, '')) ? `A { needs its }. You can use ${known}` : null;
}
