import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { config, type LinkKey } from '../config/config.ts';

/** A secret as it is stored: which key of the ring sealed it, and `nonce (12 bytes) ‖ ciphertext ‖ tag (16)`. */
export type Encrypted = Readonly<{ keyId: number; encrypted: Buffer }>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a secret of one owner for one purpose (AES-256-GCM) under the ring's first key, which no database holds. */
export function encrypt(purpose: string, secret: Buffer, ownerId: string): Encrypted {
  const linkKey = currentKey();
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(linkKey, purpose, 32), nonce).setAAD(
    Buffer.from(ownerId),
  );
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return { keyId: linkKey.id, encrypted: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
}

/** Opens what was sealed for this purpose and owner. @throws when its key has left the ring, or the bytes are not ours */
export function decrypt(purpose: string, { keyId, encrypted }: Encrypted, ownerId: string): Buffer {
  const key = config.linkKeys.find(({ id }) => id === keyId);
  if (!key) throw new Error(`The key that sealed a ${purpose} is no longer in LINK_KEYS.`);
  const nonce = encrypted.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, purpose, 32), nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(ownerId)).setAuthTag(encrypted.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** Whether a rotation of the ring has left this one behind. */
export function isEncryptedWithOldKey({ keyId }: Pick<Encrypted, 'keyId'>): boolean {
  return keyId !== currentKey().id;
}

/** A key for one purpose, derived from a key of the ring: whoever has one of them learns no other. */
export function deriveKey({ key }: LinkKey, purpose: string, bytes: number, salt = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `homecoming ${purpose}`, bytes));
}

/** The key of the ring that signs and seals. */
export function currentKey(): LinkKey {
  const [first] = config.linkKeys;
  if (!first) throw new Error('the key ring is empty');
  return first;
}
