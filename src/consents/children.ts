import type { Account } from '../accounts/account.ts';
import type { Actor } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { readSettings } from '../settings/settings.ts';
import { grantConsent, isRenewalDue, refuseConsent, withdrawConsent } from './decisions.ts';
import { listCurrentGuardians, lockProfile, nameGuardian } from './guardians/guardian.ts';
import {
  accessStatusOf,
  asDecidedByGuardian,
  listProfileAccess,
  type ProfileAccess,
} from './profile-access.ts';

/** The account's children who need consent: no decision yet, no consent in force, or renewal due. */
export async function listChildrenNeedingDecision(accountId: string): Promise<ProfileAccess[]> {
  const policy = await readSettings();
  const now = new Date();
  const children = (await listProfileAccess(accountId)).filter(
    ({ relationship }) => relationship === 'child',
  );
  const decided = await Promise.all(children.map((child) => asDecidedByOwnGuardian(child, accountId)));
  return decided.filter((child) => {
    const access = accessStatusOf(child, policy, now);
    if (access === 'supervised') return isRenewalDue(child, now);
    return access !== 'full' && access !== 'blocked';
  });
}

// Without the decisions of a second guardian.
async function asDecidedByOwnGuardian(child: ProfileAccess, accountId: string): Promise<ProfileAccess> {
  const guardian = (await listCurrentGuardians(child.profileId)).find(
    (current) => current.accountId === accountId,
  );
  return guardian
    ? asDecidedByGuardian(guardian.id, child)
    : { ...child, lastDecision: null, lastDecidedAt: null, consentExpiresAt: null };
}

/** The children whom the parent is asked about directly after registering: no decision yet. */
export async function listUndecidedChildren(accountId: string): Promise<ProfileAccess[]> {
  return (await listChildrenNeedingDecision(accountId)).filter(({ lastDecision }) => lastDecision === null);
}

/** Records one decision of a parent for several children. */
export async function decideForChildren(
  parent: Account,
  children: readonly ProfileAccess[],
  decision: 'grant' | 'refuse',
  actor: Actor,
): Promise<void> {
  for (const child of children) {
    const guardianId = await findOrCreateOwnGuardian(child, parent);
    await (decision === 'grant' ? grantConsent(guardianId, actor) : refuseConsent(guardianId, actor));
  }
}

/** Withdraws a parent's consent for one child. @throws NotFound if the child isn't theirs */
export async function withdrawForChild(parent: Account, profileId: string, actor: Actor): Promise<void> {
  const child = (await listProfileAccess(parent.id)).find(
    (profile) => profile.profileId === profileId && profile.relationship === 'child',
  );
  if (!child) throw new NotFound(t('consents:errors.notYourChild'));
  await withdrawConsent(await findOrCreateOwnGuardian(child, parent), actor);
}

// The parent is the child's guardian, so that mails can contain the guardian's link.
function findOrCreateOwnGuardian(child: ProfileAccess, parent: Account): Promise<string> {
  return inTransaction(async () => {
    await lockProfile(child.profileId);
    const current = await listCurrentGuardians(child.profileId);
    const guardian = current.find(({ accountId }) => accountId === parent.id);
    if (guardian) return guardian.id;
    const { name, email, id: accountId } = parent;
    return nameGuardian(child.profileId, { name, email, accountId, hold: null });
  });
}
