import { row } from '../database.ts';
import { NotFound } from '../errors.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../paging.ts';
import { matchesSearch } from '../search.ts';
import { isId } from '../text.ts';
import type { HoldReason, StaffRole } from './account.ts';

/** An account as administrators see it. */
export type Person = Readonly<{
  id: string;
  email: string;
  name: string;
  staffRole: StaffRole | null;
  createdAt: Date;
  lastSignedInAt: Date | null;
  suspendedAt: Date | null;
  suspendedReason: string | null;
  twoStepEnabledAt: Date | null;
  /** As the person states it. */
  yearOfBirth: number | null;
  heldForReviewAt: Date | null;
  heldForReviewReason: HoldReason | null;
}>;

const circles = {
  staff: 'a.staff_role is not null',
  suspended: 'a.suspended_at is not null',
  everybody: 'true',
} as const;

export type Circle = keyof typeof circles;

/** `search` is words of an address or a name. */
export type PeopleQuery = Readonly<{ search: string; circle: Circle; cursor: Cursor | null }>;

const COLUMNS = `a.id, a.email, a.name, a.staff_role, a.created_at,
  a.last_signed_in_at, a.suspended_at, a.suspended_reason,
  a.two_step_enabled_at, a.year_of_birth,
  a.held_for_review_at, a.held_for_review_reason`;

/** One page of accounts, the newest first. */
export function listPeople(query: PeopleQuery): Promise<Page<Person>> {
  return readPage<Person>({
    conditions: conditionsOf(query),
    select: COLUMNS,
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
export async function personById(accountId: string): Promise<Person> {
  const person = isId(accountId)
    ? await row<Person>(`select ${COLUMNS} from accounts a where a.id = $1`, [accountId])
    : null;
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
