import { type Actor, accountIdOf, recordEvents } from '../platform/audit/audit.ts';
import { queryRows } from '../platform/db/database.ts';
import { officeText } from '../platform/i18n/i18n.ts';
import { newReference } from '../platform/text/support-reference.ts';
import type { EligibilityReason } from './eligibility/eligibility.ts';
import { enableInviterNotifications } from './inviter-notification.ts';
import { issueLinks } from './link.ts';
import type { IssuedInvitation, NewInvitation } from './new-invitation.ts';
import { revokeInvitations } from './revoke.ts';
import { expiryOfNewSql } from './validity.ts';

/** An invitation to create, its index in the caller's list, and the reasons found for its address. */
export type EligibleInvitation = Readonly<{
  input: NewInvitation;
  index: number;
  reasons: readonly EligibilityReason[];
}>;

/**
 * Stores invitations with their links, mails and audit events. Skips addresses that got another invitation in the
 * meantime, or that accepted the one to be replaced: their eligibility has changed.
 * @returns the created invitations by index
 */
export async function createInvitations(
  eligible: readonly EligibleInvitation[],
  actor: Actor,
): Promise<Map<number, IssuedInvitation>> {
  const { skipped } = await revokeInvitations(
    eligible.flatMap(replacedInvitationIds),
    officeText('invitations:stored.replaced'),
    actor,
  );
  const noLongerOpen = new Set(skipped.map(({ id }) => id));
  const creatable = eligible.filter(
    (invitation) => !replacedInvitationIds(invitation).some((id) => noLongerOpen.has(id)),
  );
  const invitedBy = accountIdOf(actor);
  const inserted = await queryRows<{ id: string; email: string; reference: string; expiresAt: Date }>(
    `insert into invitations (reference, email, name, batch, center, message, staff_role, group_id, group_role,
       group_invited_by, validity_days, expires_at, invited_by, campaign_id, language)
     select input.reference, input.email, coalesce(facts.name, input.name), facts.batch, facts.center, input.message,
       input.staff_role, input.group_id, input.group_role,
       case when input.group_id is not null then $9::bigint end, input.days,
       ${expiryOfNewSql('input.days')}, $9, input.campaign_id, input.language
     from unnest($1::text[], $2::citext[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::int[],
         $10::bigint[], $11::text[]) with ordinality
       as input (reference, email, name, message, staff_role, group_id, group_role, days, campaign_id, language, position)
     left join lateral directory_facts(input.email) facts on true
     order by input.position
     on conflict do nothing returning id, email, reference`,
    [
      creatable.map(() => newReference()),
      creatable.map(({ input }) => input.email),
      creatable.map(({ input }) => input.name ?? ''),
      creatable.map(({ input }) => input.message),
      creatable.map(({ input }) => input.staffRole ?? null),
      creatable.map(({ input }) => input.group?.id ?? null),
      creatable.map(({ input }) => input.group?.role ?? null),
      creatable.map(({ input }) => input.validityDays),
      invitedBy,
      creatable.map(({ input }) => input.campaignId ?? null),
      creatable.map(({ input }) => input.language ?? null),
    ],
  );
  const byEmail = new Map(inserted.map((invitation) => [invitation.email.toLowerCase(), invitation]));
  const stored = creatable.flatMap((creation) => {
    const invitation = byEmail.get(creation.input.email.toLowerCase());
    return invitation ? [{ ...creation, invitation }] : [];
  });
  await markReplaced(stored.map(({ reasons, invitation }) => ({ reasons, id: invitation.id })));
  await recordEvents(
    actor,
    { action: 'invitation.created', subject: 'invitation' },
    stored.map(({ input, reasons, invitation }) => ({
      subjectId: invitation.id,
      detail: auditDetail(input, reasons),
    })),
  );
  await enableInviterNotifications(
    stored.filter(({ input }) => input.notifyInviter).map(({ invitation }) => invitation.id),
  );
  const links = await issueLinks(
    stored.map(({ input, invitation }) => ({ ...invitation, delivery: input.delivery })),
  );
  return new Map(
    stored.map(({ input: { email, delivery }, index, invitation: { id } }, position) => [
      index,
      { invitationId: id, email, linkId: links[position] ?? '', delivery },
    ]),
  );
}

/** The open invitation that the new one replaces. */
function replacedInvitationIds({ reasons }: Pick<EligibleInvitation, 'reasons'>): string[] {
  return reasons.flatMap(({ name, invitationId }) => (name === 'open' && invitationId ? [invitationId] : []));
}

async function markReplaced(
  list: readonly Readonly<{ reasons: readonly EligibilityReason[]; id: string }>[],
): Promise<void> {
  const replaced = list.flatMap((invitation) =>
    replacedInvitationIds(invitation).map((earlier) => ({ id: invitation.id, earlier })),
  );
  if (replaced.length === 0) return;
  await queryRows(
    `update invitations i set replaced_by = input.newer
     from unnest($1::bigint[], $2::bigint[]) as input (earlier, newer) where i.id = input.earlier`,
    [replaced.map(({ earlier }) => earlier), replaced.map(({ id }) => id)],
  );
}

function auditDetail(
  { delivery, validityDays, staffRole, group, campaignId }: NewInvitation,
  reasons: readonly EligibilityReason[],
): Record<string, unknown> {
  const overridden = reasons.filter(({ severity }) => severity === 'warning').map(({ name }) => name);
  return {
    delivery,
    validityDays,
    ...(staffRole && { staffRole }),
    ...(group && { groupId: group.id, groupRole: group.role }),
    ...(campaignId && { campaignId }),
    ...(overridden.length > 0 && { override: overridden }),
  };
}
