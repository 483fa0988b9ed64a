import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { columnsOf, database, queryRows, requireTransaction } from '../db/database.ts';

/** Who acts, and from where. Every operation that changes something takes one. */
export type Actor = Readonly<
  | {
      kind: 'account';
      accountId: string;
      /** The API key that the request used. */
      apiKeyId?: string;
      ip: string | null;
      requestId: string | null;
    }
  | { kind: 'visitor'; ip: string | null; requestId: string | null }
  | { kind: 'system' }
  | { kind: 'command' }
>;

/** The id of the acting account, or null for other actors. */
export function accountIdOf(actor: Actor): string | null {
  return actor.kind === 'account' ? actor.accountId : null;
}

type RequestOrigin = Readonly<{ ip: string | null; requestId: string | null }>;

/** The IP address and request id of an actor, to be stored for events that the worker records later. */
export function originOf(actor: Actor): RequestOrigin {
  return 'ip' in actor ? { ip: actor.ip, requestId: actor.requestId } : { ip: null, requestId: null };
}

/** The actor of work that the worker does for an account; the system if `accountId` is null. */
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
  | 'person'
  | 'disclosure'
  | 'legal-text'
  | 'message'
  | 'suppression'
  | 'mail'
  | 'audit'
  | 'settings'
  | 'group'
  | 'webhook'
  | 'api-key';

/** Append-only: the database rejects updates and deletes. */
export class AuditEvent extends Model<InferAttributes<AuditEvent>, InferCreationAttributes<AuditEvent>> {
  declare id: CreationOptional<string>;
  declare at: CreationOptional<Date>;
  /** Not a foreign key: the account may have been deleted since. */
  declare actorAccountId: CreationOptional<string | null>;
  /** Not a foreign key either. */
  declare apiKeyId: CreationOptional<string | null>;
  declare actor: Actor['kind'];
  declare action: string;
  declare subjectType: string;
  declare subjectId: string;
  declare detail: CreationOptional<Readonly<Record<string, unknown>>>;
  declare ip: CreationOptional<string | null>;
  /** The request's reference, as shown on error pages. */
  declare requestId: CreationOptional<string | null>;
}

AuditEvent.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    at: DataTypes.DATE,
    actorAccountId: DataTypes.BIGINT,
    apiKeyId: DataTypes.BIGINT,
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

/** `action` is `noun.verb`, such as `invitation.revoked`. `detail` never contains a secret. */
export type NewEvent = Readonly<{
  action: `${string}.${string}`;
  subject: SubjectType;
  subjectId: string;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** A stored event with the name of the acting account; null if it was deleted. */
export type RecordedEvent = Attributes<AuditEvent> & Readonly<{ actorName: string | null }>;

/** Records an event in the transaction of the change. @throws Error outside a transaction */
export async function recordEvent(actor: Actor, event: NewEvent): Promise<void> {
  requireTransaction();
  const { action, subject: subjectType, subjectId, detail = {} } = event;
  await AuditEvent.create({ ...actorAttributes(actor), action, subjectType, subjectId, detail });
}

/** Records the same action on many subjects in one statement. @throws Error outside a transaction */
export async function recordEvents(
  actor: Actor,
  event: Pick<NewEvent, 'action' | 'subject'>,
  subjects: readonly Readonly<{ subjectId: string; detail: Readonly<Record<string, unknown>> }>[],
): Promise<void> {
  requireTransaction();
  if (subjects.length === 0) return;
  const { actor: kind, actorAccountId, apiKeyId, ip, requestId } = actorAttributes(actor);
  await queryRows(
    `insert into audit_events (actor, actor_account_id, action, subject_type, subject_id, detail, ip, request_id,
       api_key_id)
     select $1, $2::bigint, $3, $4, input.id, input.detail, $5::inet, $6, $9::bigint
     from unnest($7::text[], $8::jsonb[]) with ordinality as input (id, detail, position) order by position`,
    [
      kind,
      actorAccountId,
      event.action,
      event.subject,
      ip,
      requestId,
      subjects.map(({ subjectId }) => subjectId),
      subjects.map(({ detail }) => JSON.stringify(detail)),
      apiKeyId,
    ],
  );
}

/** Lists all events on a subject, oldest first. */
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
): Pick<Attributes<AuditEvent>, 'actor' | 'actorAccountId' | 'apiKeyId' | 'ip' | 'requestId'> {
  const actorAccountId = actor.kind === 'account' ? actor.accountId : null;
  const apiKeyId = actor.kind === 'account' ? (actor.apiKeyId ?? null) : null;
  const { ip, requestId } = 'ip' in actor ? actor : { ip: null, requestId: null };
  return { actor: actor.kind, actorAccountId, apiKeyId, ip, requestId };
}

/** Turns a visitor into the account that they have signed in to or created, with the same request origin. */
export function actingAs(accountId: string, visitor: Actor): Actor {
  const origin = 'ip' in visitor ? visitor : { ip: null, requestId: null };
  return { kind: 'account', accountId, ip: origin.ip, requestId: origin.requestId };
}
