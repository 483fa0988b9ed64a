import { queryRows } from '../support/database.ts';
import { runJobs } from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

type Kind = 'alumni' | 'invitees';

/** The path of an import, from any of its pages. */
export const pathOf = (page: VisitedPage) => /^\/admin\/imports\/\d+/.exec(page.path)?.[0] ?? '';
export const idOf = (page: VisitedPage) => pathOf(page).split('/').at(-1) ?? '';

/** Uploads a file. The page asks which column is which. */
export async function sent(admin: Visitor, kind: Kind, content: string | Buffer): Promise<VisitedPage> {
  await admin.open(`/admin/imports/new?kind=${kind}`);
  return admin.upload('/admin/imports', content);
}

/** Uploads a file and takes the columns as they are guessed; the worker has checked all rows. */
export async function uploaded(admin: Visitor, kind: Kind, content: string | Buffer): Promise<VisitedPage> {
  const columns = await sent(admin, kind, content);
  if (columns.status !== 200) return columns;
  const path = pathOf(columns);
  await admin.submit(`${path}/columns`);
  await runJobs();
  return admin.open(path);
}

/** Presses "Import N records", and lets the worker do all of it. */
export async function imported(admin: Visitor): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.submit(`${path}/confirmation`);
  await runJobs();
  return admin.open(path);
}

/** Uploads alumni records and imports them. */
export async function importedRecords(admin: Visitor, content: string): Promise<VisitedPage> {
  await uploaded(admin, 'alumni', content);
  return imported(admin);
}

/** Undoes an import, and lets the worker do all of it. */
export async function undone(admin: Visitor, path: string, reason = 'the wrong file'): Promise<VisitedPage> {
  await admin.open(`${path}/undo`);
  await admin.submit(`${path}/undo`, { reason });
  await runJobs();
  return admin.open(path);
}

/** The statuses of the rows, by line. */
export function statusesOf(page: VisitedPage): Promise<Record<number, string>> {
  return byLine(page, 'status');
}

/** What happened to the rows, by line. */
export function outcomesOf(page: VisitedPage): Promise<Record<number, string>> {
  return byLine(page, 'outcome');
}

async function byLine(page: VisitedPage, column: 'status' | 'outcome'): Promise<Record<number, string>> {
  const found = await queryRows<{ line: number; said: string }>(
    `select line, ${column} as said from import_rows where import_id = $1 and ${column} is not null order by line`,
    [idOf(page)],
  );
  return Object.fromEntries(found.map(({ line, said }) => [line, said]));
}
