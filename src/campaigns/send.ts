import type { Attributes } from 'sequelize';
import { invite, type Refusal } from '../invitations/invite.ts';
import type { IssuedInvitation, NewInvitation } from '../invitations/new-invitation.ts';
import { type Actor, accountIdOf, actorFromOrigin, originOf, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, inTransaction, NOW, queryRows } from '../platform/db/database.ts';
import { Conflict, Forbidden, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { type Campaign, campaignStateOf, enqueueStep, lockCampaign } from './campaign.ts';
import { StaleDraft } from './draft.ts';
import { countIncluded, excludingReasons } from './inclusion.ts';
import { CampaignRecipient, type RecipientOutcome } from './recipient.ts';

// Chunks of twice this size use 110 MB more memory for 100,000 recipients.
const CHUNK_SIZE = 1_000;

const pendingAttributes = [
  'position',
  'email',
  'name',
  'message',
  'language',
  'groupId',
  'groupRole',
  'reasons',
] as const;
type PendingRecipient = Pick<Attributes<CampaignRecipient>, (typeof pendingAttributes)[number]>;

/** What the page showed when staff pressed Send: the version of the draft, and how many people it invites. */
export type SendConfirmation = Readonly<{ version: number; count: number }>;

/**
 * Confirms a campaign, which the worker then sends. Confirming again does nothing.
 * @throws NotFound, Conflict during the check, StaleDraft if the draft has changed, InvalidInput if nobody is included
 */
export async function sendCampaign(id: string, confirmation: SendConfirmation, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const campaign = await lockCampaign(id);
    if (confirmation.version !== campaign.version) throw new StaleDraft();
    if (campaign.confirmedAt) return;
    if (campaignStateOf(campaign) !== 'draft') throw new Conflict(t('campaigns:errors.stillChecking'));
    const confirmedCount = countIncluded(campaign);
    if (confirmedCount === 0) throw new InvalidInput({ form: t('campaigns:errors.nobodyIncluded') });
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

/** One step: invites the next recipients, or finishes sending when none are left. */
export async function sendStep(campaign: Campaign): Promise<void> {
  const next = await queryRows<PendingRecipient>(
    `select ${columnsOf(CampaignRecipient, 'r', pendingAttributes)}
     from campaign_recipients r
     where r.campaign_id = $1 and r.position > $2 and not r.reasons && $3::text[]
     order by r.position limit ${CHUNK_SIZE}`,
    [campaign.id, campaign.lastPosition, excludingReasons(campaign.override)],
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

/** Finishes sending, after all recipients or because of a recall. */
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

function toNewInvitation(recipient: PendingRecipient, campaign: Campaign): NewInvitation {
  const { email, name, reasons } = recipient;
  const groupId = recipient.groupId ?? campaign.groupId;
  const defaultRole = recipient.groupId === null ? campaign.groupRole : null;
  return {
    email,
    name,
    message: recipient.message || campaign.message || null,
    language: recipient.language ?? campaign.language,
    validityDays: campaign.validityDays,
    group: groupId === null ? null : { id: groupId, role: recipient.groupRole ?? defaultRole ?? 'member' },
    delivery: 'mail',
    // Overrides only the warnings that this recipient had at the check. New ones still exclude them.
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
