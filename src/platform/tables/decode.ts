import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { InvalidInput } from '../errors.ts';
import { t } from '../i18n/i18n.ts';

/** The error for a file that can't be read; `file` is the name of the upload field. */
export function invalidFile(message: string): InvalidInput {
  return new InvalidInput({ file: message });
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

// The characters of Windows-1252 from 0x80 to 0x9F; its five unused bytes become U+FFFD. The others are those of ISO 8859-1.
// Node's decoder is not used, because some versions treat the encoding as ISO 8859-1.
const WINDOWS_1252 = '€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ';

/**
 * Decodes a file in chunks and normalises line endings to `\n`. Accepts UTF-8 and UTF-16 with or without a byte order mark.
 * A file whose first character outside ASCII isn't UTF-8 is Windows-1252, which Excel uses for plain CSV in Western
 * Europe. `onEncoding` is called before the first chunk, and again if the encoding turns out to be Windows-1252.
 * @throws InvalidInput at the first invalid byte; stream errors pass through
 */
export async function* decodeText(
  file: AsyncIterable<Buffer>,
  onEncoding: (encoding: Encoding) => void = () => {},
): AsyncGenerator<string> {
  let decoder: Decoder | null = null;
  let line = 1;
  let pendingLineEnd = '';
  const decode = (bytes: Buffer | null) => {
    try {
      return decoder?.decode(bytes) ?? '';
    } catch {
      throw invalidFile(t('imports:file.notText', { line }));
    }
  };
  for await (const bytes of file) {
    decoder ??= new Decoder(detectEncoding(bytes), onEncoding);
    const chunk = pendingLineEnd + decode(bytes);
    if (chunk.includes('\0')) throw invalidFile(t('imports:file.zeroBytes', { line }));
    // A chunk may end between \r and \n.
    pendingLineEnd = chunk.endsWith('\r') ? '\r' : '';
    const text = chunk.slice(0, chunk.length - pendingLineEnd.length).replaceAll(/\r\n?/g, '\n');
    line += text.split('\n').length - 1;
    yield text;
  }
  yield (pendingLineEnd && '\n') + decode(null);
}

/** Decodes chunks, and changes from UTF-8 to Windows-1252 if needed. */
class Decoder {
  #decoder: TextDecoder | null;
  #isAscii = true;
  /** The bytes of an incomplete UTF-8 character at the end of the previous chunk. */
  #incomplete = Buffer.alloc(0);

  readonly #onEncoding: (encoding: Encoding) => void;

  constructor(encoding: Encoding, onEncoding: (encoding: Encoding) => void) {
    onEncoding(encoding);
    this.#onEncoding = onEncoding;
    this.#decoder = new TextDecoder(encoding, { fatal: true });
  }

  /** @throws TypeError at an invalid byte */
  decode(bytes: Buffer | null): string {
    if (this.#decoder === null) return decodeWindows1252(bytes ?? Buffer.alloc(0));
    try {
      const text = bytes ? this.#decoder.decode(bytes, { stream: true }) : this.#decoder.decode();
      if (bytes && this.#isAscii) this.#rememberCharacters(bytes);
      return text;
    } catch (error) {
      if (this.#decoder.encoding !== 'utf-8' || !this.#isAscii) throw error;
      const all = Buffer.concat([this.#incomplete, bytes ?? Buffer.alloc(0)]);
      const first = all.subarray(all.findIndex((byte) => byte > 0x7f));
      if (isUtf8(first.subarray(0, characterLength(first)))) throw error;
      this.#onEncoding('windows-1252');
      this.#decoder = null;
      return decodeWindows1252(all);
    }
  }

  #rememberCharacters(bytes: Buffer): void {
    const all = this.#incomplete.length > 0 ? Buffer.concat([this.#incomplete, bytes]) : bytes;
    const first = all.findIndex((byte) => byte > 0x7f);
    if (first < 0) return;
    this.#isAscii = all.length - first < characterLength(all.subarray(first));
    this.#incomplete = this.#isAscii ? Buffer.from(all.subarray(first)) : Buffer.alloc(0);
  }
}

/** How many bytes the first character has in UTF-8. */
function characterLength([lead = 0]: Buffer): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[\x80-\x9f]/g, (character) => WINDOWS_1252.charAt(character.charCodeAt(0) - 0x80));
}

function detectEncoding(bytes: Buffer): Encoding {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first && second === 0 && third && fourth === 0) return 'utf-16le';
  if (first === 0 && second && third === 0 && fourth) return 'utf-16be';
  return 'utf-8';
}
