import type { Actor } from '../audit/audit.ts';
import { inTransaction, rows } from '../database.ts';
import { extendedExpiry } from './extension.ts';
import { type Changed, type Held, holdOpen, recordEach, type Skipped } from './held.ts';
import { withCurrentLink } from './link.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Lets open invitations be valid for some more days; their links stay as they are. `about` goes into the audit. */
export function extend(
  ids: readonly string[],
  days: number,
  actor: Actor,
  about: Readonly<Record<string, unknown>> = {},
): Promise<Changed<Held>> {
  return inTransaction(async () => {
    const { done: open, skipped } = await holdOpen(ids);
    const current = await withCurrentLink(open.map(({ id }) => id));
    const done: Held[] = [];
    const left: Skipped[] = [];
    for (const invitation of open) {
      const { id } = invitation;
      const expiresAt = extendedExpiry(invitation.expiresAt, days);
      if (!current.has(id)) left.push({ id, why: 'superseded', invitation });
      else if (expiresAt.getTime() - invitation.expiresAt.getTime() < HOUR_MS)
        left.push({ id, why: 'longest', invitation });
      else done.push({ ...invitation, expiresAt });
    }
    await rows(
      `update invitations i set expires_at = given.expires_at
       from unnest($1::bigint[], $2::timestamptz[]) as given (id, expires_at) where i.id = given.id`,
      [done.map(({ id }) => id), done.map(({ expiresAt }) => expiresAt)],
    );
    await recordEach('extended', done, ({ expiresAt }) => ({ days, expiresAt, ...about }), actor);
    return { done, skipped: [...skipped, ...left] };
  });
}
