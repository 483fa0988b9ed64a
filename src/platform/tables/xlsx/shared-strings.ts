import { t } from '../../i18n/i18n.ts';
import { invalidFile } from '../decode.ts';
import type { Archive } from './archive.ts';
import { TextCollector } from './text.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** The texts of a workbook, which its cells refer to by number. They are kept as bytes, because strings need three times as much. */
export class SharedStrings {
  #bytes = Buffer.alloc(64 * 1024);
  #ends = new Uint32Array(4 * 1024);
  #count = 0;

  static async read(archive: Archive, part: string): Promise<SharedStrings> {
    const strings = new SharedStrings();
    const text = new TextCollector();
    await archive.parseAll(part, {
      open: (name) => (name === 'si' ? text.begin() : text.open(name)),
      text: (value) => text.add(value),
      close: (name) => (name === 'si' ? strings.#add(text.end()) : text.close(name)),
    });
    return strings;
  }

  /** The text with this number, or an empty one. */
  get(index: number): string {
    if (!(index >= 0 && index < this.#count)) return '';
    return this.#bytes.toString('utf8', this.#endOf(index - 1), this.#endOf(index));
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : (this.#ends[index] ?? 0);
  }

  #add(text: string): void {
    const start = this.#endOf(this.#count - 1);
    const end = start + Buffer.byteLength(text);
    if (end > MAX_BYTES) throw invalidFile(t('imports:file.workbookTooLarge'));
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 1.5));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#bytes.write(text, start);
    this.#ends[this.#count] = end;
    this.#count += 1;
  }
}
