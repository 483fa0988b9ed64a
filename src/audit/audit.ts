import { requireTransaction, rows } from '../database.ts';

/** Who does something, and from where. Every verb that changes anything is given one. */
export type Actor = Readonly<
  | { kind: 'account'; accountId: string; ip: string | null; requestId: string | null }
  | { kind: 'visitor'; ip: string | null; requestId: string | null }
  | { kind: 'system' }
  | { kind: 'command' }
>;

export type Subject =
  | 'account'
  | 'invitation'
  | 'bulk-act'
  | 'batch'
  | 'alumni-member'
  | 'invitation-request'
  | 'profile'
  | 'disclosure'
  | 'message'
  | 'mail'
  | 'audit'
  | 'settings'
  | 'group'
  | 'webhook';

/** What was done: `action` is `noun.verb`; `detail` holds ids and plain facts, never a secret. */
export type AuditEvent = Readonly<{
  action: `${string}.${string}`;
  subject: Subject;
  subjectId: string;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** An event as it is read back, oldest first in lists. */
export type RecordedEvent = Readonly<{
  id: string;
  at: Date;
  actor: Actor['kind'];
  actorName: string | null;
  action: string;
  detail: Record<string, unknown>;
}>;

/** Writes one event in the same transaction as the change that it tells of. */
export async function record(actor: Actor, event: AuditEvent): Promise<void> {
  requireTransaction();
  const person = actor.kind === 'account' ? actor.accountId : null;
  const place = 'ip' in actor ? actor : { ip: null, requestId: null };
  await rows(
    `insert into audit_events (actor, actor_account_id, action, subject_type, subject_id, detail, ip, request_id)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
    [
      actor.kind,
      person,
      event.action,
      event.subject,
      event.subjectId,
      JSON.stringify(event.detail ?? {}),
      place.ip,
      place.requestId,
    ],
  );
}

/** Writes the same event about many subjects, in one statement. `details` go with the subjects, one each. */
export async function recordAll(
  actor: Actor,
  event: Pick<AuditEvent, 'action' | 'subject'>,
  subjects: readonly Readonly<{ subjectId: string; detail: Readonly<Record<string, unknown>> }>[],
): Promise<void> {
  requireTransaction();
  if (subjects.length === 0) return;
  const person = actor.kind === 'account' ? actor.accountId : null;
  const place = 'ip' in actor ? actor : { ip: null, requestId: null };
  await rows(
    `insert into audit_events (actor, actor_account_id, action, subject_type, subject_id, detail, ip, request_id)
     select $1, $2::bigint, $3, $4, given.id, given.detail, $5::inet, $6
     from unnest($7::text[], $8::jsonb[]) with ordinality as given (id, detail, place) order by place`,
    [
      actor.kind,
      person,
      event.action,
      event.subject,
      place.ip,
      place.requestId,
      subjects.map(({ subjectId }) => subjectId),
      subjects.map(({ detail }) => JSON.stringify(detail)),
    ],
  );
}

/** All events about one subject, oldest first, with the name of the account that acted. */
export function history(subject: Subject, subjectId: string): Promise<RecordedEvent[]> {
  return rows<RecordedEvent>(
    `select e.id, e.at, e.actor, a.name as actor_name, e.action, e.detail
     from audit_events e left join accounts a on a.id = e.actor_account_id
     where e.subject_type = $1 and e.subject_id = $2 order by e.id`,
    [subject, subjectId],
  );
}
