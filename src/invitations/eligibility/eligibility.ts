import { ageStatusAt } from '../../alumni/age.ts';
import { suggestAddress } from '../../platform/text/address-typo.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import { type AddressFacts, type Candidate, listAddressFacts } from './facts.ts';

export type { Candidate };

export type Severity = 'blocked' | 'warning' | 'info';

/**
 * The reasons for or against inviting an address, in display order. `blocked` can't be overridden: its cause has to be
 * lifted first. `warning` needs an override that names it. `info` prevents nothing.
 */
export const severities = {
  deceased: 'blocked',
  'reported-deceased': 'blocked',
  suspended: 'blocked',
  complained: 'blocked',
  unsubscribed: 'blocked',
  bounced: 'blocked',
  open: 'warning',
  account: 'warning',
  member: 'warning',
  declined: 'warning',
  'age-blocked': 'warning',
  inactive: 'warning',
  typo: 'warning',
  revoked: 'info',
  minor: 'info',
  'several-records': 'info',
  'no-record': 'info',
} as const satisfies Record<string, Severity>;

export type ReasonName = keyof typeof severities;
export const reasonNames = Object.keys(severities) as ReasonName[];
export const warningNames = reasonNames.filter((name) => severities[name] === 'warning');

/** One reason with its details. Details that are unknown or that do not apply are absent. */
export type EligibilityReason = Readonly<{
  name: ReasonName;
  severity: Severity;
  /** When it happened. */
  at?: Date;
  /** When the open invitation expires or has expired. */
  expiresAt?: Date;
  /** The invitation that the reason is about. */
  invitationId?: string;
  accountId?: string;
  /** The inviter of the open invitation, the owner of the account, or the people who have died. */
  personName?: string;
  /** The reason given for the revocation, or the `DeclineReason`. */
  statedReason?: string;
  /** The address that the typing mistake was probably meant to be. */
  suggestedEmail?: string;
  /** The number of records. */
  count?: number;
}>;

/**
 * Checks whether addresses may be invited, with one query. Pass at most a few thousand at a time.
 * @returns for each candidate, in the order given, its reasons, most serious first
 */
export async function checkEligibility(candidates: readonly Candidate[]): Promise<EligibilityReason[][]> {
  if (candidates.length === 0) return [];
  const settings = await readSettings();
  const now = new Date();
  const facts = await listAddressFacts(candidates);
  return candidates.map((candidate, index) => {
    const addressFacts = facts[index];
    if (!addressFacts) throw new Error('listAddressFacts returned fewer rows than candidates');
    return deriveReasons(candidate, addressFacts, settings, now);
  });
}

/** The reasons that prevent an invitation: `blocked` ones, and warnings that are not overridden. */
export function unresolvedReasons(
  reasons: readonly EligibilityReason[],
  override: readonly ReasonName[],
): EligibilityReason[] {
  return reasons.filter(
    ({ name, severity }) => severity === 'blocked' || (severity === 'warning' && !override.includes(name)),
  );
}

function deriveReasons(
  { email, groupId = null, staffRole = null }: Candidate,
  facts: AddressFacts,
  policy: Settings,
  now: Date,
): EligibilityReason[] {
  const reasons: EligibilityReason[] = [];
  const add = (name: ReasonName, details: Omit<EligibilityReason, 'name' | 'severity'> = {}) =>
    reasons.push({ name, severity: severities[name], ...details });
  const { yearsOfBirth, inactiveCount, deceasedNames, accountId, accountName } = facts;
  const account = accountId === null ? {} : { accountId, ...(accountName && { personName: accountName }) };

  for (const { kind, at } of facts.suppressions) add(kind, { at: new Date(at) });
  if (
    yearsOfBirth.length + inactiveCount === 0 &&
    deceasedNames.length > 0 &&
    !reasons.some(({ name }) => name === 'deceased')
  )
    add('deceased', { personName: deceasedNames.join(', ') });
  if (facts.reportedDeceasedAt) add('reported-deceased', { at: facts.reportedDeceasedAt });
  if (facts.suspendedAt) add('suspended', { at: facts.suspendedAt, ...account });
  if (facts.openInvitationId && facts.openCreatedAt && facts.openExpiresAt)
    add('open', {
      at: facts.openCreatedAt,
      expiresAt: facts.openExpiresAt,
      invitationId: facts.openInvitationId,
      ...(facts.inviter && { personName: facts.inviter }),
    });
  // An invitation to a group or to the staff is accepted with the existing account.
  if (accountId !== null && groupId === null && staffRole === null) add('account', account);
  if (facts.isMember) add('member', account);
  // Someone who accepted a later invitation has changed their mind.
  if (facts.declinedAt && facts.declinedId && !(facts.acceptedAt && facts.acceptedAt > facts.declinedAt))
    add('declined', {
      at: facts.declinedAt,
      invitationId: facts.declinedId,
      ...(facts.declinedReason && { statedReason: facts.declinedReason }),
    });
  if (facts.ageBlockedAt && facts.ageBlockedId)
    add('age-blocked', { at: facts.ageBlockedAt, invitationId: facts.ageBlockedId });
  else if (areAllAtMost(yearsOfBirth, 'blocked', policy, now))
    add('age-blocked', { count: yearsOfBirth.length });
  if (yearsOfBirth.length === 0 && inactiveCount > 0) add('inactive', { count: inactiveCount });
  const suggestedEmail = suggestAddress(email);
  if (suggestedEmail) add('typo', { suggestedEmail });
  if (facts.revokedAt && facts.revokedId)
    add('revoked', {
      at: facts.revokedAt,
      invitationId: facts.revokedId,
      ...(facts.revokedReason && { statedReason: facts.revokedReason }),
    });
  if (
    !areAllAtMost(yearsOfBirth, 'blocked', policy, now) &&
    areAllAtMost(yearsOfBirth, 'consent', policy, now)
  )
    add('minor', { count: yearsOfBirth.length });
  if (yearsOfBirth.length > 1) add('several-records', { count: yearsOfBirth.length });
  if (yearsOfBirth.length + inactiveCount + deceasedNames.length === 0 && accountId === null)
    add('no-record');
  return reasons.sort((a, b) => reasonNames.indexOf(a.name) - reasonNames.indexOf(b.name));
}

/** Whether there are records, and all of them have this age status or a lower one. An unknown year counts as higher. */
function areAllAtMost(
  years: readonly (number | null)[],
  highest: 'blocked' | 'consent',
  policy: Settings,
  now: Date,
): boolean {
  const allowed = highest === 'blocked' ? ['blocked'] : ['blocked', 'consent'];
  return (
    years.length > 0 &&
    years.every((year) => year !== null && allowed.includes(ageStatusAt(year, now, policy)))
  );
}
