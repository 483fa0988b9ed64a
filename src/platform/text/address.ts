import { domainToASCII } from 'node:url';
import { t } from '../i18n/i18n.ts';
import { normaliseName } from './name.ts';
import { removeInvisible } from './text.ts';

/** What may be typed for an address, including a name and brackets. */
export const MAX_TYPED_ADDRESS = 400;

const LOCAL_CHARACTER = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]/;
const LOCAL_PART = /^[^.]+(\.[^.]+)*$/;
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{Nd}.-]+$/u;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const NAME_AND_ADDRESS = /^(?<name>[^<>]*)<(?<bare>[^<>]+)>$/;
const BEFORE_ADDRESS = /^(?:mailto:|[\s\p{Cc}<([{"“”„«‹‘‚])+/iu;
const AFTER_ADDRESS = /[\s\p{Cc}>)\]}"“”»›’.,;:!?]+$/u;

/** Why a text isn't one address. `character` is the first that can't be in the part before the @. */
export type AddressFault = Readonly<
  | { kind: 'missing' | 'noAt' | 'several' | 'space' | 'dots' | 'domain' | 'tooLong' }
  | { kind: 'character'; character: string }
>;

/** `name` is the name before `<address>`, often empty. */
type ParsedAddress = Readonly<{ address: string; name: string } | { fault: AddressFault }>;

/**
 * Parses an e-mail address as people type and paste it: with invisible characters, `mailto:`, `Ann <ann@example.org>`, quotes,
 * brackets or a full stop after it, curly apostrophes and wide letters. The address is for storing, comparing
 * (case-insensitively) and sending: its domain is in lower-case ASCII, its local part keeps its case. Quoted and non-ASCII
 * local parts are refused, because many mail systems deliver them to someone else.
 */
export function parseAddress(typed: string): ParsedAddress {
  if (typed.length > MAX_TYPED_ADDRESS) return { fault: { kind: 'tooLong' } };
  const text = removeInvisible(typed).replace(/^[\s\p{Cc}]+|[\s\p{Cc},;.]+$/gu, '');
  const { name = '', bare = text } = NAME_AND_ADDRESS.exec(text)?.groups ?? {};
  const parsed = parseBareAddress(bare);
  if ('fault' in parsed) return parsed;
  // `"ann@example.org" <someone@else.example>` would be sent to someone else than it seems.
  if (name.includes('@') && normaliseAddress(name) !== parsed.address) return { fault: { kind: 'several' } };
  return { address: parsed.address, name: name.includes('@') ? '' : normaliseName(name.replaceAll('"', '')) };
}

/** The address of a text, see `parseAddress`. Idempotent. @returns null if it isn't one address */
export function normaliseAddress(typed: unknown): string | null {
  const parsed = typeof typed === 'string' ? parseAddress(typed) : null;
  return parsed && 'address' in parsed ? parsed.address : null;
}

function parseBareAddress(text: string): Readonly<{ address: string } | { fault: AddressFault }> {
  const address = removeSurroundings(text)
    .replaceAll(/[’‘ʼ´]/g, "'")
    .normalize('NFKC');
  const at = address.lastIndexOf('@');
  const kind = findSimpleFault(address, at);
  if (kind !== null) return { fault: { kind } };
  const local = address.slice(0, at);
  const character = [...local].find((letter) => !LOCAL_CHARACTER.test(letter));
  if (character !== undefined) return { fault: { kind: 'character', character } };
  if (!LOCAL_PART.test(local)) return { fault: { kind: 'dots' } };
  const domain = toAsciiDomain(address.slice(at + 1));
  if (domain === null) return { fault: { kind: 'domain' } };
  const isTooLong = local.length > 64 || local.length + 1 + domain.length > 254;
  return isTooLong ? { fault: { kind: 'tooLong' } } : { address: `${local}@${domain}` };
}

function removeSurroundings(text: string): string {
  const bare = text.replace(BEFORE_ADDRESS, '').replace(AFTER_ADDRESS, '');
  // An apostrophe is allowed before the @, so it is only a quotation mark if there are two.
  return bare.replace(/^'(.*)'$/u, '$1');
}

function findSimpleFault(address: string, at: number): 'missing' | 'noAt' | 'several' | 'space' | null {
  if (address === '') return 'missing';
  if (at === -1) return 'noAt';
  if (/@.*[\s\p{Cc},;|<>].*@/su.test(address)) return 'several';
  return /[\s\p{Cc}]/u.test(address) ? 'space' : null;
}

/**
 * Converts a domain to lower-case ASCII (IDNA). The characters are checked first, because the converter also reads URLs: it
 * decodes `%61`, and stops at a slash.
 */
function toAsciiDomain(typed: string): string | null {
  const domain = typed.replaceAll('。', '.').toLowerCase();
  if (!DOMAIN_CHARACTERS.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return DOMAIN.test(ascii) ? ascii : null;
}

/** Says what to change, as a sentence without a full stop. */
export function describeAddressFault(fault: AddressFault): string {
  if (fault.kind === 'character') return t('common:address.character', { character: fault.character });
  return t(`common:address.${fault.kind}`);
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
