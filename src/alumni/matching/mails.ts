import { findAccount } from '../../accounts/account.ts';
import { config } from '../../platform/config/config.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { readSettings } from '../../settings/settings.ts';
import { ageStatusAt } from '../age.ts';
import { Profile } from '../profile.ts';
import { displayName } from '../record.ts';

/** Tells somebody which person of the register the office took them for; a minor, that a guardian must consent now. */
const recordMatched: MailTemplate = {
  name: 'record-matched',
  views: 'alumni/mails/record-matched',
  async loadValues({ subjectId }) {
    const profile = await Profile.findByPk(subjectId, { include: ['account', 'record'] });
    if (!profile?.account || !profile.record) return null;
    const { name } = profile.account;
    const { yearOfBirth, batch, center } = profile.record;
    const access =
      yearOfBirth === null ? 'consent' : ageStatusAt(yearOfBirth, new Date(), await readSettings());
    const person = [displayName(profile.record), batch && `batch ${batch}`, center]
      .filter(Boolean)
      .join(', ');
    return { name, person, needsGuardian: access !== 'full', link: `${config.baseUrl}/sign-in` };
  },
};

/** Tells somebody that the office has looked at their account, and lets them in. */
const holdLifted: MailTemplate = {
  name: 'hold-lifted',
  views: 'alumni/mails/hold-lifted',
  async loadValues({ subjectId }) {
    const account = await findAccount(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/sign-in` };
  },
};

export const directoryMails: readonly MailTemplate[] = [recordMatched, holdLifted];
