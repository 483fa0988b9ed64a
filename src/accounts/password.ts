import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import pLimit from 'p-limit';

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 200;

// argon2id (the library's default) with OWASP's parameters: 19 MiB, 2 passes, 1 lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

// One hash a core at a time: more at once are slower for everybody, and a flood of sign-ins must not starve the pages.
const oneACore = pLimit(availableParallelism());

// What comes after 40 characters makes no password guessable, and judging it would hold up everybody else.
const guesser = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: 40 });

export function hashPassword(password: string): Promise<string> {
  return oneACore(() => hash(password, PARAMETERS));
}

let absentHash: Promise<string> | undefined;

/** Whether the password is right. With no hash (no such account) it takes the same time and says no. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > LONGEST_PASSWORD) return false;
  absentHash ??= hashPassword('no account has this password');
  const right = await oneACore(async () => verify(passwordHash ?? (await absentHash) ?? '', password));
  return right && passwordHash !== null;
}

/**
 * What is wrong with a new password, in one sentence, or null. No rule about kinds of characters: length counts, and
 * that it is not among the first that a guesser tries. `about` is the address and name of its owner.
 */
export function passwordFault(password: string, about: readonly string[]): string | null {
  if (password.length < SHORTEST_PASSWORD) {
    return `Use at least ${SHORTEST_PASSWORD} characters; a few words in a row are easy to remember`;
  }
  if (password.length > LONGEST_PASSWORD) return `Use at most ${LONGEST_PASSWORD} characters`;
  const lower = password.toLowerCase();
  const own = about.map((text) => text.toLowerCase()).filter((text) => text.length >= 4);
  if (own.some((text) => lower === text || lower.replaceAll(/\d/g, '') === text)) {
    return 'Choose a password that is not your address or name';
  }
  const inputs = about.flatMap((text) => [text, ...text.split(/[\s@.]+/)]);
  if (guesser.check(password, inputs).score < 2) {
    return 'This password is among the first that somebody would guess; add a word or two';
  }
  return null;
}
