import { createHash } from 'node:crypto';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { MAX_SESSION_AGE_MS, STAYING_SESSION_AGE_MS } from '../platform/config/session-lifetime.ts';
import { inTransaction, queryRow, queryRows } from '../platform/db/database.ts';
import { Conflict, NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { type Account, endSessions, lockUnchangedAccount, securityStateOf } from './account.ts';

/** A session of an account. `id` is a hash that is safe to show; the session id itself is a secret. */
export type AccountSession = Readonly<{
  id: string;
  device: string;
  startedAt: Date;
  lastSeenAt: Date;
  /** Null unless the person chose to stay signed in. */
  staysUntil: Date | null;
  isCurrent: boolean;
}>;

const ID_SQL = `substr(encode(sha256(convert_to(sid, 'UTF8')), 'hex'), 1, 32)`;
const STAYS = `sess ->> 'staysSignedIn' = 'true'`;
const BELONGS_TO_ACCOUNT = `sess #>> '{passport,user}' = $1`;

/** Lists an account's active sessions: the current one first, then the most recently seen. */
export function listSessions(account: Account, thisSessionId: string): Promise<AccountSession[]> {
  return queryRows<AccountSession>(
    `select ${ID_SQL} as id, coalesce(sess ->> 'device', 'Another browser') as device,
       to_timestamp((sess ->> 'startedAt')::float8 / 1000) as started_at,
       to_timestamp((sess ->> 'seenAt')::float8 / 1000) as last_seen_at,
       case when ${STAYS} then to_timestamp(((sess ->> 'startedAt')::float8 + ${STAYING_SESSION_AGE_MS}) / 1000) end
         as stays_until,
       sid = $2 as is_current
     from sessions
     where ${BELONGS_TO_ACCOUNT} and sess #>> '{passport,state}' = $4
       and expire > now()
       and (sess ->> 'startedAt')::float8 > case when ${STAYS} then $5::float8 else $3::float8 end
     order by is_current desc, last_seen_at desc`,
    [
      account.id,
      thisSessionId,
      Date.now() - MAX_SESSION_AGE_MS,
      securityStateOf(account),
      Date.now() - STAYING_SESSION_AGE_MS,
    ],
  );
}

/**
 * Ends one of an account's other sessions.
 * @throws NotFound if the account has no such session, Conflict if it is the current session
 */
export async function endSession(
  accountId: string,
  id: string,
  thisSessionId: string,
  actor: Actor,
): Promise<void> {
  if (id === publicId(thisSessionId)) throw new Conflict(t('accounts:errors.currentSession'));
  await inTransaction(async () => {
    const ended = await queryRow(
      `delete from sessions where ${BELONGS_TO_ACCOUNT} and ${ID_SQL} = $2 returning sid`,
      [accountId, id],
    );
    if (!ended) throw new NotFound(t('accounts:errors.sessionEnded'));
    const event = { action: 'account.session-ended', subject: 'account', subjectId: accountId } as const;
    await recordEvent(actor, event);
  });
}

/**
 * Ends all of an account's sessions and bearer tokens.
 * @returns the updated account, to continue the current session
 * @throws Conflict if the account was changed in the meantime
 */
export function endOtherSessions(account: Account, actor: Actor): Promise<Account> {
  return inTransaction(async () => {
    const current = await lockUnchangedAccount(account);
    await endSessions(current.id);
    const event = { action: 'account.sessions-ended', subject: 'account', subjectId: current.id } as const;
    await recordEvent(actor, event);
    return current.reload();
  });
}

function publicId(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 32);
}
