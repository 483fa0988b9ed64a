import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'hcm_';
const KEY_PATTERN = /^hcm_[0-9a-f]{64}[0-9a-f]{8}$/;

/**
 * Generates a key: `hcm_`, 256 random bits, and a checksum, in hexadecimal. The prefix and the checksum let programs that
 * search for leaked secrets recognise it.
 */
export function generateApiKey(): string {
  const secret = `${PREFIX}${randomBytes(32).toString('hex')}`;
  return secret + checksumOf(secret);
}

/** The part that is stored and shown, so that people recognise a key. */
export function apiKeyStart(key: string): string {
  return key.slice(0, PREFIX.length + 4);
}

/** Keys are random, so a plain hash is enough. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Whether the text has the form of a key and the right checksum. */
export function isApiKeyShaped(text: string): boolean {
  return KEY_PATTERN.test(text) && checksumOf(text.slice(0, -8)) === text.slice(-8);
}

function checksumOf(secret: string): string {
  return crc32(secret).toString(16).padStart(8, '0');
}
