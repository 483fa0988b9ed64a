import { ageStatusAt } from '../../alumni/age.ts';
import { suggestAddress } from '../../platform/text/address-typo.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import { type AddressFacts, type Candidate, listAddressFacts } from './facts.ts';

export type { Candidate };

export type Severity = 'blocked' | 'warning' | 'info';

/**
 * Everything that can be said of an address before it is invited, in the order in which people read it. What is `blocked`
 * can't be overridden, only its cause can be lifted; a `warning` needs an override that names it; an `info` stops nothing.
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
/** The reasons that an administrator may override. */
export const warningNames = reasonNames.filter((name) => severities[name] === 'warning');

/** One thing that is known of an address. What isn't known of it, or doesn't apply to the reason, is absent. */
export type EligibilityReason = Readonly<{
  name: ReasonName;
  severity: Severity;
  /** When it happened. */
  at?: Date;
  /** When the open invitation expires or has expired. */
  expiresAt?: Date;
  /** The invitation that it follows from. */
  invitationId?: string;
  accountId?: string;
  /** Somebody's name: who sent the open invitation, whose account it is, who has died. */
  personName?: string;
  /** What staff or the person gave as the reason. */
  statedReason?: string;
  /** The address that was probably meant. */
  suggestedEmail?: string;
  /** How many records. */
  count?: number;
}>;

/**
 * Whether each of these addresses may be invited: its reasons, the most serious first. One query for all of them; give it
 * some thousand at a time.
 * @returns one list of reasons for each candidate, in the order given
 */
export async function checkEligibility(candidates: readonly Candidate[]): Promise<EligibilityReason[][]> {
  if (candidates.length === 0) return [];
  const settings = await readSettings();
  const now = new Date();
  const facts = await listAddressFacts(candidates);
  return candidates.map((candidate, index) => {
    const found = facts[index];
    if (!found) throw new Error('the database returned too few rows');
    return deriveReasons(candidate, found, settings, now);
  });
}

/** The reasons that still stand in the way: what is blocked, and the warnings that nobody has overridden. */
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
  const add = (name: ReasonName, about: Omit<EligibilityReason, 'name' | 'severity'> = {}) =>
    reasons.push({ name, severity: severities[name], ...about });
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
  // Into a group or the staff, people are invited with the account that they have.
  if (accountId !== null && groupId === null && staffRole === null) add('account', account);
  if (facts.isMember) add('member', account);
  // Whoever accepted an invitation afterwards has changed their mind.
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
  if (suggestedEmail) add('typo', { suggestedEmail: suggestedEmail });
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
  return reasons.sort((one, other) => reasonNames.indexOf(one.name) - reasonNames.indexOf(other.name));
}

/** Whether there are records, and each of them is at most of this access. An unknown year says nothing. */
function areAllAtMost(
  years: readonly (number | null)[],
  access: 'blocked' | 'consent',
  policy: Settings,
  now: Date,
): boolean {
  const allowed = access === 'blocked' ? ['blocked'] : ['blocked', 'consent'];
  return (
    years.length > 0 &&
    years.every((year) => year !== null && allowed.includes(ageStatusAt(year, now, policy)))
  );
}
