import { findAccount } from '../../accounts/account.ts';
import { config } from '../../platform/config/config.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { readSettings } from '../../settings/settings.ts';
import { ageStatusAt } from '../age.ts';
import { Profile } from '../profile.ts';
import { displayName } from '../record.ts';

/** Notifies a person that staff matched their account with a record, and whether a guardian has to consent. */
const recordMatched: MailTemplate = {
  name: 'record-matched',
  views: 'alumni/mails/record-matched',
  async loadValues({ subjectId }) {
    const profile = await Profile.findByPk(subjectId, { include: ['account', 'record'] });
    if (!profile?.account || !profile.record) return null;
    const { name } = profile.account;
    const { yearOfBirth, batch, center } = profile.record;
    const ageStatus =
      yearOfBirth === null ? 'consent' : ageStatusAt(yearOfBirth, new Date(), await readSettings());
    const person = [displayName(profile.record), batch && t('alumni:person.batch', { batch }), center]
      .filter(Boolean)
      .join(', ');
    return { name, person, needsGuardian: ageStatus !== 'full', link: `${config.baseUrl}/sign-in` };
  },
};

/** Notifies a person that staff reviewed their account and lifted the hold. */
const holdLifted: MailTemplate = {
  name: 'hold-lifted',
  views: 'alumni/mails/hold-lifted',
  async loadValues({ subjectId }) {
    const account = await findAccount(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/sign-in` };
  },
};

export const directoryMails: readonly MailTemplate[] = [recordMatched, holdLifted];
