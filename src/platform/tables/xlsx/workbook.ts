import { posix } from 'node:path';
import { t } from '../../i18n/i18n.ts';
import { invalidFile } from '../decode.ts';
import { type OpenTable, prepend } from '../table.ts';
import { Archive } from './archive.ts';
import { readNumberFormats } from './number-formats.ts';
import { SharedStrings } from './shared-strings.ts';
import { readSheet } from './sheet.ts';

type Sheet = Readonly<{ name: string; isHidden: boolean; part: string }>;

/** Which sheet of a workbook is read, and the names of the others. */
export type WorkbookFormat = Readonly<{ type: 'xlsx'; sheet: string; otherSheets: string[] }>;

/** Reads the first sheet that isn't hidden and has a row. @throws InvalidInput */
export async function openWorkbook(content: Buffer): Promise<OpenTable<WorkbookFormat>> {
  const archive = await Archive.open(content);
  const workbook = archive.names.find((name) => /(^|\/)workbook\d*\.xml$/.test(name));
  if (workbook === undefined) throw invalidFile(t(describeOtherArchive(archive.names)));
  const { sheets, uses1904, relatedParts } = await readContents(archive, workbook);
  const partOf = (kind: string) => relatedParts.find(({ type }) => type.endsWith(`/${kind}`))?.part ?? '';
  const context = {
    archive,
    uses1904,
    strings: await SharedStrings.read(archive, partOf('sharedStrings')),
    formats: await readNumberFormats(archive, partOf('styles')),
  };
  for (const sheet of sheets.toSorted((a, b) => Number(a.isHidden) - Number(b.isHidden))) {
    const rows = readSheet(sheet.part, context);
    const { value: first } = await rows.next();
    if (!first) continue;
    const others = sheets.filter((other) => other !== sheet);
    return {
      format: { type: 'xlsx', sheet: sheet.name, otherSheets: others.map(({ name }) => name) },
      rows: prepend(first, rows),
      async *otherRows() {
        for (const { name, part } of others)
          for await (const row of readSheet(part, context)) yield { ...row, sheet: name };
      },
    };
  }
  throw invalidFile(t('imports:file.empty'));
}

/** Whether a compound file is a workbook with a password. */
export function isEncryptedWorkbook(content: Buffer): boolean {
  return content.includes(Buffer.from('EncryptedPackage', 'utf16le'));
}

async function readContents(archive: Archive, workbook: string) {
  const folder = posix.dirname(workbook);
  const relatedParts: { id: string; type: string; part: string }[] = [];
  const relationships = posix.join(folder, '_rels', `${posix.basename(workbook)}.rels`);
  await archive.parseAll(relationships, {
    open(name, { Id = '', Type = '', Target = '' }) {
      if (name.toLowerCase() !== 'relationship') return;
      const part = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target);
      relatedParts.push({ id: Id, type: Type, part });
    },
  });
  const sheets: Sheet[] = [];
  let uses1904 = false;
  await archive.parseAll(workbook, {
    open(tag, attributes) {
      if (tag === 'workbookPr') uses1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (tag !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
      const related = relatedParts.find((part) => part.id === id && part.type.endsWith('/worksheet'));
      const { name = '', state = 'visible' } = attributes;
      if (related) sheets.push({ name, isHidden: state !== 'visible', part: related.part });
    },
  });
  return { sheets, uses1904, relatedParts };
}

function describeOtherArchive(names: readonly string[]) {
  const isFound = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (isFound(/^word\//)) return 'imports:file.document';
  if (isFound(/^Index\//)) return 'imports:file.numbers';
  if (isFound(/^xl\/workbook\.bin$/)) return 'imports:file.binaryWorkbook';
  return isFound(/^content\.xml$/) ? 'imports:file.openDocument' : 'imports:file.archive';
}
