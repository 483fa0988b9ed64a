import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { config } from '../../platform/config/config.ts';
import { database, inTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { newReference } from '../../platform/text/support-reference.ts';
import { Account } from '../account.ts';

/** How many days before the mailboxes close each mail is sent. */
const NOTICE_DAYS = [60, 21, 5];
const MAX_MAILS_PER_RUN = 2000;

/** A mail domain whose mailboxes will close, such as a school's. */
export class ClosingMailDomain extends Model<
  InferAttributes<ClosingMailDomain>,
  InferCreationAttributes<ClosingMailDomain>
> {
  declare domain: string;
  /** The last day, as `2027-06-30`. */
  declare closesOn: string;
  declare createdAt: CreationOptional<Date>;
}

ClosingMailDomain.init(
  {
    domain: { type: DataTypes.CITEXT, primaryKey: true },
    closesOn: DataTypes.DATEONLY,
    createdAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'closing_mail_domains' },
);

/** Who was asked for another address, and how many days before the mailbox closes. */
class ClosingMailboxNotice extends Model<
  InferAttributes<ClosingMailboxNotice>,
  InferCreationAttributes<ClosingMailboxNotice>
> {
  declare accountId: string;
  declare domain: string;
  declare daysBefore: number;
  declare queuedAt: CreationOptional<Date>;
}

ClosingMailboxNotice.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    domain: { type: DataTypes.CITEXT, primaryKey: true },
    daysBefore: { type: DataTypes.INTEGER, primaryKey: true },
    queuedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'closing_mailbox_notices' },
);

export type ListedDomain = Readonly<{ domain: string; closesOn: string; accountCount: number }>;

const event = { subject: 'settings', subjectId: 'all' } as const;

const DOMAIN_OF = `split_part(lower(a.email::text), '@', 2)`;

/** The domains, the first to close first, and how many accounts still use each. */
export function listClosingDomains(): Promise<ListedDomain[]> {
  return queryRows<ListedDomain>(
    `select d.domain, d.closes_on::text as closes_on,
       (select count(*)::int from accounts a where ${DOMAIN_OF} = d.domain::text) as account_count
     from closing_mail_domains d order by d.closes_on, d.domain`,
  );
}

/** Noon, so that it is the same day in every time zone. */
export function toDate(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

/** Adds a domain, in lower case, or changes its last day. A new day starts the mails afresh. */
export function saveClosingDomain(domain: string, closesOn: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await ClosingMailDomain.upsert({ domain, closesOn });
    await ClosingMailboxNotice.destroy({ where: { domain } });
    await recordEvent(actor, {
      ...event,
      action: 'settings.closing-mailboxes-saved',
      detail: { domain, closesOn },
    });
  });
}

/** @throws NotFound */
export function removeClosingDomain(domain: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const removed = await ClosingMailDomain.destroy({ where: { domain } });
    if (removed === 0) throw new NotFound(t('errors:messages.notFound'));
    await recordEvent(actor, { ...event, action: 'settings.closing-mailboxes-removed', detail: { domain } });
  });
}

/** The last day of an address's mailbox, if it is known to close; null otherwise and afterwards. */
export async function findClosingDay(email: string): Promise<string | null> {
  const found = await queryRow<{ closesOn: string }>(
    `select closes_on::text as closes_on from closing_mail_domains
     where domain = split_part(lower($1), '@', 2) and closes_on >= current_date`,
    [email],
  );
  return found?.closesOn ?? null;
}

/** Asks members whose mailbox will close for another address, up to three times. Safe to run at any time, also concurrently. */
export function askForOtherAddresses(): Promise<void> {
  return inTransaction(async () => {
    const due = await queryRows<{ accountId: string; email: string }>(
      `with due as (
         select a.id, d.domain, (select min(days) from unnest($1::int[]) days where days >= d.closes_on - current_date) as days
         from closing_mail_domains d join accounts a on ${DOMAIN_OF} = d.domain::text
         where d.closes_on >= current_date and d.closes_on - current_date <= $2 and a.suspended_at is null
           and not exists (select from closing_mailbox_notices n where n.account_id = a.id and n.domain = d.domain
             and n.days_before <= (select min(days) from unnest($1::int[]) days where days >= d.closes_on - current_date))
         order by d.closes_on, a.id limit ${MAX_MAILS_PER_RUN}),
       noticed as (
         insert into closing_mailbox_notices (account_id, domain, days_before) select id, domain, days from due
         on conflict do nothing returning account_id)
       select n.account_id, a.email from noticed n join accounts a on a.id = n.account_id`,
      [NOTICE_DAYS, Math.max(...NOTICE_DAYS)],
    );
    for (const { accountId, email: to } of due)
      await queueMail({
        template: 'mailbox-closing',
        to,
        subjectId: accountId,
        accountId,
        reference: newReference(),
      });
  });
}

export const mailboxClosing: MailTemplate = {
  name: 'mailbox-closing',
  views: 'accounts/mails/mailbox-closing',
  async loadValues({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    const closesOn = account && (await findClosingDay(account.email));
    if (!account || !closesOn) return null;
    const { name, email } = account;
    return { name, email, closesOn: toDate(closesOn), link: `${config.baseUrl}/account/address` };
  },
};
