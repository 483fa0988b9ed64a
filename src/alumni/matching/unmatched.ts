import type { Attributes } from 'sequelize';
import { Account } from '../../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../../platform/audit/audit.ts';
import { columnsOf, inTransaction, NOW, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../../platform/db/paging.ts';
import { Conflict, NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { isId } from '../../platform/text/text.ts';
import { isClaimedSql } from '../filter.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../listed-record.ts';

const accountAttributes = [
  'id',
  'email',
  'name',
  'createdAt',
  'lastSignedInAt',
  'suspendedAt',
  'yearOfBirth',
  'heldForReviewAt',
  'heldForReviewReason',
] as const;

/** An account without an alumni record, or held for review. */
export type UnmatchedAccount = Readonly<
  Pick<Attributes<Account>, (typeof accountAttributes)[number]> & {
    matched: boolean;
    /** Whether it has claimed its own record. `matched` is also true if it has claimed only children. */
    hasSelf: boolean;
    isStaff: boolean;
    noRecordNeededAt: Date | null;
  }
>;

export type UnmatchedScope = 'unmatched' | 'held-for-review' | 'no-record-needed';

/** A record with the same address or the same name as an account. */
export type SuggestedRecord = ListedRecord & Readonly<{ accountId: string; isSameAddress: boolean }>;

const IS_MATCHED_SQL = 'exists (select from profiles p where p.account_id = a.id)';
const COLUMNS = `${columnsOf(Account, 'a', accountAttributes)}, a.no_record_needed_at, a.staff_role is not null as is_staff,
  (select true from profiles p where p.account_id = a.id limit 1) is not null as matched,
  exists (select from profiles p where p.account_id = a.id and p.relationship = 'self') as has_self`;
const scopeConditions = {
  unmatched: `a.staff_role is null and a.no_record_needed_at is null and not ${IS_MATCHED_SQL}`,
  'held-for-review': 'a.held_for_review_at is not null',
  'no-record-needed': `a.no_record_needed_at is not null and not ${IS_MATCHED_SQL}`,
} as const;
/** Counts are capped, because every page of the directory shows them. */
const MAX_COUNTED = 1_000;
const byId = { sql: 'a.id', type: 'bigint' } as const;
const sortOrders = {
  unmatched: [byId],
  'held-for-review': [{ sql: 'a.held_for_review_at', type: 'timestamptz' }, byId],
  'no-record-needed': [{ sql: 'a.no_record_needed_at', type: 'timestamptz' }, byId],
} as const;

/** One page of accounts: oldest first, or newest first for `no-record-needed`. */
export function listUnmatchedAccounts(
  scope: UnmatchedScope,
  cursor: Cursor | null,
): Promise<Page<UnmatchedAccount>> {
  return readPage<UnmatchedAccount>({
    select: COLUMNS,
    from: 'accounts a',
    conditions: new Conditions().and(scopeConditions[scope]),
    order: sortOrders[scope],
    descending: scope === 'no-record-needed',
    cursor,
  });
}

/** How many accounts are unmatched, counted up to 1,001. */
export function countUnmatched(): Promise<number> {
  return countUpTo('accounts a', new Conditions().and(scopeConditions.unmatched), MAX_COUNTED);
}

/** How many accounts are held for review, counted up to 1,001. */
export function countHeldForReview(): Promise<number> {
  return countUpTo('accounts a', new Conditions().and(scopeConditions['held-for-review']), MAX_COUNTED);
}

/** @throws NotFound, also for a malformed id */
export async function getUnmatchedAccount(id: string): Promise<UnmatchedAccount> {
  const account = isId(id)
    ? await queryRow<UnmatchedAccount>(`select ${COLUMNS} from accounts a where a.id = $1`, [id])
    : null;
  if (!account) throw new NotFound(t('alumni:errors.accountNotFound'));
  return account;
}

/** Unclaimed records with the address or the exact name of these accounts, at most three of each per account. */
export function listSuggestedRecords(accountIds: readonly string[]): Promise<SuggestedRecord[]> {
  const isUnclaimed = `m.state = 'active' and not ${isClaimedSql}`;
  return queryRows<SuggestedRecord>(
    `select a.id as account_id, m.is_same_address, ${LISTED_RECORD_SQL}
     from (select id, email, split_part(name, ' ', -1) as last,
         rtrim(left(name, -length(split_part(name, ' ', -1)))) as first from accounts where id = any($1::bigint[])) a
     cross join lateral (select distinct on (id) * from (
       (select m.*, true as is_same_address from alumni_members m where m.email = a.email and ${isUnclaimed} order by m.id limit 3)
       union all
       (select m.*, false from alumni_members m where m.last_name in (a.last, initcap(a.last))
          and m.first_name in (a.first, initcap(a.first)) and ${isUnclaimed} limit 3)) found
       order by id, is_same_address desc) m
     order by a.id, m.is_same_address desc, m.id`,
    [accountIds],
  );
}

/** Marks that an account needs no record, which removes it from the unmatched ones. @throws NotFound, Conflict */
export function markNoRecordNeeded(accountId: string, actor: Actor): Promise<UnmatchedAccount> {
  return inTransaction(async () => {
    const account = await lockUnmatchedAccount(accountId);
    requireUnmatched(account);
    if (account.noRecordNeededAt !== null) throw new Conflict(t('alumni:errors.alreadyMarked'));
    const noRecordNeededBy = accountIdOf(actor);
    await Account.update({ noRecordNeededAt: NOW, noRecordNeededBy }, { where: { id: accountId } });
    await recordAccountEvent('account.marked-no-record-needed', accountId, actor);
    return account;
  });
}

/** Undoes `markNoRecordNeeded`. @throws NotFound, Conflict */
export function undoNoRecordNeeded(accountId: string, actor: Actor): Promise<UnmatchedAccount> {
  return inTransaction(async () => {
    const account = await lockUnmatchedAccount(accountId);
    if (account.noRecordNeededAt === null) throw new Conflict(t('alumni:errors.notMarked'));
    const cleared = { noRecordNeededAt: null, noRecordNeededBy: null };
    await Account.update(cleared, { where: { id: accountId } });
    await recordAccountEvent('account.no-record-needed-undone', accountId, actor);
    return account;
  });
}

/** Locks the account until the transaction ends. @throws NotFound */
export async function lockUnmatchedAccount(id: string): Promise<UnmatchedAccount> {
  const { id: accountId } = await getUnmatchedAccount(id);
  await Account.findByPk(accountId, { attributes: ['id'], lock: true });
  return getUnmatchedAccount(accountId);
}

/** @throws Conflict for staff, and for accounts with a record. An account on hold may have claimed children. */
export function requireUnmatched({
  matched,
  hasSelf,
  heldForReviewAt,
  isStaff,
  name,
}: UnmatchedAccount): void {
  if (isStaff) throw new Conflict(t('alumni:errors.isStaff', { name }));
  if (heldForReviewAt === null ? matched : hasSelf)
    throw new Conflict(t('alumni:errors.alreadyMatched', { name }));
}

function recordAccountEvent(action: `account.${string}`, subjectId: string, actor: Actor): Promise<void> {
  return recordEvent(actor, { action, subject: 'account', subjectId });
}
