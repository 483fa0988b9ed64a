import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { config, type LinkKey } from '../config.ts';

/** A secret as it is stored: which key of the ring sealed it, and `nonce ‖ ciphertext ‖ tag` (48 bytes). */
export type SealedSecret = Readonly<{ keyId: number; sealed: Buffer }>;

const SECRET_BYTES = 20;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const STEP_MS = 30_000;

/** The seed of a secret that is being set up: 16 random bytes as hex. Without the ring it tells nothing of the secret. */
export function newSetup(): string {
  return randomBytes(16).toString('hex');
}

/** The secret that a seed stands for, made by the ring's first key: no session holds it in the clear. */
export function secretOfSetup(setup: string, accountId: string): Buffer {
  return derive(firstKey(), `two-step setup ${accountId}`, SECRET_BYTES, Buffer.from(setup, 'hex'));
}

/** Seals a secret for one account under the ring's first key. */
export function sealSecret(secret: Buffer, accountId: string): SealedSecret {
  const first = firstKey();
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(first), nonce).setAAD(Buffer.from(accountId));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return { keyId: first.id, sealed: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
}

/** Opens what was sealed for this account. @throws when its key has left the ring, or the bytes are not ours */
export function openSecret({ keyId, sealed }: SealedSecret, accountId: string): Buffer {
  const key = config.linkKeys.find(({ id }) => id === keyId);
  if (!key) throw new Error('The key that sealed a two-step secret is no longer in LINK_KEYS.');
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key), sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(accountId)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** Whether a rotation of the ring has left this one behind. */
export function isSealedByOlderKey({ keyId }: SealedSecret): boolean {
  return keyId !== firstKey().id;
}

/** The half-minute whose code this is, now or one step to either side; null for any other code. */
export function stepOf(secret: Buffer, code: string): number | null {
  const timestamp = Date.now();
  const delta = totp(secret).validate({ token: code, timestamp, window: 1 });
  return delta === null ? null : Math.floor(timestamp / STEP_MS) + delta;
}

/** What an authenticator app reads from the QR code, and the secret as a person types it: words of 4 letters. */
export function forTheApp(
  secret: Buffer,
  organisation: string,
  email: string,
): { address: string; words: string[] } {
  const asked = totp(secret, organisation.replaceAll(':', ' '), email);
  return { address: asked.toString(), words: asked.secret.base32.match(/.{4}/g) ?? [] };
}

function totp(secret: Buffer, issuer = '', label = ''): TOTP {
  return new TOTP({ issuer, label, secret: new Secret({ buffer: Uint8Array.from(secret).buffer }) });
}

function sealingKey(key: LinkKey): Buffer {
  return derive(key, 'two-step secret', 32);
}

function derive({ key }: LinkKey, info: string, bytes: number, salt = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `homecoming ${info}`, bytes));
}

function firstKey(): LinkKey {
  const [first] = config.linkKeys;
  if (!first) throw new Error('the key ring is empty');
  return first;
}
