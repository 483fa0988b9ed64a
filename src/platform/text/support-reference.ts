import { randomInt } from 'node:crypto';

// Crockford's alphabet: no letter that is taken for a digit when read out on the phone.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A short code that is no secret: it names a case or a request to support staff. Eight characters, 40 bits. */
export function newReference(): string {
  return Array.from({ length: 8 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** The reference that somebody typed, as they heard or read it: in any case, with spaces, O for 0, I or L for 1. */
export function parseReference(input: string): string | null {
  const code = input
    .normalize('NFKC')
    .replaceAll(/[\s-]/g, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return code.length === 8 && [...code].every((letter) => ALPHABET.includes(letter)) ? code : null;
}
