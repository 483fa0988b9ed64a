import { type Actor, accountIn, actorBehind, originOf, record } from '../audit/audit.ts';
import { inTransaction, NOW, rows } from '../database.ts';
import { Conflict } from '../errors.ts';
import { revoke } from '../invitations/revoke.ts';
import { openSql } from '../invitations/status.ts';
import { type Campaign, enqueueStep, holdCampaign } from './campaign.ts';
import { stopping } from './inclusion.ts';
import { finishSending } from './send.ts';

const CHUNK = 4_000;

/** @throws Conflict when there is nothing to recall */
export function refuseRecall({ confirmedAt, recalledAt }: Campaign): void {
  if (!confirmedAt) throw new Conflict('This campaign has not been sent, so there is nothing to recall.');
  if (recalledAt) throw new Conflict('This campaign has been recalled already.');
}

/**
 * Revokes what nobody has accepted yet, also while it is being sent: whoever isn't invited by then is left out. The worker
 * does it, step by step.
 * @throws NotFound, Conflict when it isn't sent or is recalled already
 */
export async function recallCampaign(id: string, reason: string, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const campaign = await holdCampaign(id);
    refuseRecall(campaign);
    await campaign.update({
      recalledAt: NOW,
      recalledBy: accountIn(actor),
      recallReason: reason,
      ...originOf(actor),
    });
    const detail = { reason };
    await record(actor, { action: 'campaign.recalled', subject: 'campaign', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: stops sending, revokes some invitations, or notes that all of them are revoked. */
export async function recallStep(campaign: Campaign): Promise<void> {
  if (!campaign.doneAt) return stopSending(campaign);
  const { id, recallReason, recalledBy } = campaign;
  await endDeclines(id);
  const open = await rows<{ id: string }>(
    `select i.id from invitations i where i.campaign_id = $1 and ${openSql} order by i.id limit ${CHUNK}`,
    [id],
  );
  if (open.length === 0) {
    await campaign.update({ recallDoneAt: NOW });
    return;
  }
  const ids = open.map((invitation) => invitation.id);
  const { done } = await revoke(ids, recallReason, actorBehind(campaign, recalledBy), { campaignId: id });
  await campaign.increment({ recalled: done.length });
}

/** Nobody can change their mind about an invitation that they declined before it was recalled. */
async function endDeclines(id: string): Promise<void> {
  await rows(
    `update invitations set expires_at = now()
     where campaign_id = $1 and declined_at is not null and expires_at > now()`,
    [id],
  );
}

async function stopSending(campaign: Campaign): Promise<void> {
  const { id, lastPosition, override } = campaign;
  const left = await rows(
    `update campaign_recipients r set outcome = 'recalled'
     where r.campaign_id = $1 and r.position > $2 and not r.reasons && $3::text[] returning 1`,
    [id, lastPosition, stopping(override)],
  );
  await campaign.increment({ skipped: left.length });
  await finishSending(campaign);
}
