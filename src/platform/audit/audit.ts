import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { columnsOf, database, queryRows, requireTransaction } from '../db/database.ts';

/** Who does something, and from where. Every verb that changes anything is given one. */
export type Actor = Readonly<
  | { kind: 'account'; accountId: string; ip: string | null; requestId: string | null }
  | { kind: 'visitor'; ip: string | null; requestId: string | null }
  | { kind: 'system' }
  | { kind: 'command' }
>;

/** The account that acts; null for anybody without one. */
export function accountIdOf(actor: Actor): string | null {
  return actor.kind === 'account' ? actor.accountId : null;
}

type RequestOrigin = Readonly<{ ip: string | null; requestId: string | null }>;

/** Where a request came from, stored so that the worker can record it with what it does later. */
export function originOf(actor: Actor): RequestOrigin {
  return 'ip' in actor ? { ip: actor.ip, requestId: actor.requestId } : { ip: null, requestId: null };
}

/** The account that had the worker do something, and from where. */
export function actorFromOrigin({ ip, requestId }: RequestOrigin, accountId: string | null): Actor {
  return accountId === null ? { kind: 'system' } : { kind: 'account', accountId, ip, requestId };
}

export type SubjectType =
  | 'account'
  | 'invitation'
  | 'bulk-action'
  | 'import'
  | 'campaign'
  | 'alumni-record'
  | 'invitation-request'
  | 'profile'
  | 'disclosure'
  | 'message'
  | 'suppression'
  | 'mail'
  | 'audit'
  | 'settings'
  | 'group'
  | 'webhook';

/** Who did what to what, when, and from where. The database refuses to change or delete one. */
export class AuditEvent extends Model<InferAttributes<AuditEvent>, InferCreationAttributes<AuditEvent>> {
  declare id: CreationOptional<string>;
  declare at: CreationOptional<Date>;
  /** Of no account any more, maybe: the event outlives it. */
  declare actorAccountId: CreationOptional<string | null>;
  declare actor: Actor['kind'];
  declare action: string;
  declare subjectType: string;
  declare subjectId: string;
  declare detail: CreationOptional<Readonly<Record<string, unknown>>>;
  declare ip: CreationOptional<string | null>;
  /** The reference of the request, as an error page shows it. */
  declare requestId: CreationOptional<string | null>;
}

AuditEvent.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    at: DataTypes.DATE,
    actorAccountId: DataTypes.BIGINT,
    actor: DataTypes.TEXT,
    action: DataTypes.TEXT,
    subjectType: DataTypes.TEXT,
    subjectId: DataTypes.TEXT,
    detail: DataTypes.JSONB,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'audit_events' },
);

/** What was done: `action` is `noun.verb`; `detail` holds ids and plain facts, never a secret. */
export type NewEvent = Readonly<{
  action: `${string}.${string}`;
  subject: SubjectType;
  subjectId: string;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** An event as it is read back, with the name of the account that acted. */
export type RecordedEvent = Attributes<AuditEvent> & Readonly<{ actorName: string | null }>;

/** Writes one event in the same transaction as the change that it tells of. */
export async function recordEvent(actor: Actor, event: NewEvent): Promise<void> {
  requireTransaction();
  const { action, subject: subjectType, subjectId, detail = {} } = event;
  await AuditEvent.create({ ...actorAttributes(actor), action, subjectType, subjectId, detail });
}

/** Writes the same event about many subjects, in one statement. `details` go with the subjects, one each. */
export async function recordEvents(
  actor: Actor,
  event: Pick<NewEvent, 'action' | 'subject'>,
  subjects: readonly Readonly<{ subjectId: string; detail: Readonly<Record<string, unknown>> }>[],
): Promise<void> {
  requireTransaction();
  if (subjects.length === 0) return;
  const { actor: kind, actorAccountId, ip, requestId } = actorAttributes(actor);
  await queryRows(
    `insert into audit_events (actor, actor_account_id, action, subject_type, subject_id, detail, ip, request_id)
     select $1, $2::bigint, $3, $4, given.id, given.detail, $5::inet, $6
     from unnest($7::text[], $8::jsonb[]) with ordinality as given (id, detail, place) order by place`,
    [
      kind,
      actorAccountId,
      event.action,
      event.subject,
      ip,
      requestId,
      subjects.map(({ subjectId }) => subjectId),
      subjects.map(({ detail }) => JSON.stringify(detail)),
    ],
  );
}

/** All events about one subject, oldest first, with the name of the account that acted. */
export function listSubjectEvents(subject: SubjectType, subjectId: string): Promise<RecordedEvent[]> {
  return queryRows<RecordedEvent>(
    `select ${columnsOf(AuditEvent, 'e')}, a.name as actor_name
     from audit_events e left join accounts a on a.id = e.actor_account_id
     where e.subject_type = $1 and e.subject_id = $2 order by e.id`,
    [subject, subjectId],
  );
}

function actorAttributes(
  actor: Actor,
): Pick<Attributes<AuditEvent>, 'actor' | 'actorAccountId' | 'ip' | 'requestId'> {
  const actorAccountId = actor.kind === 'account' ? actor.accountId : null;
  const { ip, requestId } = 'ip' in actor ? actor : { ip: null, requestId: null };
  return { actor: actor.kind, actorAccountId, ip, requestId };
}

/** The same actor, once the visitor has turned out to be this account. */
export function actingAs(accountId: string, visitor: Actor): Actor {
  const origin = 'ip' in visitor ? visitor : { ip: null, requestId: null };
  return { kind: 'account', accountId, ip: origin.ip, requestId: origin.requestId };
}
