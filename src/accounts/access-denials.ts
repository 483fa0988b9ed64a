import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { consumeAttempt } from '../platform/db/rate-limit.ts';
import { TooManyAttempts } from '../platform/errors.ts';

/** Records that an account was denied access, at most twenty times a minute. Ids and secrets in `path` are masked. */
export async function recordAccessDenied(actor: Actor, method: string, path: string): Promise<void> {
  if (actor.kind !== 'account') return;
  try {
    await consumeAttempt('auditedDenials', actor.accountId);
  } catch (error) {
    if (error instanceof TooManyAttempts) return;
    throw error;
  }
  const event = { action: 'access.denied', subject: 'account', subjectId: actor.accountId } as const;
  const detail = { method: method.slice(0, 10), path: maskIds(path) };
  await inTransaction(() => recordEvent(actor, { ...event, detail }));
}

/** `/admin/invitations/17/revocation` → `/admin/invitations/:id/revocation` */
function maskIds(path: string): string {
  const parts = path.split('/').slice(0, 10);
  return parts.map((part) => (/^([a-z][a-z-]{0,29}|v1)?$/.test(part) ? part : ':id')).join('/');
}
