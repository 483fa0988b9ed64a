import { createHmac } from 'node:crypto';
import { config, type LinkKey } from '../config/config.ts';
import { currentKey, deriveKey } from '../crypto/encryption.ts';

const derivedKeys = new Map<number, Buffer>();

/** An HMAC by which we recognise an erased address without knowing it, with the first key of the ring. 32 bytes. */
export function addressMac(email: string): Buffer {
  return mac(currentKey(), email);
}

/** The HMACs of an address under all keys of the ring. */
export function addressMacs(email: string): Buffer[] {
  return config.linkKeys.map((linkKey) => mac(linkKey, email));
}

function mac(linkKey: LinkKey, email: string): Buffer {
  const key = derivedKeys.get(linkKey.id) ?? deriveKey(linkKey, 'erased address', 32);
  derivedKeys.set(linkKey.id, key);
  return createHmac('sha256', key).update(email.toLowerCase()).digest();
}
