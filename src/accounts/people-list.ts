import type { Attributes } from 'sequelize';
import { columnsOf } from '../database.ts';
import { NotFound } from '../errors.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../paging.ts';
import { matchesSearch } from '../search.ts';
import { isId } from '../text.ts';
import { Account } from './account.ts';

const seen = [
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
export type Person = Readonly<Pick<Attributes<Account>, (typeof seen)[number]>>;

const circles = {
  staff: 'a.staff_role is not null',
  suspended: 'a.suspended_at is not null',
  everybody: 'true',
} as const;

export type Circle = keyof typeof circles;

/** `search` is words of an address or a name. */
export type PeopleQuery = Readonly<{ search: string; circle: Circle; cursor: Cursor | null }>;

/** One page of accounts, the newest first. */
export function listPeople(query: PeopleQuery): Promise<Page<Person>> {
  return readPage<Person>({
    conditions: conditionsOf(query),
    select: columnsOf(Account, 'a', seen),
    from: 'accounts a',
    order: [{ sql: 'a.id', type: 'bigint' }],
    descending: true,
    cursor: query.cursor,
  });
}

/** How many match, counted up to 10,001. */
export function countPeople(query: PeopleQuery): Promise<number> {
  return countUpTo('accounts a', conditionsOf(query));
}

/** @throws NotFound, also for what is no id */
export async function personById(accountId: string, { lock = false } = {}): Promise<Person> {
  const person = isId(accountId) ? await Account.findByPk(accountId, { attributes: [...seen], lock }) : null;
  if (!person) throw new NotFound('There is no such account.');
  return person;
}

export function isCircle(text: string): text is Circle {
  return Object.hasOwn(circles, text);
}

function conditionsOf({ search, circle }: PeopleQuery): Conditions {
  const conditions = new Conditions().and(circles[circle]);
  if (search) conditions.and(matchesSearch('a.search_text', search, (value) => conditions.value(value)));
  return conditions;
}
