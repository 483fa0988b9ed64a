// Measures the import of alumni records from a CSV file and from an Excel workbook: uploading, checking and importing. Uses the
// new database of DATABASE_URL and prints times and how much the memory of the process grows. `imports.ts 20000` uses 20,000 rows.

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { XlsxStreamWriter } from 'hucre/xlsx';
import { mapColumns } from '../../src/imports/column-mapping.ts';
import { getImport, importStateOf } from '../../src/imports/import.ts';
import { confirmImport, runImport } from '../../src/imports/run.ts';
import { uploadImport } from '../../src/imports/upload.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { migrate } from '../../src/platform/db/migrations.ts';
import { tableOf, writeCsv, writeWorkbook } from '../../src/platform/tables/write.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const MEGABYTE = 1024 * 1024;
const command = { kind: 'command' } as const;

const headings = [
  'Contact ID',
  'First Name',
  'Last Name',
  'Email',
  'Class of',
  'Birthdate',
  'Campus',
  'Notes',
];
const WARM_UP_ROWS = 3_000;
const cellsOf = (kind: string, n: number) => [
  `${kind}-${n}`,
  `Person${n % 900}`,
  `Number${n}`,
  `person${n}@${kind}.example.org`,
  String(1960 + (n % 60)),
  `0${1 + (n % 9)}/12/${1940 + (n % 60)}`,
  `Campus ${n % 40}`,
  `Met at the reunion of ${1990 + (n % 30)}, prefers letters`,
];

async function writeFiles(folder: string, count: number): Promise<Record<string, string>> {
  const columns = headings.map((heading, index) => ({
    heading,
    value: (cells: string[]) => cells[index] ?? '',
  }));
  async function* chunks(kind: string) {
    for (let n = 0; n < count; n += 1) yield [cellsOf(`${kind}-${process.pid}`, n)];
  }
  const files = {
    csv: join(folder, 'a.csv'),
    inline: join(folder, 'b.xlsx'),
    shared: join(folder, 'c.xlsx'),
  };
  await pipeline(writeCsv(tableOf(columns, chunks('csv'))), createWriteStream(files.csv));
  await pipeline(writeWorkbook(tableOf(columns, chunks('inline'))), createWriteStream(files.inline));
  const excel = new XlsxStreamWriter({ name: 'People', columns: headings.map((header) => ({ header })) });
  for (let n = 0; n < count; n += 1) excel.addRow(cellsOf(`shared-${process.pid}`, n));
  await pipeline([await excel.finish()], createWriteStream(files.shared));
  return files;
}

async function measureFile(file: string): Promise<string> {
  global.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const growths: number[] = [];
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 10);
  const times: number[] = [];
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    times.push(performance.now() - start);
    growths.push((peak - before) / MEGABYTE);
    return result;
  };
  const id = await timed(() =>
    uploadImport('alumni', { name: file, content: createReadStream(file) }, command),
  );
  await timed(async () => {
    const { columns, hasHeading } = await getImport(id);
    await mapColumns(id, { columns, hasHeading }, command);
    while (importStateOf(await getImport(id)) === 'checking') await runImport(id);
  });
  await timed(async () => {
    const { statusCounts, checkedAt } = await getImport(id);
    await confirmImport(
      id,
      { count: statusCounts.new ?? 0, checkedAt: checkedAt?.toISOString() ?? '' },
      command,
    );
    while (importStateOf(await getImport(id)) === 'importing') await runImport(id);
  });
  clearInterval(timer);
  const { importedCount } = await getImport(id);
  const seconds = times.map((ms) => (ms / 1_000).toFixed(1).padStart(9)).join('');
  const megabytes = ((await stat(file)).size / MEGABYTE).toFixed(1);
  const growth = growths.map((megabytes) => megabytes.toFixed(0)).join(', ');
  return `${importedCount} rows, ${megabytes} MB`.padEnd(26) + seconds + growth.padStart(20);
}

await migrate();
const [, , , givenFile] = process.argv;
const folder = await mkdtemp(join(tmpdir(), 'homecoming-bench-'));
try {
  if (givenFile) {
    // First a small file, so that only the rows cost memory.
    for (const small of Object.values(await writeFiles(folder, WARM_UP_ROWS))) await measureFile(small);
    process.stdout.write(`${await measureFile(givenFile)}\n`);
  } else {
    process.stdout.write(`${'import'.padEnd(34)}  upload s  check s  import s   growth MB until then\n`);
    for (const [kind, file] of Object.entries(await writeFiles(folder, ROWS))) {
      // In a new process, because memory that was used once isn't returned.
      const nodeArgs = [...process.execArgv, import.meta.filename, String(ROWS), file];
      const { stdout } = await promisify(execFile)(process.execPath, nodeArgs);
      process.stdout.write(`${kind.padEnd(8)}${stdout}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
  await closeDatabase();
}
