import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkKey } from '../config/config.ts';
import { config } from '../config/config.ts';
import { currentKey } from './encryption.ts';

/**
 * A token is unpadded base64url of `key id (1 byte) ‖ link id (16 bytes) ‖ HMAC-SHA256(key, purpose ‖ link id)`:
 * 49 bytes, 66 characters. It is derived when needed; at most its SHA-256 is stored.
 */
export type LinkPurpose =
  | 'invitation'
  | 'password-reset'
  | 'address-change'
  | 'address-undo'
  | 'guardian'
  | 'group'
  | 'unsubscribe';

const TOKEN_LENGTH = 66;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{66}$/;
// Far more than mail programs add to a token.
const MAX_INPUT_LENGTH = 1000;

/** Creates the token of a new link with the first key of the ring. `linkId` is a UUID. */
export function signLinkToken(purpose: LinkPurpose, linkId: string): string {
  return buildToken(currentKey(), purpose, linkId);
}

/**
 * Verifies a token's format and signature, without a database query.
 * @param input untrusted, possibly with characters added by mail programs: see `stripMailArtefacts`
 * @returns the link id, or null if the token is malformed or was not signed for this purpose
 */
export function verifyLinkToken(purpose: LinkPurpose, input: unknown): string | null {
  const token = stripMailArtefacts(input);
  if (token === null || !TOKEN_PATTERN.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // 66 characters encode 4 bits more than 49 bytes: accept only the canonical encoding.
  if (bytes.toString('base64url') !== token) return null;
  const linkKey = config.linkKeys.find(({ id }) => id === bytes[0]);
  if (!linkKey) return null;
  const linkId = bytes.subarray(1, 17);
  const expected = mac(linkKey, purpose, linkId);
  return timingSafeEqual(bytes.subarray(17), expected) ? bytesToUuid(linkId) : null;
}

/**
 * Removes what mail programs and people add to a token: punctuation and text after it, spaces and line breaks inside it,
 * and the `=3D` and soft line breaks of quoted-printable. Null for anything but a string, and for strings with a NUL byte.
 */
function stripMailArtefacts(input: unknown): string | null {
  if (typeof input !== 'string' || input.length > MAX_INPUT_LENGTH || input.includes('\0')) return null;
  const characters = input.replaceAll(/[^A-Za-z0-9_-]/g, '');
  const token = characters.length > TOKEN_LENGTH ? characters.replace(/^3D/, '') : characters;
  return token.slice(0, TOKEN_LENGTH);
}

/**
 * Derives the token of an existing link again, with the key that matches its stored hash.
 * @throws Error if that key is no longer in the ring
 */
export function reissueLinkToken(purpose: LinkPurpose, linkId: string, hash: Buffer): string {
  for (const linkKey of config.linkKeys) {
    const token = buildToken(linkKey, purpose, linkId);
    if (hashToken(token).equals(hash)) return token;
  }
  throw new Error('The key that signed this link is no longer in LINK_KEYS. Send a new link.');
}

/** SHA-256 of a token, 32 bytes: the form in which it is stored. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The 6-digit code that proves a mailbox, derived from the id of a `mailbox_codes` row. */
export function deriveMailboxCode(codeId: string): string {
  return computeCode(currentKey(), codeId);
}

/** Whether `typed` is the code of that row, under any key of the ring. Compares in constant time. */
export function isValidMailboxCode(codeId: string, typed: string): boolean {
  return config.linkKeys
    .map((linkKey) => timingSafeEqual(hashToken(computeCode(linkKey, codeId)), hashToken(typed)))
    .includes(true);
}

function buildToken(linkKey: LinkKey, purpose: LinkPurpose, linkId: string): string {
  const id = uuidToBytes(linkId);
  return Buffer.concat([Buffer.from([linkKey.id]), id, mac(linkKey, purpose, id)]).toString('base64url');
}

function computeCode(linkKey: LinkKey, codeId: string): string {
  const number = mac(linkKey, 'mailbox-code', uuidToBytes(codeId)).readUIntBE(0, 6) % 1_000_000;
  return String(number).padStart(6, '0');
}

function mac(linkKey: LinkKey, purpose: LinkPurpose | 'mailbox-code', linkId: Buffer): Buffer {
  return createHmac('sha256', linkKey.key).update(purpose).update(linkId).digest();
}

function uuidToBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function bytesToUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
