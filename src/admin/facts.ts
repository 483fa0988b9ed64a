import type { CaseFile } from '../invitations/case-file.ts';
import { explain } from '../invitations/eligibility-words.ts';
import type { DeclineReason } from '../invitations/invitation.ts';
import type { InvitationStatus } from '../invitations/status.ts';
import type { VisitKind, Visits } from '../invitations/visits.ts';
import { deliveryOf, type MailDelivery, type Message } from '../mail/messages.ts';

/** What a diagnosis is made of. */
export type Facts = Readonly<{
  status: InvitationStatus;
  email: string;
  expiresAt: Date;
  accepted: Readonly<{ at: Date; by: string | null }> | null;
  revoked: Readonly<{ at: Date; by: string | null; reason: string | null; isReplaced: boolean }> | null;
  declined: Readonly<{ at: Date; reason: DeclineReason | null }> | null;
  /** When somebody was found too young, while nobody has reopened it. */
  ageBlockedAt: Date | null;
  /** Why nothing can be sent to the address, in words, while it is open. */
  blocked: readonly string[];
  /** When the newest link was made, and whether to be handed on by a person. */
  link: Readonly<{ at: Date; isHandedOn: boolean }> | null;
  /** The newest mail with that link. */
  mail: Readonly<{
    state: MailDelivery;
    at: Date;
    to: string;
    attempts: number;
    error: string | null;
  }> | null;
  isMailPaused: boolean;
  /** When a person last looked at the newest link's page, and with what; a program that checks mail. */
  seen: Readonly<{ at: Date; device: string }> | null;
  isScanned: boolean;
  /** When a link was last opened that no longer let anybody in. */
  deadAt: Date | null;
  /** The newest link's form, refused. */
  refused: Readonly<{ at: Date; times: number; fields: readonly string[] }> | null;
  /** The last code for the mailbox, while it is not typed. */
  codeSentAt: Date | null;
}>;

const LINK_MAILS = ['invitation', 'invitation-reminder', 'invitation-expired'];

/** What matters of a case for its diagnosis. */
export function factsOf(file: CaseFile, isMailPaused: boolean): Facts {
  const { invitation, link, visits } = file;
  const onLink = visits.filter(({ linkId }) => linkId === link?.id);
  const seen = lastOf(onLink, 'person');
  const refused = lastOf(onLink, 'form-error');
  return {
    status: invitation.status,
    email: invitation.email,
    expiresAt: invitation.expiresAt,
    ...endOf(file),
    ageBlockedAt: invitation.open ? file.ageBlockedAt : null,
    blocked: invitation.open ? file.blocked.map(explain) : [],
    link: link && { at: link.createdAt, isHandedOn: link.delivery === 'link' },
    mail: mailOf(file),
    isMailPaused,
    seen: seen && { at: seen.lastAt, device: seen.about },
    isScanned: onLink.some(({ kind }) => kind === 'scanner' || kind === 'unconfirmed'),
    deadAt: lastOf(visits, 'dead')?.lastAt ?? null,
    refused: refused && {
      at: refused.lastAt,
      times: refused.times,
      fields: refused.about.split(' '),
    },
    codeSentAt: codeSentAt(file),
  };
}

function endOf({ invitation, member, revoker }: CaseFile): Pick<Facts, 'accepted' | 'revoked' | 'declined'> {
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

function mailOf({ link, messages }: CaseFile): Facts['mail'] {
  const newest = messages
    .filter(({ template, subjectId }) => LINK_MAILS.includes(template) && subjectId === link?.id)
    .at(-1);
  if (!newest) return null;
  const { recipient: to, attempts, lastError: error } = newest;
  return { state: deliveryOf(newest), at: momentOf(newest), to, attempts, error };
}

function momentOf({ sentAt, bouncedAt, failedAt, droppedAt, queuedAt }: Message): Date {
  return sentAt ?? bouncedAt ?? failedAt ?? droppedAt ?? queuedAt;
}

function codeSentAt({ events, link }: CaseFile): Date | null {
  const last = events
    .filter(({ action, at }) => /code-sent|mailbox-proven/.test(action) && link && at > link.createdAt)
    .at(-1);
  return last?.action === 'invitation.code-sent' ? last.at : null;
}

function lastOf(visits: readonly Visits[], kind: VisitKind): Visits | null {
  const found = visits.filter((visit) => visit.kind === kind);
  return found.reduce<Visits | null>(
    (last, visit) => (last && last.lastAt > visit.lastAt ? last : visit),
    null,
  );
}
