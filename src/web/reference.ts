import { randomInt } from 'node:crypto';

// Crockford's alphabet: no letter that is taken for a digit when read out on the phone.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A short code that is no secret: it names a case or a request to support staff. Eight characters, 40 bits. */
export function newReference(): string {
  return Array.from({ length: 8 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
