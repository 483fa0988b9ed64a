import ejs from 'ejs';

// Embeddings, overrides and isolates: with them a name can turn the text around it.
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;
const BREAKS = /[\s\p{Cc}]+/gu;
const CONTROLS_IN_HTML = /(?![\n\t])\p{Cc}/gu;

/** Text that keeps its line breaks in a plain-text mail. Any other value is put on one line. */
export class Lines {
  readonly #text: string;

  constructor(lines: readonly string[]) {
    this.#text = lines.map((line) => singleLine(line)).join('\n');
  }

  toString(): string {
    return this.#text;
  }
}

/** Without control characters and line breaks: what a person typed can't begin a header or a paragraph of its own. */
export function singleLine(text: string): string {
  return text.replace(BIDI_CONTROLS, '').replace(BREAKS, ' ').trim();
}

/** A text in its own lines. */
export function linesOf(text: string): Lines {
  return new Lines(text.split(/\r\n|\r|\n/));
}

/** Somebody else's words, each line after "> ", so that nobody takes them for ours. */
export function quoted(text: string): Lines {
  return new Lines(
    text
      .trim()
      .split(/\r\n|\r|\n/)
      .map((line) => `> ${singleLine(line)}`),
  );
}

/** How `<%=` writes a value into a subject or a plain text. */
export function plainValue(value: unknown): string {
  return value instanceof Lines ? value.toString() : singleLine(String(value ?? ''));
}

/** How `<%=` writes a value into HTML. */
export function htmlValue(value: unknown): string {
  return ejs.escapeXML(
    String(value ?? '')
      .replace(BIDI_CONTROLS, '')
      .replace(CONTROLS_IN_HTML, ''),
  );
}
