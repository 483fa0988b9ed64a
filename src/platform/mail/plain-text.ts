import ejs from 'ejs';
import { normaliseAddress } from '../text/address.ts';

// Embeddings, overrides and isolates, with which a name could reverse the text around it.
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;
const WHITESPACE = /[\s\p{Cc}]+/gu;
const DOTS_IN_WORDS = /(?<=[\p{L}\p{N}])[.。．｡․](?=\p{L}{2})/gu;
const CONTROLS_IN_HTML = /(?![\n\t])\p{Cc}/gu;

/** Text whose line breaks are kept in a plain-text mail. Any other value is reduced to one line. */
class MultiLineText {
  readonly #text: string;

  constructor(lines: readonly string[]) {
    this.#text = lines.map((line) => sanitiseLine(line)).join('\n');
  }

  toString(): string {
    return this.#text;
  }
}

/** Removes control characters and line breaks, so that user input can't start a new header or paragraph. */
export function sanitiseLine(text: string): string {
  return text.replace(BIDI_CONTROLS, '').replace(WHITESPACE, ' ').trim();
}

/**
 * Inserts an invisible word joiner after dots inside words, so that mail programs don't turn a name such as `evil.example`
 * into a link. Addresses and links are kept.
 */
export function breakUpDots(text: string): string {
  if (/^https?:/.test(text) || normaliseAddress(text) === text) return text;
  return text.replaceAll(DOTS_IN_WORDS, '$&\u2060');
}

export function toMultiLineText(text: string): MultiLineText {
  return new MultiLineText(text.split(/\r\n|\r|\n/));
}

/** Quotes a user's text with `> ` before each line, to mark it as not ours. */
export function quoteText(text: string): MultiLineText {
  return new MultiLineText(
    text
      .trim()
      .split(/\r\n|\r|\n/)
      .map((line) => `> ${sanitiseLine(line)}`),
  );
}

/** The `<%=` escape function for subjects and plain text. */
export function formatPlainValue(value: unknown): string {
  return value instanceof MultiLineText ? value.toString() : sanitiseLine(String(value ?? ''));
}

/** The `<%=` escape function for HTML. */
export function formatHtmlValue(value: unknown): string {
  return ejs.escapeXML(
    String(value ?? '')
      .replace(BIDI_CONTROLS, '')
      .replace(CONTROLS_IN_HTML, ''),
  );
}
