import type { Attributes } from 'sequelize';
import { invite, type Refusal } from '../invitations/invite.ts';
import type { IssuedInvitation, NewInvitation } from '../invitations/new-invitation.ts';
import { type Actor, accountIdOf, actorFromOrigin, originOf, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, Forbidden, InvalidInput } from '../platform/errors.ts';
import { type Campaign, campaignStateOf, enqueueStep, lockCampaign } from './campaign.ts';
import { StaleDraft } from './draft.ts';
import { countIncluded, stoppingReasons } from './inclusion.ts';
import { CampaignRecipient, type RecipientOutcome } from './recipient.ts';

// With twice as many, the process grows by 110 MB for 100,000 recipients.
const CHUNK_SIZE = 1_000;

const dueAttributes = ['position', 'email', 'name', 'message', 'groupId', 'groupRole', 'reasons'] as const;
type DueRecipient = Pick<Attributes<CampaignRecipient>, (typeof dueAttributes)[number]>;

/** What somebody confirms by pressing Send: the draft as they saw it, and how many it invites. */
export type SendConfirmation = Readonly<{ version: number; count: number }>;

/**
 * Sends a campaign: from here on the worker does it, step by step. Pressing Send again does nothing.
 * @throws NotFound, Conflict while it is being checked, StaleDraft when it is not what was confirmed, Invalid when nobody
 *   is included
 */
export async function sendCampaign(id: string, confirmation: SendConfirmation, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const campaign = await lockCampaign(id);
    if (confirmation.version !== campaign.version) throw new StaleDraft();
    if (campaign.confirmedAt) return;
    if (campaignStateOf(campaign) !== 'draft')
      throw new Conflict('The recipients are still being checked. Please wait until the figures are there.');
    const confirmedCount = countIncluded(campaign);
    if (confirmedCount === 0)
      throw new InvalidInput({ form: 'Nobody is included, so there is nothing to send' });
    if (confirmedCount !== confirmation.count) throw new StaleDraft();
    await campaign.update({
      confirmedAt: NOW,
      confirmedBy: accountIdOf(actor),
      ...originOf(actor),
      confirmedCount,
      lastPosition: 0,
    });
    const { version, validityDays, groupId, groupRole, override } = campaign;
    const detail = { recipients: confirmedCount, version, validityDays, groupId, groupRole, override };
    await recordEvent(actor, { action: 'campaign.sent', subject: 'campaign', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: invites the next some thousand recipients, or notes that everyone has had their turn. */
export async function sendStep(campaign: Campaign): Promise<void> {
  const next = await queryRows<DueRecipient>(
    `select ${columnsOf(CampaignRecipient, 'r', dueAttributes)}
     from campaign_recipients r
     where r.campaign_id = $1 and r.position > $2 and not r.reasons && $3::text[]
     order by r.position limit ${CHUNK_SIZE}`,
    [campaign.id, campaign.lastPosition, stoppingReasons(campaign.override)],
  );
  if (next.length === 0) return finishSending(campaign);
  const results = await invite(
    next.map((recipient) => toNewInvitation(recipient, campaign)),
    actorFromOrigin(campaign, campaign.confirmedBy),
  );
  const outcomes = results.map(toOutcome);
  await queryRows(
    `update campaign_recipients r set outcome = input.outcome, invitation_id = input.invitation_id
     from unnest($2::int[], $3::text[], $4::bigint[]) as input (position, outcome, invitation_id)
     where r.campaign_id = $1 and r.position = input.position`,
    [
      campaign.id,
      next.map(({ position }) => position),
      outcomes,
      results.map((result) => (result instanceof Error ? null : result.invitationId)),
    ],
  );
  const invitedCount = outcomes.filter((outcome) => outcome === 'invited').length;
  await queryRows(
    'update campaigns set invited_count = invited_count + $2, skipped_count = skipped_count + $3, last_position = $4 where id = $1',
    [campaign.id, invitedCount, next.length - invitedCount, next.at(-1)?.position],
  );
}

/** Notes that sending has ended: everyone has had their turn or, recalled, some were left out. */
export async function finishSending(campaign: Campaign): Promise<void> {
  const [counted] = await queryRows<{ outcomeCounts: Record<string, number> }>(
    `update campaigns set finished_at = now(), outcome_counts = coalesce(
       (select jsonb_object_agg(outcome, count) from (
         select outcome, count(*) from campaign_recipients where campaign_id = $1 and outcome is not null
         group by outcome) counted), '{}')
     where id = $1 returning outcome_counts`,
    [campaign.id],
  );
  const detail = counted?.outcomeCounts ?? {};
  await recordEvent(actorFromOrigin(campaign, campaign.confirmedBy), {
    action: 'campaign.finished',
    subject: 'campaign',
    subjectId: campaign.id,
    detail,
  });
}

function toNewInvitation(recipient: DueRecipient, campaign: Campaign): NewInvitation {
  const { email, name, reasons } = recipient;
  const groupId = recipient.groupId ?? campaign.groupId;
  const defaultRole = recipient.groupId === null ? campaign.groupRole : null;
  return {
    email,
    name,
    message: recipient.message || campaign.message || null,
    validityDays: campaign.validityDays,
    group: groupId === null ? null : { id: groupId, role: recipient.groupRole ?? defaultRole ?? 'member' },
    delivery: 'mail',
    // Only what was seen of this very address: what is new since then stops it.
    override: campaign.override.filter((reason) => reasons?.includes(reason)),
    campaignId: campaign.id,
  };
}

function toOutcome(result: IssuedInvitation | Refusal): RecipientOutcome {
  if (!(result instanceof Error)) return 'invited';
  if (result instanceof Forbidden) return 'group-forbidden';
  if (result instanceof InvalidInput) return 'group-archived';
  return result.reasons[0]?.name ?? 'open';
}
