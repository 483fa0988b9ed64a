import { columnsOf } from '../db/database.ts';
import { Conditions, type Cursor, countUpTo, type Page, readPage } from '../db/paging.ts';
import { searchCondition, searchTextExpression } from '../db/search.ts';
import { Suppression, type SuppressionKind } from './suppressions.ts';

export type SuppressionQuery = Readonly<{
  search: string;
  kind: SuppressionKind | null;
  cursor: Cursor | null;
}>;

export type ListedSuppression = Pick<Suppression, 'id' | 'email' | 'kind' | 'createdAt' | 'reason'> &
  Readonly<{ invitationId: string | null; messageId: string | null; createdByName: string | null }>;

/** Lists active suppressions, newest first. */
export function listSuppressions(query: SuppressionQuery): Promise<Page<ListedSuppression>> {
  return readPage<ListedSuppression>({
    select: `${columnsOf(Suppression, 's', ['id', 'email', 'kind', 'createdAt', 'reason', 'invitationId', 'messageId'])},
      (select name from accounts where id = s.created_by) as created_by_name`,
    from: 'suppressions s',
    conditions: toConditions(query),
    order: [
      { sql: 's.created_at', type: 'timestamptz' },
      { sql: 's.id', type: 'bigint' },
    ],
    descending: true,
    cursor: query.cursor,
  });
}

/** Counts matching suppressions, up to 10,001. */
export function countSuppressions(query: SuppressionQuery): Promise<number> {
  return countUpTo('suppressions s', toConditions(query));
}

function toConditions({ search, kind }: SuppressionQuery): Conditions {
  const conditions = new Conditions().and('s.lifted_at is null');
  if (kind) conditions.and('s.kind = ?', kind);
  if (search)
    conditions.where.push(
      searchCondition(searchTextExpression('s.email::text'), search, (value) => conditions.bindValue(value)),
    );
  return conditions;
}
