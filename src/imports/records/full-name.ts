/** Whether the last name comes first in a cell with the full name; `guess` looks for a comma. */
export const nameOrders = ['guess', 'last-name-first'] as const;
export type NameOrder = (typeof nameOrders)[number];

// Words that belong to the last name that follows, as in “Ludwig van Beethoven”.
const PARTICLES = new Set(
  (
    'af al am ap auf av aus ben bin bint da dal dalla das de degli dei del dela della den der des di do dos du e el ibn ' +
    'la las le li lo los mac mc o oude san santa st ste ten ter the til to tot und van vd vom von y zu zum zur'
  ).split(' '),
);
const SUFFIX = /^(jr|sr|ii|iii|iv|phd|md|esq)\.?$/i;

/** Splits a full name. A single word is a last name. */
export function splitFullName(
  fullName: string,
  order: NameOrder,
): Readonly<{ firstName: string; lastName: string }> {
  const [beforeComma = '', ...afterComma] = fullName.split(',').map((part) => part.trim());
  if (afterComma.length > 0 && !SUFFIX.test(afterComma[0] ?? '')) {
    return { firstName: afterComma.filter(Boolean).join(' '), lastName: beforeComma };
  }
  const words = fullName.replaceAll(',', ' ').trim().split(/\s+/);
  const split = order === 'last-name-first' ? endOfLeadingLastName(words) : startOfLastName(words);
  const [start, end] = [words.slice(0, split).join(' '), words.slice(split).join(' ')];
  if (order === 'last-name-first') return { firstName: end, lastName: start };
  return { firstName: start, lastName: end };
}

function startOfLastName(words: readonly string[]): number {
  let start = words.length - 1;
  while (start > 1 && SUFFIX.test(words[start] ?? '')) start -= 1;
  while (start > 1 && isParticle(words[start - 1])) start -= 1;
  return start;
}

function endOfLeadingLastName(words: readonly string[]): number {
  let end = 0;
  while (end < words.length - 2 && isParticle(words[end])) end += 1;
  return end + 1;
}

function isParticle(word = ''): boolean {
  return PARTICLES.has(word.toLowerCase().replace(/\.$/, ''));
}
