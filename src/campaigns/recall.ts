import { revokeInvitations } from '../invitations/revoke.ts';
import { openSql } from '../invitations/status.ts';
import { type Actor, accountIdOf, actorFromOrigin, originOf, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { type Campaign, enqueueStep, lockCampaign } from './campaign.ts';
import { excludingReasons } from './inclusion.ts';
import { finishSending } from './send.ts';

const CHUNK_SIZE = 4_000;

/** @throws Conflict if it wasn't sent or was recalled already */
export function requireRecallable({ confirmedAt, recalledAt }: Campaign): void {
  if (!confirmedAt) throw new Conflict(t('campaigns:errors.notSent'));
  if (recalledAt) throw new Conflict(t('campaigns:errors.recalled'));
}

/**
 * Starts a recall. The worker stops sending and revokes the open invitations.
 * @throws NotFound, Conflict if it wasn't sent or was recalled already
 */
export async function recallCampaign(id: string, reason: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const campaign = await lockCampaign(id);
    requireRecallable(campaign);
    await campaign.update({
      recalledAt: NOW,
      recalledBy: accountIdOf(actor),
      recallReason: reason,
      ...originOf(actor),
    });
    const detail = { reason };
    await recordEvent(actor, { action: 'campaign.recalled', subject: 'campaign', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: stops sending, revokes the next invitations, or finishes the recall when none are left. */
export async function recallStep(campaign: Campaign): Promise<void> {
  if (!campaign.finishedAt) return stopSending(campaign);
  const { id, recallReason, recalledBy } = campaign;
  await expireDeclinedInvitations(id);
  const open = await queryRows<{ id: string }>(
    `select i.id from invitations i where i.campaign_id = $1 and ${openSql} order by i.id limit ${CHUNK_SIZE}`,
    [id],
  );
  if (open.length === 0) {
    await campaign.update({ recallFinishedAt: NOW });
    return;
  }
  const ids = open.map((invitation) => invitation.id);
  const { done } = await revokeInvitations(ids, recallReason, actorFromOrigin(campaign, recalledBy), {
    campaignId: id,
  });
  await campaign.increment({ recalledCount: done.length });
}

/** Ends the time in which people can undo a decline. */
async function expireDeclinedInvitations(id: string): Promise<void> {
  await queryRows(
    `update invitations set expires_at = now()
     where campaign_id = $1 and declined_at is not null and expires_at > now()`,
    [id],
  );
}

async function stopSending(campaign: Campaign): Promise<void> {
  const { id, lastPosition, override } = campaign;
  const unsent = await queryRows(
    `update campaign_recipients r set outcome = 'recalled'
     where r.campaign_id = $1 and r.position > $2 and not r.reasons && $3::text[] returning 1`,
    [id, lastPosition, excludingReasons(override)],
  );
  await campaign.increment({ skippedCount: unsent.length });
  await finishSending(campaign);
}
