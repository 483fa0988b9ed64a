import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkKey } from '../config/config.ts';
import { config } from '../config/config.ts';

/**
 * Secret links (design, section 2). A token is base64url without padding of
 * `key id (1 byte) ‖ link id (16 bytes) ‖ HMAC-SHA256(key, purpose ‖ link id)`: 49 bytes, 66 characters.
 * It is derived whenever it is needed; what is stored is only its SHA-256.
 */
export type LinkPurpose = 'invitation' | 'password-reset' | 'guardian' | 'group';

const TOKEN_LENGTH = 66;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{66}$/;
/** More than mail programs and people add to a token. */
const MAX_INPUT_LENGTH = 1000;

/** The token of a new link, signed by the ring's first key. `linkId` is a UUID. */
export function signLinkToken(purpose: LinkPurpose, linkId: string): string {
  const [first] = config.linkKeys;
  if (!first) throw new Error('the key ring is empty');
  return buildToken(first, purpose, linkId);
}

/**
 * Checks shape and signature without any query; takes anything at all.
 * @param input a token, possibly with what mail programs and people add to it, see `cleaned`
 * @returns the link's id, or null for whatever we did not sign for this purpose
 */
export function verifyLinkToken(purpose: LinkPurpose, input: unknown): string | null {
  const token = stripMailArtefacts(input);
  if (token === null || !TOKEN_PATTERN.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // 66 characters carry 4 bits more than 49 bytes: only the canonical spelling is a token.
  if (bytes.toString('base64url') !== token) return null;
  const linkKey = config.linkKeys.find(({ id }) => id === bytes[0]);
  if (!linkKey) return null;
  const linkId = bytes.subarray(1, 17);
  const expected = mac(linkKey, purpose, linkId);
  return timingSafeEqual(bytes.subarray(17), expected) ? bytesToUuid(linkId) : null;
}

/**
 * A token without what is often added on its way: punctuation and words after it, blanks and line breaks in it, the "=3D"
 * and "=" + line break of quoted-printable mail. Null for what is no text, or hides a NUL byte.
 */
function stripMailArtefacts(input: unknown): string | null {
  if (typeof input !== 'string' || input.length > MAX_INPUT_LENGTH || input.includes('\0')) return null;
  const kept = input.replaceAll(/[^A-Za-z0-9_-]/g, '');
  const token = kept.length > TOKEN_LENGTH ? kept.replace(/^3D/, '') : kept;
  return token.slice(0, TOKEN_LENGTH);
}

/**
 * The token of an older link, for a worker that sends it: signed by whichever key of the ring made `hash`.
 * @throws when that key has left the ring
 */
export function reissueLinkToken(purpose: LinkPurpose, linkId: string, hash: Buffer): string {
  for (const linkKey of config.linkKeys) {
    const token = buildToken(linkKey, purpose, linkId);
    if (hashToken(token).equals(hash)) return token;
  }
  throw new Error('The key that signed this link is no longer in LINK_KEYS; send a new link.');
}

/** What the database keeps of a token: SHA-256, 32 bytes. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The 6 digits that prove a mailbox, derived from the id of a `mailbox_codes` row. */
export function deriveMailboxCode(codeId: string): string {
  const [first] = config.linkKeys;
  if (!first) throw new Error('the key ring is empty');
  return computeCode(first, codeId);
}

/** Whether `typed` is the code of that row, under any key of the ring. */
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
