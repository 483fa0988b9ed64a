import { Op } from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRow } from '../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../platform/db/paging.ts';
import { Forbidden } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

/** What adult members of the same batch see of each other. */
export type Classmate = Readonly<{ name: string; batch: number; center: string | null }>;

// Decided when someone looks, so a change of age, access, record or choice applies immediately.
const VIEWER = `profiles vp join alumni_members v on v.id = vp.alumni_member_id`;
const MAY_LOOK = `vp.account_id = ? and vp.relationship = 'self' and is_adult_member(vp.account_id)`;
const CLASSMATES = `${VIEWER}
  join alumni_members m on m.batch = v.batch and m.active and not m.deceased
  join profiles p on p.alumni_member_id = m.id and p.relationship = 'self'
  join accounts a on a.id = p.account_id`;
const IS_SHOWN = `a.id <> vp.account_id and a.shown_to_classmates_at is not null and is_adult_member(a.id)`;

const shownTo = (accountId: string) => new Conditions().and(MAY_LOOK, accountId).and(IS_SHOWN);

/** Whether an account may see classmates and be shown to them: an adult's, with access and a record with a batch. */
export async function hasClassmates(accountId: string): Promise<boolean> {
  const viewer = new Conditions().and(MAY_LOOK, accountId).and('v.batch is not null');
  return (await queryRow(`select 1 from ${VIEWER} where ${viewer.sql}`, viewer.bind)) !== null;
}

/** One page of the classmates who chose to be shown: those of the same center first, then by name. */
export function listClassmates(
  accountId: string,
  cursor: Cursor | null,
  size: number,
): Promise<Page<Classmate>> {
  return readPage<Classmate>({
    select: 'a.name, m.batch, m.center',
    from: CLASSMATES,
    conditions: shownTo(accountId),
    order: [
      { sql: '(m.center is distinct from v.center)::int', type: 'int' },
      { sql: 'lower(a.name)', type: 'text' },
      { sql: 'a.id', type: 'bigint' },
    ],
    cursor,
    size,
  });
}

export function countClassmates(accountId: string): Promise<number> {
  return countUpTo(CLASSMATES, shownTo(accountId));
}

/** Shows an account to its classmates, or no longer. @throws Forbidden if it may not be shown */
export function showToClassmates(accountId: string, isShown: boolean, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    if (isShown && !(await hasClassmates(accountId))) throw new Forbidden(t('home:classmates.notAllowed'));
    const [changed] = await Account.update(
      { shownToClassmatesAt: isShown ? NOW : null },
      { where: { id: accountId, shownToClassmatesAt: isShown ? null : { [Op.ne]: null } } },
    );
    if (changed === 0) return;
    const action = isShown ? 'account.shown-to-classmates' : 'account.hidden-from-classmates';
    await recordEvent(actor, { action, subject: 'account', subjectId: accountId });
  });
}
