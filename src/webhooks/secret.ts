import { randomBytes } from 'node:crypto';
import { openSealed, type Sealed, seal } from '../seal.ts';

const PURPOSE = 'webhook secret';
const BYTES = 32;

/** A new secret of one webhook, sealed: what signs is never stored in the clear. */
export function newSecret(webhookId: string): Sealed {
  return seal(PURPOSE, randomBytes(BYTES), webhookId);
}

/** As receivers write it: `whsec_` and base64. @throws when the key that sealed it has left the ring */
export function secretText(sealed: Sealed, webhookId: string): string {
  return `whsec_${openSealed(PURPOSE, sealed, webhookId).toString('base64')}`;
}

/** The same secret under the ring's first key. */
export function sealAgain(sealed: Sealed, webhookId: string): Sealed {
  return seal(PURPOSE, openSealed(PURPOSE, sealed, webhookId), webhookId);
}
