const ESCAPED_CHARACTER = /_x([0-9A-F]{4})_/gi;

/** Collects the text of a string or an inline cell: all its runs, but not the phonetic hints of Japanese texts. */
export class TextCollector {
  #text = '';
  #isText = false;
  #isHint = false;

  begin(): void {
    this.#text = '';
    this.#isText = false;
    this.#isHint = false;
  }

  open(name: string): void {
    if (name === 'rPh') this.#isHint = true;
    if (name === 't') this.#isText = !this.#isHint;
  }

  add(text: string): void {
    if (this.#isText) this.#text += text;
  }

  close(name: string): void {
    if (name === 'rPh') this.#isHint = false;
    if (name === 't') this.#isText = false;
  }

  end(): string {
    return unescapeText(this.#text);
  }
}

/** Resolves Excel's spelling of characters that XML can't contain, and normalises line ends. Drops zero characters. */
export function unescapeText(text: string): string {
  return text
    .replaceAll(ESCAPED_CHARACTER, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '');
}
