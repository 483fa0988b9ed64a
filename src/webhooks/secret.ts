import { randomBytes } from 'node:crypto';
import { decrypt, type Encrypted, encrypt } from '../platform/crypto/encryption.ts';

const PURPOSE = 'webhook secret';
const BYTES = 32;

/** A new secret of one webhook, sealed: what signs is never stored in the clear. */
export function generateSecret(webhookId: string): Encrypted {
  return encrypt(PURPOSE, randomBytes(BYTES), webhookId);
}

/** As receivers write it: `whsec_` and base64. @throws when the key that sealed it has left the ring */
export function formatSecret(encrypted: Encrypted, webhookId: string): string {
  return `whsec_${decrypt(PURPOSE, encrypted, webhookId).toString('base64')}`;
}

/** The same secret under the ring's first key. */
export function reencryptSecret(encrypted: Encrypted, webhookId: string): Encrypted {
  return encrypt(PURPOSE, decrypt(PURPOSE, encrypted, webhookId), webhookId);
}
