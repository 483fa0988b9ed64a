// Embeddings, overrides and isolates, which can turn the text around them. Marks such as LRM only affect themselves.
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/gu;
const LINE_BREAKS = /\r\n|[\r\u0085\u2028\u2029]/gu;
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;
const CONTROLS_EXCEPT_NEWLINE = /(?!\n)\p{Cc}/gu;
// Fillers and the empty Braille pattern are letters or symbols, but look like nothing.
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Z}\p{C}\u2800]/gu;
const FORMAT_CHARACTERS = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const ID_PATTERN = /^[1-9]\d{0,17}$/;
const MAX_SEARCH_LENGTH = 100;
/** A UUID in PostgreSQL's output format. */
export const UUID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Normalises a text on one line: NFC, control characters and line breaks replaced by spaces, without bidirectional controls,
 * trimmed. Empty if nothing in it is visible. Idempotent, like every function of this module.
 */
export function toSingleLine(text: string): string {
  return normalise(text.replace(CONTROLS, ' '));
}

/** Like `toSingleLine`, but keeps line breaks, as `\n`. */
export function toMultiLine(text: string): string {
  return normalise(text.replace(LINE_BREAKS, '\n').replace(CONTROLS_EXCEPT_NEWLINE, ' '));
}

function normalise(text: string): string {
  const tidy = text.replace(BIDI_CONTROLS, '').normalize('NFC').trim();
  return hasVisibleCharacter(tidy) ? tidy : '';
}

export function hasVisibleCharacter(text: string): boolean {
  return text.replace(INVISIBLE, '') !== '';
}

/** Normalises an identifier of another system, such as an external id: one line, single spaces, nothing invisible. */
export function normaliseIdentifier(text: string): string {
  return collapseSpaces(toSingleLine(removeInvisible(text)));
}

/** Normalises what was typed into a search, at most 100 characters. `searchCondition` ignores accents, case and order. */
export function normaliseSearch(text: string): string {
  return cut(toSingleLine(removeInvisible(text)), MAX_SEARCH_LENGTH).trim();
}

/** Removes characters that have no width: zero-width spaces and joiners, direction marks, soft hyphens, fillers. */
export function removeInvisible(text: string): string {
  return text.replace(FORMAT_CHARACTERS, '');
}

export function collapseSpaces(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** Replaces the decimal digits of every script, such as `٤` or `２`, by ASCII digits. */
export function toAsciiDigits(text: string): string {
  return text.replaceAll(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Unicode encodes the digits of a script in a row, from 0 to 9; some rows follow each other. */
function digitValue(codePoint: number): number {
  let zero = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (codePoint - zero) % 10;
}

/** Normalises a typed code: upper case, ASCII digits, without spaces and hyphens. */
export function normaliseCode(typed: string): string {
  const visible = toAsciiDigits(removeInvisible(typed)).normalize('NFKC');
  return visible.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase();
}

/**
 * The form in which a password is hashed and compared: the OpaqueString profile of RFC 8265 (NFC, any space as U+0020), so
 * that another keyboard or system gives the same password. Nothing is trimmed or cut.
 */
export function normalisePassword(password: string): string {
  return password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** The beginning of a text, at most `max` UTF-16 units. Never cuts inside a character or emoji. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const start = graphemes.segment(text).containing(max)?.index ?? 0;
  // One letter with very many accents: cut between its code points.
  return start > 0 ? text.slice(0, start) : text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

/** Cuts a long text and marks the cut with `…`. */
export function shorten(text: string, max: number): string {
  return text.length > max ? `${cut(text, max - 1)}…` : text;
}

/** Whether a text can be a row id: a positive bigint in PostgreSQL's output format. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
