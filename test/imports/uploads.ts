import { queryRows } from '../support/database.ts';
import { runJobs } from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

type Kind = 'alumni' | 'invitees';

/** The path of an import, taken from any of its pages. */
export const pathOf = (page: VisitedPage) => /^\/admin\/imports\/\d+/.exec(page.path)?.[0] ?? '';
export const idOf = (page: VisitedPage) => pathOf(page).split('/').at(-1) ?? '';

/** Uploads a file. Returns the page that asks for the columns. */
export async function uploadFile(admin: Visitor, kind: Kind, content: string | Buffer): Promise<VisitedPage> {
  await admin.open(`/admin/imports/new?kind=${kind}`);
  return admin.upload('/admin/imports', content);
}

/** Uploads a file, confirms the guessed columns, and checks all rows. */
export async function uploadAndCheck(
  admin: Visitor,
  kind: Kind,
  content: string | Buffer,
): Promise<VisitedPage> {
  const columns = await uploadFile(admin, kind, content);
  if (columns.status !== 200) return columns;
  const path = pathOf(columns);
  await admin.submit(`${path}/columns`);
  await runJobs();
  return admin.open(path);
}

/** Confirms the import that is open, and runs it. */
export async function confirmAndRun(admin: Visitor): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.submit(`${path}/confirmation`);
  await runJobs();
  return admin.open(path);
}

/** Uploads and imports alumni records. */
export async function importRecordFile(admin: Visitor, content: string): Promise<VisitedPage> {
  await uploadAndCheck(admin, 'alumni', content);
  return confirmAndRun(admin);
}

/** Undoes an import completely. */
export async function undoAndRun(
  admin: Visitor,
  path: string,
  reason = 'Uploaded twice',
): Promise<VisitedPage> {
  await admin.open(`${path}/undo`);
  await admin.submit(`${path}/undo`, { reason });
  await runJobs();
  return admin.open(path);
}

export function statusesByLine(page: VisitedPage): Promise<Record<number, string>> {
  return columnByLine(page, 'status');
}

export function outcomesByLine(page: VisitedPage): Promise<Record<number, string>> {
  return columnByLine(page, 'outcome');
}

async function columnByLine(
  page: VisitedPage,
  column: 'status' | 'outcome',
): Promise<Record<number, string>> {
  const found = await queryRows<{ line: number; value: string }>(
    `select line, ${column} as value from import_rows where import_id = $1 and ${column} is not null order by line`,
    [idOf(page)],
  );
  return Object.fromEntries(found.map(({ line, value }) => [line, value]));
}
