import type { Attributes } from 'sequelize';
import { columnsOf, isInTransaction, queryRow, queryRows } from '../../platform/db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../../platform/db/paging.ts';
import { NotFound } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { isId } from '../../platform/text/text.ts';
import { InvitationRequest, type RequestKind } from './invitation-request.ts';

/**
 * A request with the name of the staff member who resolved it; null if the job did, or if the account no longer exists.
 */
export type ListedRequest = Attributes<InvitationRequest> & Readonly<{ resolver: string | null }>;

/** Small, because each one is looked up in the directory. */
const PAGE_SIZE = 10;

const COLUMNS = `${columnsOf(InvitationRequest, 'r')}, a.name as resolver`;
const FROM = 'invitation_requests r left join accounts a on a.id = r.resolved_by';

/** Null shows requests of all kinds. */
export type RequestFilter = Readonly<{ kind: RequestKind | null }>;

/** A page of open requests, oldest first. */
export function listOpenRequests(
  filter: RequestFilter,
  cursor: Cursor | null,
  size = PAGE_SIZE,
): Promise<Page<ListedRequest>> {
  return readPage<ListedRequest>({
    select: COLUMNS,
    from: FROM,
    conditions: requestConditions('r.resolved_at is null', filter),
    order: [
      { sql: 'r.requested_at', type: 'timestamptz' },
      { sql: 'r.id', type: 'bigint' },
    ],
    cursor,
    size,
  });
}

/** A page of resolved requests, most recently resolved first. */
export function listResolvedRequests(
  filter: RequestFilter,
  cursor: Cursor | null,
): Promise<Page<ListedRequest>> {
  return readPage<ListedRequest>({
    select: COLUMNS,
    from: FROM,
    conditions: requestConditions('r.resolved_at is not null', filter),
    order: [
      { sql: 'r.resolved_at', type: 'timestamptz' },
      { sql: 'r.id', type: 'bigint' },
    ],
    descending: true,
    cursor,
  });
}

/** The newest 20 requests of an address, or by someone who gave it as their own, newest first. */
export function listRequestsForAddress(email: string): Promise<ListedRequest[]> {
  return queryRows<ListedRequest>(
    `select ${COLUMNS} from ${FROM} where r.email = $1 or r.new_email = $1 order by r.requested_at desc limit 20`,
    [email],
  );
}

/** The number of open requests, up to 100. */
export function countOpenRequests(): Promise<number> {
  return countUpTo('invitation_requests r', requestConditions('r.resolved_at is null', { kind: null }), 99);
}

function requestConditions(stateSql: string, { kind }: RequestFilter): Conditions {
  const conditions = new Conditions().and(stateSql);
  return kind === null ? conditions : conditions.and('r.kind = ?', kind);
}

/** In a transaction, locks the row. @throws NotFound */
export async function getInvitationRequest(id: string): Promise<ListedRequest> {
  const found = isId(id)
    ? await queryRow<ListedRequest>(
        `select ${COLUMNS} from ${FROM} where r.id = $1 ${isInTransaction() ? 'for update of r' : ''}`,
        [id],
      )
    : null;
  if (!found) throw new NotFound(t('invitations:requests.errors.notFound'));
  return found;
}
