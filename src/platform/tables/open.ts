import { t } from '../i18n/i18n.ts';
import { type CsvFormat, openCsv } from './csv.ts';
import { invalidFile } from './decode.ts';
import { type OpenTable, prepend } from './table.ts';
import { openVcards, type VcardFormat } from './vcard.ts';
import { isEncryptedWorkbook, openWorkbook, type WorkbookFormat } from './xlsx/workbook.ts';

export type TableFormat = CsvFormat | WorkbookFormat | VcardFormat;

type OtherFileMessage = `imports:file.${'oldWorkbook' | 'picture' | 'pdf' | 'richText' | 'webPage'}`;

// Signatures of file types that people choose by mistake.
const otherFileTypes: [signature: RegExp, message: OtherFileMessage][] = [
  [/^\xff\xd8\xff/, 'imports:file.picture'],
  [/^\x89PNG/, 'imports:file.picture'],
  [/^GIF8/, 'imports:file.picture'],
  [/^RIFF....WEBP/s, 'imports:file.picture'],
  [/^....ftyp/s, 'imports:file.picture'],
  [/^%PDF/, 'imports:file.pdf'],
  [/^\{\\rtf/, 'imports:file.richText'],
  [/^(\xef\xbb\xbf)?\s*<(!doctype|html|table|\?xml)/i, 'imports:file.webPage'],
];
const SIGNATURE_BYTES = 16;
const ZIP = 'PK\x03\x04';
const COMPOUND_FILE = '\xd0\xcf\x11\xe0';
const VCARD = /^(\xef\xbb\xbf)?\s*BEGIN:VCARD/i;
/** A workbook is read as a whole, because its table of contents is at the end. */
const MAX_WORKBOOK_BYTES = 50 * 1024 * 1024;

/**
 * Opens a CSV file, an Excel workbook (.xlsx) or a file of contacts (.vcf) and streams its rows, headings first. The content
 * of the file decides, not its name. Empty rows are skipped.
 * @throws InvalidInput at the first error, also while rows are read; stream errors pass through
 */
export async function openTable(file: AsyncIterable<Buffer | string>): Promise<OpenTable<TableFormat>> {
  const chunks = bufferSignature(file);
  const { value: first = Buffer.alloc(0) } = await chunks.next();
  const signature = first.subarray(0, SIGNATURE_BYTES).toString('latin1');
  const content = prepend(first, chunks);
  if (signature.startsWith(ZIP)) return openWorkbook(await collect(content));
  if (signature.startsWith(COMPOUND_FILE)) {
    const isEncrypted = isEncryptedWorkbook(await collect(content));
    throw invalidFile(t(isEncrypted ? 'imports:file.password' : 'imports:file.oldWorkbook'));
  }
  const other = otherFileTypes.find(([pattern]) => pattern.test(signature));
  if (other) throw invalidFile(t(other[1]));
  return VCARD.test(signature) ? openVcards(content) : openCsv(content);
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

async function collect(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > MAX_WORKBOOK_BYTES) throw invalidFile(t('imports:file.workbookTooLarge'));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
