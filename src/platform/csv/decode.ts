import { TextDecoder } from 'node:util';
import { InvalidInput } from '../errors.ts';

/** The error for a file that can't be read; `file` is the name of the upload field. */
export function invalidFile(message: string): InvalidInput {
  return new InvalidInput({ file: message });
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const SAVE_AS = 'Save it from your spreadsheet as “CSV UTF-8” and try again. Nothing was imported.';
const NOT_TEXT = 'This is not a CSV file in UTF-8.';

// Signatures of file types that people choose by mistake.
const otherFileTypes: readonly (readonly [signature: string, message: string])[] = [
  ['504b0304', 'This is a packed file, such as an Excel workbook (.xlsx), and not CSV.'],
  ['d0cf11e0', 'This is an older Excel workbook (.xls), and not CSV.'],
  ['ffd8ff', 'This is a picture, and not CSV.'],
  ['89504e47', 'This is a picture, and not CSV.'],
  ['47494638', 'This is a picture, and not CSV.'],
  ['25504446', 'This is a PDF document, and not CSV.'],
];
const SIGNATURE_BYTES = 4;

/**
 * Decodes a file in chunks and normalises line endings to `\n`. Accepts UTF-8 with or without a byte order mark, and UTF-16
 * with one. `onEncoding` is called before the first chunk.
 * @throws InvalidInput at the first invalid byte; stream errors pass through
 */
export async function* decodeText(
  file: AsyncIterable<Buffer | string>,
  onEncoding: (encoding: Encoding) => void = () => {},
): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let line = 1;
  let pendingLineEnd = '';
  for await (const bytes of bufferSignature(file)) {
    if (decoder === null) {
      const encoding = detectEncoding(bytes);
      onEncoding(encoding);
      decoder = new TextDecoder(encoding, { fatal: true });
    }
    const hasNulByte = decoder.encoding === 'utf-8' && bytes.includes(0);
    const chunk = pendingLineEnd + (hasNulByte ? '\0' : decodeChunk(decoder, bytes, line));
    if (chunk.includes('\0'))
      throw invalidFile(`${NOT_TEXT} It holds zero bytes near line ${line}. ${SAVE_AS}`);
    // A chunk may end between \r and \n.
    pendingLineEnd = chunk.endsWith('\r') ? '\r' : '';
    const text = chunk.slice(0, chunk.length - pendingLineEnd.length).replaceAll(/\r\n?/g, '\n');
    line += text.split('\n').length - 1;
    yield text;
  }
  yield (pendingLineEnd && '\n') + (decoder ? decodeChunk(decoder, null, line) : '');
}

/** Passes chunks on, and makes the first one long enough to contain the file's signature. */
async function* bufferSignature(file: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let first: Buffer | null = Buffer.alloc(0);
  for await (const chunk of file) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (first === null) {
      yield bytes;
      continue;
    }
    first = Buffer.concat([first, bytes]);
    if (first.length < SIGNATURE_BYTES) continue;
    yield first;
    first = null;
  }
  if (first !== null && first.length > 0) yield first;
}

function detectEncoding(firstBytes: Buffer): Encoding {
  const hex = firstBytes.subarray(0, SIGNATURE_BYTES).toString('hex');
  const other = otherFileTypes.find(([bytes]) => hex.startsWith(bytes));
  if (other) throw invalidFile(`${other[1]} ${SAVE_AS}`);
  if (hex.startsWith('fffe')) return 'utf-16le';
  return hex.startsWith('feff') ? 'utf-16be' : 'utf-8';
}

function decodeChunk(decoder: TextDecoder, bytes: Buffer | null, line: number): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch {
    const [before = ''] = new TextDecoder(decoder.encoding)
      .decode(bytes ?? Buffer.alloc(0))
      .split('\uFFFD', 1);
    const errorLine = line + before.split('\n').length - 1;
    throw invalidFile(`${NOT_TEXT} The first wrong character is in line ${errorLine}. ${SAVE_AS}`);
  }
}
