import { formatList, t } from '../i18n/i18n.ts';
import { breakUpDots, sanitiseLine } from './plain-text.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Replaces placeholders such as `{name}` by values, each on one line and never a link. Unknown placeholders are kept. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (match, name: string) =>
    Object.hasOwn(values, name) ? breakUpDots(sanitiseLine(values[name] ?? '')) : match,
  );
}

/** Checks a text for placeholders that are not `allowed` and for unbalanced braces. @returns an error message or null */
export function findPlaceholderError(text: string, allowed: readonly string[]): string | null {
  const known = formatList(allowed.map((name) => `{${name}}`));
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined) return t('mail:errors.unknownPlaceholder', { unknown: `{${unknown}}`, known });
  return /[{}]/.test(text.replaceAll(PLACEHOLDER, '')) ? t('mail:errors.unbalancedBraces', { known }) : null;
}
