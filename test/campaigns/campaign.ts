import { queryRow, queryRows } from '../support/database.ts';
import { runJobs, uniqueAddress } from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

/** Someone to invite, as a line of a file names them. */
export type Line = Readonly<{
  email: string;
  name?: string;
  message?: string;
  groupId?: string | null;
  groupRole?: string | null;
}>;

/** The path of a campaign, from any of its pages. */
export const pathOf = (page: VisitedPage) => /^\/admin\/campaigns\/\d+/.exec(page.path)?.[0] ?? '';
export const idOf = (page: VisitedPage) => pathOf(page).split('/').at(-1) ?? '';

/** A file of people to invite that has been uploaded and checked; its first line is a heading. @returns its id */
export async function checkedImport(lines: readonly Line[]): Promise<string> {
  const made = await queryRow<{ id: string }>(
    `insert into imports (kind, file_name, uploaded_at, mapped_at, checked_at, row_count, checked_count, status_counts)
     values ('invitees', 'people.csv', now(), now(), now(), $1::int, $1::int, jsonb_build_object('ok', $1::int)) returning id`,
    [lines.length],
  );
  await queryRows(
    `insert into import_rows (import_id, line, cells, key, values, status)
     select $1::bigint, number + 1, json_build_array(line ->> 'email'), lower(line ->> 'email'), line, 'ok'
     from jsonb_array_elements($2::jsonb) with ordinality as input (line, number)`,
    [
      made?.id,
      JSON.stringify(
        lines.map((line) => ({ name: '', message: '', groupId: null, groupRole: null, ...line })),
      ),
    ],
  );
  return made?.id ?? '';
}

export function people(domain: string, count: number): Line[] {
  return Array.from({ length: count }, (_, n) => ({ email: `person${n}@${domain}` }));
}

/** A draft for these people; the worker has checked all of them. */
export async function drafted(
  admin: Visitor,
  lines: readonly Line[] = [{ email: uniqueAddress() }],
  name = 'Spring reunion',
): Promise<VisitedPage> {
  await admin.open(`/admin/campaigns/new?import=${await checkedImport(lines)}`);
  await admin.submit('/admin/campaigns', { name });
  const path = pathOf(admin.page);
  await runJobs();
  return admin.open(path);
}

/** Changes the settings of the draft that is open. Once more checked, its page is open again. */
export async function changed(admin: Visitor, settings: Record<string, string>): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.open(`${path}/settings`);
  const page = await admin.submit(`${path}/settings`, settings);
  if (page.status !== 200) return page;
  await runJobs();
  return admin.open(path);
}

/** Presses "Send N invitations", and lets the worker do all of it. */
export async function sent(admin: Visitor): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.submit(`${path}/sending`);
  await runJobs();
  return admin.open(path);
}

/** How many invitations and invitation mails each of these addresses has. */
export async function mailsOf(domain: string): Promise<{ invitations: number; mails: number }[]> {
  return queryRows(
    `select (select count(*)::int from invitations o where o.email = i.email) as invitations,
       (select count(*)::int from messages m where m.recipient = i.email and m.template = 'invitation') as mails
     from (select distinct email from invitations where email like $1) i`,
    [`%@${domain}`],
  );
}
