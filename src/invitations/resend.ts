import { Op } from 'sequelize';
import { type Actor, AuditEvent } from '../audit/audit.ts';
import { inTransaction, rows } from '../database.ts';
import { eligibilityOf } from './eligibility.ts';
import { renewedExpirySql } from './extension.ts';
import { type Changed, type Held, holdOpen, recordEach, type Skipped } from './held.ts';
import type { Delivery } from './invitation.ts';
import type { Issued } from './invite.ts';
import { mailedWithin, sendLinks } from './link.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export type HowToResend = Readonly<{
  delivery: Delivery;
  /** Asked for by somebody who proved nothing: earlier links keep working until the new one is opened. */
  requested?: boolean;
  /** Leaves out those that were mailed in the last so many minutes. */
  sparedMinutes?: number;
  /** Leaves out those that were sent again so often in the last 24 hours already. */
  mostADay?: number;
}>;

/**
 * Sends open invitations again: each gets a new link, which supersedes the older ones, and its whole time. Addresses that
 * are blocked (see `severities`) are left out. `about` goes into the audit.
 */
export function resend(
  ids: readonly string[],
  how: HowToResend,
  actor: Actor,
  about: Readonly<Record<string, unknown>> = {},
): Promise<Changed<Issued>> {
  const { delivery, requested = false } = how;
  return inTransaction(async () => {
    const { done: open, skipped } = await holdOpen(ids);
    const { due, left } = await apart(open, how);
    if (due.length === 0) return { done: [], skipped: [...skipped, ...left] };
    await rows(`update invitations i set expires_at = ${renewedExpirySql} where i.id = any($1::bigint[])`, [
      due.map(({ id }) => id),
    ]);
    const links = await sendLinks(due.map((invitation) => ({ ...invitation, delivery, requested })));
    await recordEach('resent', due, () => ({ delivery, ...about }), actor);
    const done = due.map(({ id, email }, index) => ({
      invitationId: id,
      email,
      linkId: links[index] ?? '',
      delivery,
    }));
    return { done, skipped: [...skipped, ...left] };
  });
}

async function apart(
  open: readonly Held[],
  { sparedMinutes = 0, mostADay, requested = false }: HowToResend,
): Promise<{ due: Held[]; left: Skipped[] }> {
  const recent = sparedMinutes > 0 ? await mailedWithin(sparedMinutes, open) : new Set();
  const often = mostADay === undefined ? new Set() : await resentToday(open, mostADay);
  const reasons = await eligibilityOf(open);
  const due: Held[] = [];
  const left: Skipped[] = [];
  for (const [index, invitation] of open.entries()) {
    // What the person has just asked for goes out even to an address that bounced: see `stoppedBy`.
    const blocked = (reasons[index] ?? []).filter(
      ({ name, severity }) => severity === 'blocked' && !(requested && name === 'bounced'),
    );
    const { id } = invitation;
    if (blocked.length > 0) left.push({ id, why: 'blocked', invitation, reasons: blocked });
    else if (recent.has(id)) left.push({ id, why: 'recent', invitation });
    else if (often.has(id)) left.push({ id, why: 'often', invitation });
    else due.push(invitation);
  }
  return { due, left };
}

/** Those that were sent again so often in the last 24 hours. */
async function resentToday(open: readonly Held[], most: number): Promise<Set<string>> {
  const resent = await AuditEvent.findAll({
    attributes: ['subjectId'],
    where: {
      subjectType: 'invitation',
      subjectId: open.map(({ id }) => id),
      action: 'invitation.resent',
      at: { [Op.gt]: new Date(Date.now() - DAY_MS) },
    },
  });
  const counts = new Map<string, number>();
  for (const { subjectId } of resent) counts.set(subjectId, (counts.get(subjectId) ?? 0) + 1);
  return new Set(open.map(({ id }) => id).filter((id) => (counts.get(id) ?? 0) >= most));
}
