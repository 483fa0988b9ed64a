import { TextDecoder } from 'node:util';
import { Invalid } from '../errors.ts';

/** A whole file that can't be taken; the field is the one of an upload form. */
export function refusal(message: string): Invalid {
  return new Invalid({ file: message });
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const SAVE_AS = 'Save it from your spreadsheet as “CSV UTF-8” and try again. Nothing was imported.';
const NOT_TEXT = 'This is not a CSV file in UTF-8.';

// What people pick by mistake, told by its first bytes.
const others: readonly (readonly [beginning: string, what: string])[] = [
  ['504b0304', 'This is a packed file, such as an Excel workbook (.xlsx), and not CSV.'],
  ['d0cf11e0', 'This is an older Excel workbook (.xls), and not CSV.'],
  ['ffd8ff', 'This is a picture, and not CSV.'],
  ['89504e47', 'This is a picture, and not CSV.'],
  ['47494638', 'This is a picture, and not CSV.'],
  ['25504446', 'This is a PDF document, and not CSV.'],
];
const LONGEST_BEGINNING = 4;

/**
 * The text of a file, piece by piece, with `\n` as the only line end: UTF-8 with or without a byte order mark, UTF-16
 * with one. `found` hears which of them it is, before the first piece.
 * @throws Invalid when it is no such text, where that is found; errors of the stream pass through
 */
export async function* readText(
  file: AsyncIterable<Buffer | string>,
  found: (encoding: Encoding) => void = () => {},
): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let line = 1;
  let held = '';
  for await (const bytes of withBeginning(file)) {
    if (decoder === null) {
      const encoding = encodingOf(bytes);
      found(encoding);
      decoder = new TextDecoder(encoding, { fatal: true });
    }
    const holdsZero = decoder.encoding === 'utf-8' && bytes.includes(0);
    const piece = held + (holdsZero ? '\0' : decode(decoder, bytes, line));
    if (piece.includes('\0')) throw refusal(`${NOT_TEXT} It holds zero bytes near line ${line}. ${SAVE_AS}`);
    // A line end may be cut in two between pieces.
    held = piece.endsWith('\r') ? '\r' : '';
    const text = piece.slice(0, piece.length - held.length).replaceAll(/\r\n?/g, '\n');
    line += text.split('\n').length - 1;
    yield text;
  }
  yield (held && '\n') + (decoder ? decode(decoder, null, line) : '');
}

/** The pieces as they come, but the first is long enough to tell what kind of file it is. */
async function* withBeginning(file: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let first: Buffer | null = Buffer.alloc(0);
  for await (const piece of file) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (first === null) {
      yield bytes;
      continue;
    }
    first = Buffer.concat([first, bytes]);
    if (first.length < LONGEST_BEGINNING) continue;
    yield first;
    first = null;
  }
  if (first !== null && first.length > 0) yield first;
}

function encodingOf(beginning: Buffer): Encoding {
  const hex = beginning.subarray(0, LONGEST_BEGINNING).toString('hex');
  const other = others.find(([bytes]) => hex.startsWith(bytes));
  if (other) throw refusal(`${other[1]} ${SAVE_AS}`);
  if (hex.startsWith('fffe')) return 'utf-16le';
  return hex.startsWith('feff') ? 'utf-16be' : 'utf-8';
}

function decode(decoder: TextDecoder, bytes: Buffer | null, line: number): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch {
    const [before = ''] = new TextDecoder(decoder.encoding)
      .decode(bytes ?? Buffer.alloc(0))
      .split('\uFFFD', 1);
    const place = line + before.split('\n').length - 1;
    throw refusal(`${NOT_TEXT} The first wrong character is in line ${place}. ${SAVE_AS}`);
  }
}
