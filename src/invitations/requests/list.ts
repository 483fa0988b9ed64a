import type { Attributes } from 'sequelize';
import { columnsOf, isInTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../../platform/db/paging.ts';
import { NotFound } from '../../platform/errors.ts';
import { isId } from '../../platform/text/text.ts';
import { InvitationRequest } from './invitation-request.ts';

/** A request, and by name who answered it: null is Homecoming itself, or an account that is gone. */
export type ListedRequest = Attributes<InvitationRequest> & Readonly<{ resolver: string | null }>;

/** Few, since for each of them it is looked up who it may be. */
const PAGE_SIZE = 10;

const COLUMNS = `${columnsOf(InvitationRequest, 'r')}, a.name as resolver`;
const FROM = 'invitation_requests r left join accounts a on a.id = r.resolved_by';

/** One page of those that wait, the oldest first. */
export function listOpenRequests(cursor: Cursor | null, size = PAGE_SIZE): Promise<Page<ListedRequest>> {
  return readPage<ListedRequest>({
    select: COLUMNS,
    from: FROM,
    conditions: openConditions(),
    order: [
      { sql: 'r.requested_at', type: 'timestamptz' },
      { sql: 'r.id', type: 'bigint' },
    ],
    cursor,
    size,
  });
}

/** One page of those that are answered, the newest answer first. */
export function listResolvedRequests(cursor: Cursor | null): Promise<Page<ListedRequest>> {
  return readPage<ListedRequest>({
    select: COLUMNS,
    from: FROM,
    conditions: new Conditions().and('r.resolved_at is not null'),
    order: [
      { sql: 'r.resolved_at', type: 'timestamptz' },
      { sql: 'r.id', type: 'bigint' },
    ],
    descending: true,
    cursor,
  });
}

/** The newest ones of an address, newest first. */
export function listRequestsForAddress(email: string): Promise<ListedRequest[]> {
  return queryRows<ListedRequest>(
    `select ${COLUMNS} from ${FROM} where r.email = $1 order by r.requested_at desc limit 20`,
    [email],
  );
}

/** How many wait, at most 100: more are "99+". */
export function countOpenRequests(): Promise<number> {
  return countUpTo('invitation_requests r', openConditions(), 99);
}

function openConditions(): Conditions {
  return new Conditions().and('r.resolved_at is null');
}

/** With a transaction it is held until its end. @throws NotFound, also for what is no id */
export async function getInvitationRequest(id: string): Promise<ListedRequest> {
  const found = isId(id)
    ? await queryRow<ListedRequest>(
        `select ${COLUMNS} from ${FROM} where r.id = $1 ${isInTransaction() ? 'for update of r' : ''}`,
        [id],
      )
    : null;
  if (!found) throw new NotFound('There is no such request.');
  return found;
}
