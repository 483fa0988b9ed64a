import type { Account } from '../accounts/account.ts';
import type { Actor } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { NotFound } from '../errors.ts';
import { readSettings } from '../settings.ts';
import { grant, refuse, renewalDue, withdraw } from './consent.ts';
import { guardiansOf, lockProfile, nameGuardian } from './guardian.ts';
import { asDecidedBy, standingOf, type Ward, wardsOf } from './standing.ts';

/** The children of 14 to 17 for whom this account has to decide: never decided, ended, or soon to end. */
export async function childrenToDecide(accountId: string): Promise<Ward[]> {
  const policy = await readSettings();
  const now = new Date();
  const children = (await wardsOf(accountId)).filter(({ relationship }) => relationship === 'child');
  const own = await Promise.all(children.map((child) => asDecidedByParent(child, accountId)));
  return own.filter((ward) => {
    const standing = standingOf(ward, policy, now);
    if (standing === 'supervised') return renewalDue(ward, now);
    return standing !== 'full' && standing !== 'blocked';
  });
}

// What a second guardian decides is not the parent's decision.
async function asDecidedByParent(child: Ward, accountId: string): Promise<Ward> {
  const guardian = (await guardiansOf(child.profileId)).find((one) => one.accountId === accountId);
  return guardian
    ? asDecidedBy(guardian.id, child)
    : { ...child, lastAct: null, lastActAt: null, consentExpiresAt: null };
}

/** Children for whom nobody has decided yet: what follows a registration at once. */
export async function childrenUndecided(accountId: string): Promise<Ward[]> {
  return (await childrenToDecide(accountId)).filter(({ lastAct }) => lastAct === null);
}

/** A parent's decision for these children at once: each gets a row of its own. */
export async function decideFor(
  parent: Account,
  children: readonly Ward[],
  decision: 'grant' | 'refuse',
  actor: Actor,
): Promise<void> {
  for (const child of children) {
    const guardianId = await answeringFor(child, parent);
    await (decision === 'grant' ? grant(guardianId, actor) : refuse(guardianId, actor));
  }
}

/** A parent ends the consent for one child. @throws NotFound when it is not theirs */
export async function withdrawFor(parent: Account, profileId: string, actor: Actor): Promise<void> {
  const child = (await wardsOf(parent.id)).find(
    (ward) => ward.profileId === profileId && ward.relationship === 'child',
  );
  if (!child) throw new NotFound('There is no such child in your account.');
  await withdraw(await answeringFor(child, parent), actor);
}

// A parent answers from the account that claims the child; the link in the mails is theirs too.
function answeringFor(child: Ward, parent: Account): Promise<string> {
  return inTransaction(async () => {
    await lockProfile(child.profileId);
    const current = await guardiansOf(child.profileId);
    const own = current.find(({ accountId }) => accountId === parent.id);
    if (own) return own.id;
    const { name, email, id: accountId } = parent;
    return nameGuardian(child.profileId, { name, email, accountId, hold: null });
  });
}
