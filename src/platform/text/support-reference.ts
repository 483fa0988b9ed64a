import { randomInt } from 'node:crypto';
import { normaliseCode } from './text.ts';

// Crockford's base32 alphabet: no letters that are mistaken for digits when read aloud.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Generates a short, non-secret code of 8 characters (40 bits) that identifies an invitation, mail or request to support staff. */
export function newReference(): string {
  return Array.from({ length: 8 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** Parses a typed reference: any case, with spaces or hyphens, O for 0, I or L for 1. Null if it isn't one. */
export function parseReference(input: string): string | null {
  const code = normaliseCode(input).replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return code.length === 8 && [...code].every((letter) => ALPHABET.includes(letter)) ? code : null;
}
