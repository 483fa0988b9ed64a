import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import pLimit from 'p-limit';
import { t } from '../platform/i18n/i18n.ts';
import { normalisePassword } from '../platform/text/text.ts';

export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 200;

// argon2id (the library's default) with OWASP's parameters: 19 MiB, 2 passes, 1 lane.
const ARGON2_OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

// One hash per core at a time: more in parallel are slower, and many sign-ins must not slow down all other pages.
const hashingLimit = pLimit(availableParallelism());

// The first 40 characters are enough to judge a password, and longer checks would block other requests.
const strengthEstimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: 40 });

export function hashPassword(password: string): Promise<string> {
  return hashingLimit(() => hash(normalisePassword(password), ARGON2_OPTIONS));
}

let dummyHash: Promise<string> | undefined;

/** Checks a password. With a null hash (no such account) it takes the same time and returns false. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (normalisePassword(password).length > MAX_PASSWORD_LENGTH) return false;
  dummyHash ??= hashPassword('no account has this password');
  const isCorrect = await hashingLimit(async () =>
    verify(passwordHash ?? (await dummyHash) ?? '', normalisePassword(password)),
  );
  return isCorrect && passwordHash !== null;
}

/**
 * Explains in one sentence what is wrong with a new password, or returns null. Only its length and how easy it is to
 * guess count, not the kinds of characters.
 * @param userInputs the owner's address and name, which are easy to guess
 */
export function findPasswordError(typed: string, userInputs: readonly string[]): string | null {
  const password = normalisePassword(typed);
  if (password.length < MIN_PASSWORD_LENGTH) {
    return t('accounts:password.tooShort', { count: MIN_PASSWORD_LENGTH });
  }
  if (password.length > MAX_PASSWORD_LENGTH) return t('common:form.tooLong', { count: MAX_PASSWORD_LENGTH });
  const lower = password.toLowerCase();
  const ownWords = userInputs.map((text) => text.toLowerCase()).filter((text) => text.length >= 4);
  if (ownWords.some((text) => lower === text || lower.replaceAll(/\d/g, '') === text)) {
    return t('accounts:password.personal');
  }
  const dictionaryWords = userInputs.flatMap((text) => [text, ...text.split(/[\s@.]+/)]);
  if (strengthEstimator.check(password, dictionaryWords).score < 2) {
    return t('accounts:password.tooEasy');
  }
  return null;
}
