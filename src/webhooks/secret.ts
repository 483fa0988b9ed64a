import { randomBytes } from 'node:crypto';
import { decrypt, type Encrypted, encrypt } from '../platform/crypto/encryption.ts';

const PURPOSE = 'webhook secret';
const BYTES = 32;

/** Generates a signing secret. It is stored only encrypted. */
export function generateSecret(webhookId: string): Encrypted {
  return encrypt(PURPOSE, randomBytes(BYTES), webhookId);
}

/** Decrypts a secret into its usual form: `whsec_` and base64. @throws Error if its key is no longer in LINK_KEYS */
export function formatSecret(encrypted: Encrypted, webhookId: string): string {
  return `whsec_${decrypt(PURPOSE, encrypted, webhookId).toString('base64')}`;
}

/** Encrypts the same secret with the first key. */
export function reencryptSecret(encrypted: Encrypted, webhookId: string): Encrypted {
  return encrypt(PURPOSE, decrypt(PURPOSE, encrypted, webhookId), webhookId);
}
