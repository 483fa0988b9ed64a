import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { t } from '../../i18n/i18n.ts';
import { invalidFile } from '../decode.ts';

/** Limits of what a file may unpack to: 100,000 rows of 100 columns need less. */
const MAX_UNPACKED_BYTES = 400 * 1024 * 1024;
const MAX_PARTS = 5_000;

/** Receives the tags and texts of an XML part in order. Names have no namespace prefix. */
export type PartHandler = Readonly<{
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}>;

/** The parts of a zip archive. Each is unpacked and parsed in a stream, and all of them together only up to a limit. */
export class Archive {
  readonly #zip: ZipFile;
  readonly #parts: ReadonlyMap<string, Entry>;
  #unpackedBytes = 0;

  private constructor(zip: ZipFile, parts: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#parts = parts;
  }

  /** @throws InvalidInput if the archive is broken */
  static async open(content: Buffer): Promise<Archive> {
    try {
      const zip = await promisify<Buffer, object, ZipFile>(fromBuffer)(content, { lazyEntries: true });
      return new Archive(zip, await readEntries(zip));
    } catch {
      throw invalidFile(t('imports:file.brokenWorkbook'));
    }
  }

  get names(): string[] {
    return [...this.#parts.keys()];
  }

  /** Parses a part, yielding after each chunk. A part that doesn't exist is empty. @throws InvalidInput if it is broken */
  async *parse(name: string, handler: PartHandler): AsyncGenerator<void> {
    const entry = this.#parts.get(name);
    if (!entry) return;
    const parser = new SaxesParser({ position: false });
    parser.on('opentag', ({ name: tag, attributes }) =>
      handler.open(localName(tag), attributes as Record<string, string>),
    );
    parser.on('text', (text) => handler.text?.(text));
    parser.on('cdata', (text) => handler.text?.(text));
    parser.on('closetag', ({ name: tag }) => handler.close?.(localName(tag)));
    // Its default is to go on.
    parser.on('error', () => {
      throw invalidFile(t('imports:file.brokenWorkbook'));
    });
    const decoder = new TextDecoder();
    for await (const chunk of this.#unpack(entry)) {
      parser.write(decoder.decode(chunk, { stream: true }));
      yield;
    }
    parser.close();
  }

  /** Parses a small part completely. */
  async parseAll(name: string, handler: PartHandler): Promise<void> {
    for await (const _ of this.parse(name, handler));
  }

  async *#unpack(entry: Entry): AsyncGenerator<Buffer> {
    try {
      const stream = await promisify<Entry, Readable>(this.#zip.openReadStream.bind(this.#zip))(entry);
      for await (const chunk of stream) {
        this.#unpackedBytes += chunk.length;
        if (this.#unpackedBytes > MAX_UNPACKED_BYTES) break;
        yield chunk;
      }
    } catch {
      throw invalidFile(t('imports:file.brokenWorkbook'));
    }
    if (this.#unpackedBytes > MAX_UNPACKED_BYTES) throw invalidFile(t('imports:file.workbookTooLarge'));
  }
}

function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      parts.set(entry.fileName, entry);
      if (parts.size > MAX_PARTS) reject(new Error('too many parts'));
      else zip.readEntry();
    });
    zip.once('end', () => resolve(parts));
    zip.once('error', reject);
    zip.readEntry();
  });
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
