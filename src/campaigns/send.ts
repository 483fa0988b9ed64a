import type { Attributes } from 'sequelize';
import { type Actor, accountIn, actorBehind, originOf, record } from '../audit/audit.ts';
import { columnsOf, inTransaction, NOW, rows } from '../database.ts';
import { Conflict, Forbidden, Invalid } from '../errors.ts';
import { type Issued, invite, type NewInvitation, type Refused } from '../invitations/invite.ts';
import { type Campaign, enqueueStep, holdCampaign, stateOf } from './campaign.ts';
import { StaleDraft } from './draft.ts';
import { countIncluded, stopping } from './inclusion.ts';
import { CampaignRecipient, type Outcome } from './recipient.ts';

// With twice as many, the process grows by 110 MB for 100,000 recipients.
const CHUNK = 1_000;

const needed = ['position', 'email', 'name', 'message', 'groupId', 'groupRole', 'reasons'] as const;
type Due = Pick<Attributes<CampaignRecipient>, (typeof needed)[number]>;

/** What somebody confirms by pressing Send: the draft as they saw it, and how many it invites. */
export type Confirmation = Readonly<{ version: number; count: number }>;

/**
 * Sends a campaign: from here on the worker does it, step by step. Pressing Send again does nothing.
 * @throws NotFound, Conflict while it is being checked, StaleDraft when it is not what was confirmed, Invalid when nobody
 *   is included
 */
export async function sendCampaign(id: string, seen: Confirmation, actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const campaign = await holdCampaign(id);
    if (seen.version !== campaign.version) throw new StaleDraft();
    if (campaign.confirmedAt) return;
    if (stateOf(campaign) !== 'draft')
      throw new Conflict('The recipients are still being checked. Please wait until the figures are there.');
    const target = countIncluded(campaign);
    if (target === 0) throw new Invalid({ form: 'Nobody is included, so there is nothing to send' });
    if (target !== seen.count) throw new StaleDraft();
    await campaign.update({
      confirmedAt: NOW,
      confirmedBy: accountIn(actor),
      ...originOf(actor),
      target,
      lastPosition: 0,
    });
    const { version, validityDays, groupId, groupRole, override } = campaign;
    const detail = { recipients: target, version, validityDays, groupId, groupRole, override };
    await record(actor, { action: 'campaign.sent', subject: 'campaign', subjectId: id, detail });
    await enqueueStep(id);
  });
}

/** One step: invites the next some thousand recipients, or notes that everyone has had their turn. */
export async function sendStep(campaign: Campaign): Promise<void> {
  const next = await rows<Due>(
    `select ${columnsOf(CampaignRecipient, 'r', needed)}
     from campaign_recipients r
     where r.campaign_id = $1 and r.position > $2 and not r.reasons && $3::text[]
     order by r.position limit ${CHUNK}`,
    [campaign.id, campaign.lastPosition, stopping(campaign.override)],
  );
  if (next.length === 0) return finishSending(campaign);
  const results = await invite(
    next.map((recipient) => invitationOf(recipient, campaign)),
    actorBehind(campaign, campaign.confirmedBy),
  );
  const outcomes = results.map(outcomeOf);
  await rows(
    `update campaign_recipients r set outcome = given.outcome, invitation_id = given.invitation_id
     from unnest($2::int[], $3::text[], $4::bigint[]) as given (position, outcome, invitation_id)
     where r.campaign_id = $1 and r.position = given.position`,
    [
      campaign.id,
      next.map(({ position }) => position),
      outcomes,
      results.map((result) => (result instanceof Error ? null : result.invitationId)),
    ],
  );
  const done = outcomes.filter((outcome) => outcome === 'invited').length;
  await rows(
    'update campaigns set done = done + $2, skipped = skipped + $3, last_position = $4 where id = $1',
    [campaign.id, done, next.length - done, next.at(-1)?.position],
  );
}

/** Notes that sending has ended: everyone has had their turn or, recalled, some were left out. */
export async function finishSending(campaign: Campaign): Promise<void> {
  const [counted] = await rows<{ outcomes: Record<string, number> }>(
    `update campaigns set done_at = now(), outcomes = coalesce(
       (select jsonb_object_agg(outcome, count) from (
         select outcome, count(*) from campaign_recipients where campaign_id = $1 and outcome is not null
         group by outcome) counted), '{}')
     where id = $1 returning outcomes`,
    [campaign.id],
  );
  const detail = counted?.outcomes ?? {};
  await record(actorBehind(campaign, campaign.confirmedBy), {
    action: 'campaign.finished',
    subject: 'campaign',
    subjectId: campaign.id,
    detail,
  });
}

function invitationOf(recipient: Due, campaign: Campaign): NewInvitation {
  const { email, name, reasons } = recipient;
  const groupId = recipient.groupId ?? campaign.groupId;
  const usualRole = recipient.groupId === null ? campaign.groupRole : null;
  return {
    email,
    name,
    message: recipient.message || campaign.message || null,
    validityDays: campaign.validityDays,
    group: groupId === null ? null : { id: groupId, role: recipient.groupRole ?? usualRole ?? 'member' },
    delivery: 'mail',
    // Only what was seen of this very address: what is new since then stops it.
    override: campaign.override.filter((reason) => reasons?.includes(reason)),
    campaignId: campaign.id,
  };
}

function outcomeOf(result: Issued | Refused): Outcome {
  if (!(result instanceof Error)) return 'invited';
  if (result instanceof Forbidden) return 'group-forbidden';
  if (result instanceof Invalid) return 'group-closed';
  return result.reasons[0]?.name ?? 'open';
}
