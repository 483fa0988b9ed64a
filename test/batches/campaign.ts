import { work } from '../support/cast.ts';
import { rows } from '../support/database.ts';
import type { Page, Visitor } from '../support/visitor.ts';

/** The path of a batch, from any of its pages. */
export const pathOf = (page: Page) => /^\/admin\/batches\/\d+/.exec(page.path)?.[0] ?? '';
export const idOf = (page: Page) => pathOf(page).split('/').at(-1) ?? '';

/** Uploads a file and takes the columns as they are guessed; the worker has judged all rows. */
export async function uploaded(
  admin: Visitor,
  content: string | Buffer,
  page = '/admin/batches/new',
): Promise<Page> {
  await admin.open(page);
  const columns = await admin.upload('/admin/batches', content);
  if (columns.status !== 200) return columns;
  const path = pathOf(columns);
  await admin.submit(`${path}/mapping`);
  await work();
  return admin.open(path);
}

/** Presses "Send N invitations", and lets the worker do all of it. */
export async function sent(admin: Visitor): Promise<Page> {
  const path = pathOf(admin.page);
  await admin.submit(`${path}/sending`);
  await work();
  return admin.open(path);
}

/** The verdicts on a batch, by line, as the table has them. */
export async function verdictsOf(page: Page): Promise<Record<number, string>> {
  const found = await rows<{ line: number; verdict: string }>(
    'select line, verdict from batch_rows where batch_id = $1 and verdict is not null order by line',
    [idOf(page)],
  );
  return Object.fromEntries(found.map(({ line, verdict }) => [line, verdict]));
}

/** How many invitations and invitation mails each of these addresses has. */
export async function mailsOf(domain: string): Promise<{ invitations: number; mails: number }[]> {
  return rows(
    `select (select count(*)::int from invitations o where o.email = i.email) as invitations,
       (select count(*)::int from messages m where m.recipient = i.email and m.template = 'invitation') as mails
     from (select distinct email from invitations where email like $1) i`,
    [`%@${domain}`],
  );
}
