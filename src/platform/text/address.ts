import { domainToASCII } from 'node:url';

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * Normalises an e-mail address for storing, comparing (case-insensitively) and sending: trimmed, NFKC, domain in lower-case
 * ASCII. The local part keeps its case. Quoted and non-ASCII local parts are rejected, because many mail systems deliver
 * them to someone else. Idempotent.
 * @returns null for an invalid address
 */
export function normaliseAddress(typed: unknown): string | null {
  if (typeof typed !== 'string' || typed.length > 400) return null;
  const text = typed.trim().normalize('NFKC').trim();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = domainToASCII(text.slice(at + 1).toLowerCase());
  const address = `${local}@${domain}`;
  const valid = at > 0 && local.length <= 64 && address.length <= 254 && LOCAL_PART.test(local);
  return valid && DOMAIN.test(domain) ? address : null;
}

/** Masks an address for the holder of its secret link, who may have to recognise it: `a•••@example.org`. */
export function maskMailbox(address: string): string {
  return `${address.slice(0, 1)}•••${address.slice(address.lastIndexOf('@'))}`;
}

/** Masks an address so that only its owner recognises it: `a•••@e•••.org`. */
export function maskAddress(address: string): string {
  const [local = '', domain = ''] = address.split('@');
  return `${local.slice(0, 1)}•••@${domain.slice(0, 1)}•••${domain.slice(domain.lastIndexOf('.'))}`;
}
