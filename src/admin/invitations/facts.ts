import { describeReason } from '../../invitations/eligibility/explain.ts';
import type { InvitationHistory } from '../../invitations/history.ts';
import type { DeclineReason } from '../../invitations/invitation.ts';
import type { LinkOpen, LinkOpenKind } from '../../invitations/opens/link-open.ts';
import type { InvitationStatus } from '../../invitations/status.ts';
import { type DeliveryStatus, deliveryStatusOf, type Message } from '../../platform/mail/messages.ts';

/** The facts that `diagnose` needs. */
export type DiagnosisFacts = Readonly<{
  status: InvitationStatus;
  email: string;
  expiresAt: Date;
  accepted: Readonly<{ at: Date; by: string | null }> | null;
  revoked: Readonly<{ at: Date; by: string | null; reason: string | null; isReplaced: boolean }> | null;
  declined: Readonly<{ at: Date; reason: DeclineReason | null }> | null;
  /** When someone with this address was found too young, unless staff have lifted the block. */
  ageBlockedAt: Date | null;
  /** Why nothing can be sent to the address, as sentences. Empty if the invitation is not open. */
  blockingReasons: readonly string[];
  /** When the current link was issued, and whether it is shared. */
  link: Readonly<{ at: Date; isShared: boolean }> | null;
  /** The newest mail with the current link. */
  mail: Readonly<{
    state: DeliveryStatus;
    at: Date;
    to: string;
    attempts: number;
    error: string | null;
  }> | null;
  isMailPaused: boolean;
  /** When a person last opened the current link, and on which device. */
  lastOpen: Readonly<{ at: Date; device: string }> | null;
  openedByScanner: boolean;
  /** When a link was last opened that no longer worked. */
  invalidOpenAt: Date | null;
  /** Form errors after opening the current link. */
  formErrors: Readonly<{ at: Date; times: number; fields: readonly string[] }> | null;
  /** When the last mailbox code was sent, unless the mailbox is proven since. */
  codeSentAt: Date | null;
}>;

const LINK_TEMPLATES = ['invitation', 'invitation-reminder', 'invitation-expired'];

export function toDiagnosisFacts(history: InvitationHistory, isMailPaused: boolean): DiagnosisFacts {
  const { invitation, link, linkOpens } = history;
  const currentLinkOpens = linkOpens.filter(({ linkId }) => linkId === link?.id);
  const lastOpen = findLastOpen(currentLinkOpens, 'person');
  const formErrors = findLastOpen(currentLinkOpens, 'form-error');
  return {
    status: invitation.status,
    email: invitation.email,
    expiresAt: invitation.expiresAt,
    ...finalState(history),
    ageBlockedAt: invitation.isOpen ? history.ageBlockedAt : null,
    blockingReasons: invitation.isOpen ? history.blockingReasons.map(describeReason) : [],
    link: link && { at: link.createdAt, isShared: link.delivery === 'link' },
    mail: findNewestLinkMail(history),
    isMailPaused,
    lastOpen: lastOpen && { at: lastOpen.lastAt, device: lastOpen.detail },
    openedByScanner: currentLinkOpens.some(({ kind }) => kind === 'scanner' || kind === 'unconfirmed'),
    invalidOpenAt: findLastOpen(linkOpens, 'invalid')?.lastAt ?? null,
    formErrors: formErrors && {
      at: formErrors.lastAt,
      times: formErrors.openCount,
      fields: formErrors.detail.split(' '),
    },
    codeSentAt: findCodeSentAt(history),
  };
}

function finalState({
  invitation,
  member,
  revoker,
}: InvitationHistory): Pick<DiagnosisFacts, 'accepted' | 'revoked' | 'declined'> {
  const { acceptedAt, revokedAt, revokedReason: reason, replacedBy, declinedAt, declinedReason } = invitation;
  return {
    accepted: acceptedAt && { at: acceptedAt, by: member?.name ?? null },
    revoked: revokedAt && {
      at: revokedAt,
      by: revoker?.name ?? null,
      reason,
      isReplaced: replacedBy !== null,
    },
    declined: declinedAt && { at: declinedAt, reason: declinedReason },
  };
}

function findNewestLinkMail({ link, messages }: InvitationHistory): DiagnosisFacts['mail'] {
  const newest = messages
    .filter(({ template, subjectId }) => LINK_TEMPLATES.includes(template) && subjectId === link?.id)
    .at(-1);
  if (!newest) return null;
  const { recipient: to, attempts, lastError: error } = newest;
  return { state: deliveryStatusOf(newest), at: deliveryTime(newest), to, attempts, error };
}

function deliveryTime({ sentAt, bouncedAt, failedAt, droppedAt, queuedAt }: Message): Date {
  return sentAt ?? bouncedAt ?? failedAt ?? droppedAt ?? queuedAt;
}

function findCodeSentAt({ events, link }: InvitationHistory): Date | null {
  const last = events
    .filter(({ action, at }) => /code-sent|mailbox-proven/.test(action) && link && at > link.createdAt)
    .at(-1);
  return last?.action === 'invitation.code-sent' ? last.at : null;
}

function findLastOpen(linkOpens: readonly LinkOpen[], kind: LinkOpenKind): LinkOpen | null {
  const found = linkOpens.filter((open) => open.kind === kind);
  return found.reduce<LinkOpen | null>(
    (latest, open) => (latest && latest.lastAt > open.lastAt ? latest : open),
    null,
  );
}
