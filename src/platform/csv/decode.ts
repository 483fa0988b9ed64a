import { TextDecoder } from 'node:util';
import { InvalidInput } from '../errors.ts';
import { t } from '../i18n/i18n.ts';

/** The error for a file that can't be read; `file` is the name of the upload field. */
export function invalidFile(message: string): InvalidInput {
  return new InvalidInput({ file: message });
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

type OtherFileMessage = `imports:file.${'workbook' | 'oldWorkbook' | 'picture' | 'pdf'}`;

// Signatures of file types that people choose by mistake.
const otherFileTypes: [signature: string, message: OtherFileMessage][] = [
  ['504b0304', 'imports:file.workbook'],
  ['d0cf11e0', 'imports:file.oldWorkbook'],
  ['ffd8ff', 'imports:file.picture'],
  ['89504e47', 'imports:file.picture'],
  ['47494638', 'imports:file.picture'],
  ['25504446', 'imports:file.pdf'],
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
    if (chunk.includes('\0')) throw invalidFile(t('imports:file.zeroBytes', { line }));
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
  if (other) throw invalidFile(t(other[1]));
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
    throw invalidFile(t('imports:file.notUtf8', { line: errorLine }));
  }
}
