import { accountById } from '../accounts/account.ts';
import { accessAt } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { config } from '../config.ts';
import { row } from '../database.ts';
import type { MailTemplate } from '../mail/template.ts';
import { readSettings } from '../settings.ts';

type Matched = Readonly<{
  name: string;
  firstName: string;
  lastName: string;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
}>;

/** Tells somebody which person of the register the office took them for; a minor, that a guardian must consent now. */
const recordMatched: MailTemplate = {
  name: 'record-matched',
  views: 'register/mails/record-matched',
  async fill({ subjectId }) {
    const found = await row<Matched>(
      `select a.name, m.first_name, m.last_name, m.batch, m.center,
         m.year_of_birth
       from profiles p join accounts a on a.id = p.account_id join alumni_members m on m.id = p.alumni_member_id
       where p.id = $1`,
      [subjectId],
    );
    if (!found) return null;
    const { yearOfBirth, batch, center, name } = found;
    const access = yearOfBirth === null ? 'consent' : accessAt(yearOfBirth, new Date(), await readSettings());
    const person = [displayName(found), batch && `batch ${batch}`, center].filter(Boolean).join(', ');
    return { name, person, needsGuardian: access !== 'full', link: `${config.baseUrl}/sign-in` };
  },
};

/** Tells somebody that the office has looked at their account, and lets them in. */
const holdLifted: MailTemplate = {
  name: 'hold-lifted',
  views: 'register/mails/hold-lifted',
  async fill({ subjectId }) {
    const account = await accountById(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/sign-in` };
  },
};

export const registerMails: readonly MailTemplate[] = [recordMatched, holdLifted];
