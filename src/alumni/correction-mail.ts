import { findAccount } from '../accounts/account.ts';
import { config } from '../platform/config/config.ts';
import { queryRows } from '../platform/db/database.ts';
import { t } from '../platform/i18n/i18n.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { RecordCorrection } from './corrections.ts';

type Decided = Pick<RecordCorrection, 'field' | 'newValue' | 'isAccepted' | 'refusedReason'>;

/** Tells a member what staff decided. The subject is the last of the corrections decided together. */
export const correctionsDecided: MailTemplate = {
  name: 'corrections-decided',
  views: 'alumni/mails/corrections-decided',
  async loadValues({ subjectId }) {
    const last = await RecordCorrection.findByPk(subjectId);
    const account = last?.accountId ? await findAccount(last.accountId) : null;
    if (!last?.decidedAt || !account) return null;
    const decided = await queryRows<Decided>(
      `select field, new_value, is_accepted, refused_reason from record_corrections
       where (alumni_member_id, decided_at) = (select alumni_member_id, decided_at from record_corrections where id = $1)
       order by id`,
      [subjectId],
    );
    const refused = decided.filter(({ isAccepted }) => !isAccepted);
    const describe = ({ field, newValue }: Decided) => ({
      field: t(`alumni:fields.${field}`),
      value: newValue ?? t('common:form.notKnown'),
    });
    return {
      name: account.name,
      accepted: decided.filter(({ isAccepted }) => isAccepted).map(describe),
      refused: refused.map(describe),
      reason: refused[0]?.refusedReason ?? null,
      link: `${config.baseUrl}/home`,
    };
  },
};
