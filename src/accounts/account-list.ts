import type { Attributes } from 'sequelize';
import { columnsOf } from '../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../platform/db/paging.ts';
import { searchCondition } from '../platform/db/search.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';
import { Account } from './account.ts';

const listedAttributes = [
  'id',
  'email',
  'name',
  'staffRole',
  'createdAt',
  'lastSignedInAt',
  'suspendedAt',
  'suspendedReason',
  'twoStepEnabledAt',
  'yearOfBirth',
  'heldForReviewAt',
  'heldForReviewReason',
] as const satisfies (keyof Attributes<Account>)[];

/** An account as administrators see it. */
export type ListedAccount = Readonly<Pick<Attributes<Account>, (typeof listedAttributes)[number]>>;

const scopeConditions = {
  staff: 'a.staff_role is not null',
  suspended: 'a.suspended_at is not null',
  // Only listed: nobody loses an account for staying away.
  inactive: `coalesce(a.last_signed_in_at, a.created_at)
    < now() - make_interval(days => (select inactive_after_days from settings))`,
  all: 'true',
} as const;

export type AccountScope = keyof typeof scopeConditions;

/** `search` matches words of the address or the name. */
export type AccountQuery = Readonly<{ search: string; scope: AccountScope; cursor: Cursor | null }>;

/** Lists one page of accounts, newest first. */
export function listAccounts(query: AccountQuery): Promise<Page<ListedAccount>> {
  return readPage<ListedAccount>({
    conditions: toConditions(query),
    select: columnsOf(Account, 'a', listedAttributes),
    from: 'accounts a',
    order: [{ sql: 'a.id', type: 'bigint' }],
    descending: true,
    cursor: query.cursor,
  });
}

/** Counts matching accounts, up to 10,001. */
export function countAccounts(query: AccountQuery): Promise<number> {
  return countUpTo('accounts a', toConditions(query));
}

/** @throws NotFound, also if `accountId` isn't an id */
export async function getListedAccount(accountId: string, { lock = false } = {}): Promise<ListedAccount> {
  const account = isId(accountId)
    ? await Account.findByPk(accountId, { attributes: [...listedAttributes], lock })
    : null;
  if (!account) throw new NotFound(t('accounts:errors.notFound'));
  return account;
}

export function isAccountScope(text: string): text is AccountScope {
  return Object.hasOwn(scopeConditions, text);
}

function toConditions({ search, scope }: AccountQuery): Conditions {
  const conditions = new Conditions().and(scopeConditions[scope]);
  if (search)
    conditions.and(searchCondition('a.search_text', search, (value) => conditions.bindValue(value)));
  return conditions;
}
