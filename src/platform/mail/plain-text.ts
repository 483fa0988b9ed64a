import ejs from 'ejs';

// Embeddings, overrides and isolates: with them a name can turn the text around it.
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;
const WHITESPACE = /[\s\p{Cc}]+/gu;
const CONTROLS_IN_HTML = /(?![\n\t])\p{Cc}/gu;

/** Text that keeps its line breaks in a plain-text mail. Any other value is put on one line. */
export class MultiLineText {
  readonly #text: string;

  constructor(lines: readonly string[]) {
    this.#text = lines.map((line) => sanitiseLine(line)).join('\n');
  }

  toString(): string {
    return this.#text;
  }
}

/** Without control characters and line breaks: what a person typed can't begin a header or a paragraph of its own. */
export function sanitiseLine(text: string): string {
  return text.replace(BIDI_CONTROLS, '').replace(WHITESPACE, ' ').trim();
}

/** A text in its own lines. */
export function toMultiLineText(text: string): MultiLineText {
  return new MultiLineText(text.split(/\r\n|\r|\n/));
}

/** Somebody else's words, each line after "> ", so that nobody takes them for ours. */
export function quoteText(text: string): MultiLineText {
  return new MultiLineText(
    text
      .trim()
      .split(/\r\n|\r|\n/)
      .map((line) => `> ${sanitiseLine(line)}`),
  );
}

/** How `<%=` writes a value into a subject or a plain text. */
export function formatPlainValue(value: unknown): string {
  return value instanceof MultiLineText ? value.toString() : sanitiseLine(String(value ?? ''));
}

/** How `<%=` writes a value into HTML. */
export function formatHtmlValue(value: unknown): string {
  return ejs.escapeXML(
    String(value ?? '')
      .replace(BIDI_CONTROLS, '')
      .replace(CONTROLS_IN_HTML, ''),
  );
}
