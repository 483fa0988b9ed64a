import { queryRow, queryRows } from '../support/database.ts';
import { runJobs, uniqueAddress } from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';

/** A person to invite, as in a line of a file. */
export type Line = Readonly<{
  email: string;
  name?: string;
  message?: string;
  groupId?: string | null;
  groupRole?: string | null;
  language?: string | null;
}>;

/** The path of a campaign, taken from any of its pages. */
export const pathOf = (page: VisitedPage) => /^\/admin\/campaigns\/\d+/.exec(page.path)?.[0] ?? '';
export const idOf = (page: VisitedPage) => pathOf(page).split('/').at(-1) ?? '';

/** Stores an import of people to invite that has been checked. Its first line is a heading. @returns its id */
export async function createCheckedImport(lines: readonly Line[]): Promise<string> {
  const created = await queryRow<{ id: string }>(
    `insert into imports (kind, file_name, uploaded_at, mapped_at, checked_at, row_count, checked_count, status_counts)
     values ('invitees', 'people.csv', now(), now(), now(), $1::int, $1::int, jsonb_build_object('ok', $1::int)) returning id`,
    [lines.length],
  );
  await queryRows(
    `insert into import_rows (import_id, line, cells, key, values, status)
     select $1::bigint, number + 1, json_build_array(line ->> 'email'), lower(line ->> 'email'), line, 'ok'
     from jsonb_array_elements($2::jsonb) with ordinality as input (line, number)`,
    [
      created?.id,
      JSON.stringify(
        lines.map((line) => ({
          name: '',
          message: '',
          groupId: null,
          groupRole: null,
          language: null,
          ...line,
        })),
      ),
    ],
  );
  return created?.id ?? '';
}

export function peopleAt(domain: string, count: number): Line[] {
  return Array.from({ length: count }, (_, n) => ({ email: `person${n}@${domain}` }));
}

/** Creates a draft with checked recipients. */
export async function createDraft(
  admin: Visitor,
  lines: readonly Line[] = [{ email: uniqueAddress() }],
  name = 'Spring reunion',
): Promise<VisitedPage> {
  await admin.open(`/admin/campaigns/new?import=${await createCheckedImport(lines)}`);
  await admin.submit('/admin/campaigns', { name });
  const path = pathOf(admin.page);
  await runJobs();
  return admin.open(path);
}

/** Changes the settings of the draft that is open, checks it again, and opens its page. */
export async function changeSettings(admin: Visitor, settings: Record<string, string>): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.open(`${path}/settings`);
  const page = await admin.submit(`${path}/settings`, settings);
  if (page.status !== 200) return page;
  await runJobs();
  return admin.open(path);
}

/** Sends the campaign that is open completely. */
export async function sendAndRun(admin: Visitor): Promise<VisitedPage> {
  const path = pathOf(admin.page);
  await admin.submit(`${path}/sending`);
  await runJobs();
  return admin.open(path);
}

/** The number of invitations and invitation mails for each address at this domain. */
export async function countInvitationMails(
  domain: string,
): Promise<{ invitations: number; mails: number }[]> {
  return queryRows(
    `select (select count(*)::int from invitations o where o.email = i.email) as invitations,
       (select count(*)::int from messages m where m.recipient = i.email and m.template = 'invitation') as mails
     from (select distinct email from invitations where email like $1) i`,
    [`%@${domain}`],
  );
}
