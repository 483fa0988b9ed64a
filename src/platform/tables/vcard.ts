import { t } from '../i18n/i18n.ts';
import { decodeText, type Encoding, invalidFile } from './decode.ts';
import type { OpenTable, TableRow } from './table.ts';

/** A file of contacts, as address books export them. */
export type VcardFormat = Readonly<{ type: 'vcard'; encoding: Encoding }>;

type Property = Readonly<{ name: string; parameters: string; value: string }>;

const MAX_LINE_CHARACTERS = 200_000;
const headings = ['uid', 'first_name', 'last_name', 'full_name', 'email', 'birthday', 'language', 'other'];
const PROPERTY = /^(?:[\w-]+\.)?(?<name>[\w-]+)(?<parameters>(?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(?<value>.*)$/s;

/** Reads vCards of versions 2.1 to 4.0 as rows with headings. All addresses of a person are in one cell. */
export async function openVcards(file: AsyncIterable<Buffer>): Promise<OpenTable<VcardFormat>> {
  const format = { type: 'vcard' as const, encoding: 'utf-8' as Encoding };
  const text = decodeText(file, (detected) => {
    format.encoding = detected;
  });
  return { format, rows: readCards(text), otherRows: async function* () {} };
}

async function* readCards(text: AsyncGenerator<string>): AsyncGenerator<TableRow> {
  yield { line: 1, cells: headings };
  let card: Property[] = [];
  let firstLine = 1;
  for await (const { line, content } of unfold(text)) {
    const property = parseProperty(content);
    if (property?.name === 'BEGIN') {
      card = [];
      // The headings have the first line.
      firstLine = Math.max(2, line);
    } else if (property?.name === 'END') yield { line: firstLine, cells: describeCard(card) };
    else if (property) card.push(property);
  }
}

/** Joins lines that were broken: a next line begins with a space, or quoted-printable text ends with `=`. */
async function* unfold(text: AsyncGenerator<string>): AsyncGenerator<{ line: number; content: string }> {
  let line = 0;
  let start = 1;
  let content = '';
  for await (const next of splitLines(text)) {
    line += 1;
    const isSoftBreak = content.endsWith('=') && /^[^:]*QUOTED-PRINTABLE[^:]*:/i.test(content);
    if (isSoftBreak) content = content.slice(0, -1) + next.trimStart();
    else if (/^[ \t]/.test(next)) content += next.slice(1);
    else {
      yield { line: start, content };
      [start, content] = [line, next];
    }
    if (content.length > MAX_LINE_CHARACTERS) throw invalidFile(t('imports:file.rowTooLong', { line }));
  }
  yield { line: start, content };
}

async function* splitLines(text: AsyncGenerator<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseProperty(content: string): Property | null {
  const { name, parameters = '', value = '' } = PROPERTY.exec(content)?.groups ?? {};
  if (name === undefined) return null;
  const decoded = /QUOTED-PRINTABLE/i.test(parameters) ? decodeQuotedPrintable(value, parameters) : value;
  return { name: name.toUpperCase(), parameters, value: decoded };
}

function decodeQuotedPrintable(value: string, parameters: string): string {
  const bytes = value.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const isLatin = /ISO-8859|WINDOWS-125/i.test(parameters);
  // Texts outside ASCII that aren't encoded are already decoded.
  return isLatin || /[\u0100-\uffff]/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function describeCard(card: readonly Property[]): string[] {
  const first = (name: string) => card.find((property) => property.name === name)?.value ?? '';
  const [lastName = '', firstName = '', middleName = ''] = splitParts(first('N'));
  const preferred = (property: Property) => (/PREF/i.test(property.parameters) ? 0 : 1);
  const addresses = card
    .filter(({ name }) => name === 'EMAIL')
    .toSorted((a, b) => preferred(a) - preferred(b))
    .map(({ value }) => unescapeValue(value));
  const used = ['N', 'FN', 'EMAIL', 'UID', 'BDAY', 'LANG'];
  const others = card.filter(({ name, value }) => !used.includes(name) && value.includes('@'));
  return [
    unescapeValue(first('UID')),
    [firstName, middleName].filter(Boolean).join(' '),
    lastName,
    unescapeValue(first('FN')),
    addresses.join('; '),
    first('BDAY').replace(/^(\d{4})(\d{2})(\d{2})/, '$1-$2-$3'),
    first('LANG'),
    others.map(({ value }) => unescapeValue(value)).join('; '),
  ];
}

function splitParts(value: string): string[] {
  return value.split(/(?<!\\);/).map((part) => unescapeValue(part).trim());
}

function unescapeValue(value: string): string {
  return value.replaceAll(/\\n/gi, ' ').replaceAll(/\\(.)/g, '$1').trim();
}
