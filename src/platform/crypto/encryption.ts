import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { config, type LinkKey } from '../config/config.ts';

/** An encrypted secret: the id of the key used, and `nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`. */
export type Encrypted = Readonly<{ keyId: number; encrypted: Buffer }>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a secret with AES-256-GCM and the first key of the ring, bound to its purpose and owner. */
export function encrypt(purpose: string, secret: Buffer, ownerId: string): Encrypted {
  const linkKey = currentKey();
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(linkKey, purpose, 32), nonce).setAAD(
    Buffer.from(ownerId),
  );
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return { keyId: linkKey.id, encrypted: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
}

/** Decrypts a secret. @throws Error if its key is no longer in the ring, or purpose, owner or data don't match */
export function decrypt(purpose: string, { keyId, encrypted }: Encrypted, ownerId: string): Buffer {
  const key = config.linkKeys.find(({ id }) => id === keyId);
  if (!key) throw new Error(`The key that encrypted a ${purpose} is no longer in LINK_KEYS.`);
  const nonce = encrypted.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, purpose, 32), nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(ownerId)).setAuthTag(encrypted.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** Whether the secret should be re-encrypted, because its key is no longer the first of the ring. */
export function isEncryptedWithOldKey({ keyId }: Pick<Encrypted, 'keyId'>): boolean {
  return keyId !== currentKey().id;
}

/** Derives a key for one purpose with HKDF-SHA256, so that a leaked key doesn't reveal the others. */
export function deriveKey({ key }: LinkKey, purpose: string, bytes: number, salt = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `homecoming ${purpose}`, bytes));
}

/** The first key of the ring, which signs and encrypts. */
export function currentKey(): LinkKey {
  const [first] = config.linkKeys;
  if (!first) throw new Error('LINK_KEYS is empty');
  return first;
}
