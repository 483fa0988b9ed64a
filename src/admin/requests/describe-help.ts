import { findAccountByEmail } from '../../accounts/account.ts';
import { type LikelyRecord, listLikelyRecords } from '../../alumni/matching/likely-records.ts';
import { displayName } from '../../alumni/record.ts';
import { lookUpAddress } from '../../invitations/eligibility/address-lookup.ts';
import { getInvitation, type Invitation } from '../../invitations/invitation.ts';
import { movesInvitation } from '../../invitations/requests/help-resolution.ts';
import type { ListedRequest } from '../../invitations/requests/list.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { type Evidence, overridableWarnings, reasonEvidence, recordEvidence } from './describe-request.ts';

type Candidate = LikelyRecord & Readonly<{ displayName: string; canChoose: boolean }>;

/** What staff need to answer a request for help. */
export type HelpDescription = Readonly<{
  invitation: Invitation | null;
  /** The records that may be the person's, most likely first. */
  candidates: readonly Candidate[];
  /** What is known about the address they gave; null if they gave none. */
  newAddress: Readonly<{ evidence: readonly Evidence[]; isBlocked: boolean; override: string }> | null;
  /** Whether the open invitation moves to the new address. */
  moves: boolean;
  /** Where to match their account with a record; null if there is no account. */
  matchUrl: string | null;
  /** The account whose address administrators can change; null if there is none. */
  account: Readonly<{ id: string; name: string }> | null;
  /** Where to answer by e-mail, and the subject with the reference. */
  mailUrl: string;
}>;

/** @returns null for a request for a new link and for a report that a person has died */
export async function describeHelp(
  request: ListedRequest,
  isAdmin: boolean,
): Promise<HelpDescription | null> {
  const { kind, email, newEmail, name, schoolName, lastYear: batch, center, invitationId } = request;
  if (kind === 'new-link' || kind === 'deceased') return null;
  const knownName = name ?? schoolName;
  const [invitation, likely, lookup, account] = await Promise.all([
    invitationId === null ? null : getInvitation(invitationId),
    knownName === null
      ? []
      : listLikelyRecords({ email: newEmail ?? email, name: knownName, schoolName, batch, center }),
    newEmail === null ? null : lookUpAddress({ email: newEmail }),
    kind === 'find-record' || kind === 'name-changed' || kind === 'mailbox-lost'
      ? findAccountByEmail(email)
      : null,
  ]);
  const subject = t('invitations:requests.mailSubject', { reference: invitation?.reference ?? request.id });
  return {
    invitation,
    candidates: likely.map((record) => ({
      ...record,
      displayName: displayName(record),
      canChoose: record.state === 'active' && !record.claimed,
    })),
    newAddress: lookup && {
      evidence: [...recordEvidence(lookup), ...reasonEvidence(lookup, isAdmin)],
      isBlocked: lookup.reasons.some(({ severity }) => severity === 'blocked'),
      override: overridableWarnings(lookup),
    },
    moves: movesInvitation(request, invitation),
    account: kind === 'mailbox-lost' ? account : null,
    matchUrl:
      account === null || kind === 'mailbox-lost'
        ? null
        : `/admin/alumni/unmatched/${account.id}?${new URLSearchParams({ q: schoolName ?? '' })}`,
    mailUrl: `mailto:${newEmail ?? email}?subject=${encodeURIComponent(subject)}`,
  };
}
