import { describeReason } from '../../invitations/eligibility/explain.ts';
import type { InvitationHistory } from '../../invitations/history.ts';
import type { DeclineReason } from '../../invitations/invitation.ts';
import type { LinkOpen, LinkOpenKind } from '../../invitations/opens/link-open.ts';
import type { InvitationStatus } from '../../invitations/status.ts';
import { type DeliveryStatus, deliveryStatusOf, type Message } from '../../platform/mail/messages.ts';

/** What a diagnosis is made of. */
export type DiagnosisFacts = Readonly<{
  status: InvitationStatus;
  email: string;
  expiresAt: Date;
  accepted: Readonly<{ at: Date; by: string | null }> | null;
  revoked: Readonly<{ at: Date; by: string | null; reason: string | null; isReplaced: boolean }> | null;
  declined: Readonly<{ at: Date; reason: DeclineReason | null }> | null;
  /** When somebody was found too young, while nobody has reopened it. */
  ageBlockedAt: Date | null;
  /** Why nothing can be sent to the address, in words, while it is open. */
  blockingReasons: readonly string[];
  /** When the newest link was made, and whether to be handed on by a person. */
  link: Readonly<{ at: Date; isShared: boolean }> | null;
  /** The newest mail with that link. */
  mail: Readonly<{
    state: DeliveryStatus;
    at: Date;
    to: string;
    attempts: number;
    error: string | null;
  }> | null;
  isMailPaused: boolean;
  /** When a person last looked at the newest link's page, and with what; a program that checks mail. */
  lastOpen: Readonly<{ at: Date; device: string }> | null;
  openedByScanner: boolean;
  /** When a link was last opened that no longer let anybody in. */
  invalidOpenAt: Date | null;
  /** The newest link's form, refused. */
  formErrors: Readonly<{ at: Date; times: number; fields: readonly string[] }> | null;
  /** The last code for the mailbox, while it is not typed. */
  codeSentAt: Date | null;
}>;

const LINK_TEMPLATES = ['invitation', 'invitation-reminder', 'invitation-expired'];

/** What matters of a case for its diagnosis. */
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
    (last, open) => (last && last.lastAt > open.lastAt ? last : open),
    null,
  );
}
