import { Op } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { isSealedByOlderKey, type Sealed } from '../seal.ts';
import { readSettings } from '../settings.ts';
import { countTry, requireTriesLeft } from '../web/rate-limit.ts';
import { newReference } from '../web/reference.ts';
import { Account, endSessions, lockUnchanged } from './account.ts';
import { removeRecoveryCodes, replaceRecoveryCodes, spendRecoveryCode } from './recovery-codes.ts';
import { openSecret, sealSecret, secretOfSetup, stepOf, TwoStepSecret } from './two-step-secret.ts';

/** The account as it is now, for the session that goes on, and its new recovery codes, to be shown once. */
type Changed = Readonly<{ account: Account; recoveryCodes: string[] }>;

const wrongCode = { code: 'This code is not right, or it was used already. Type the newest one' };

/**
 * Turns two-step sign-in on with the secret of a setup, once a code shows that an app has it. All sessions end.
 * @throws Invalid for a wrong code, Conflict when it is on already or another change came first
 */
export async function turnOn(account: Account, setup: string, typed: string, actor: Actor): Promise<Changed> {
  const secret = secretOfSetup(setup, account.id);
  const step = stepOf(secret, typed.replaceAll(/\s/g, ''));
  if (step === null) throw new Invalid({ code: 'This is not the code that the app shows now. Try the next' });
  return inTransaction(async () => {
    const now = await lockUnchanged(account);
    if (now.twoStepEnabledAt !== null) throw new Conflict('Two-step sign-in is on already.');
    await now.update({ twoStepEnabledAt: new Date() });
    await TwoStepSecret.create({ accountId: now.id, ...sealSecret(secret, now.id), lastStep: step });
    const recoveryCodes = await replaceRecoveryCodes(now.id);
    await endSessions(now.id);
    await note(now, 'two-step-on', actor);
    return { account: await now.reload(), recoveryCodes };
  });
}

/**
 * Turns it off; all sessions end.
 * @returns the account as it is now, for the session that goes on
 * @throws Conflict when it is off already, when staff may not be without it, or another change came first
 */
export async function turnOff(account: Account, actor: Actor): Promise<Account> {
  const settings = await readSettings();
  if (account.staffRole && settings.twoStepForStaff)
    throw new Conflict('Your organisation asks its staff for two-step sign-in, so it stays on.');
  return inTransaction(async () => {
    const now = await lockUnchanged(account);
    if (!(await forgetSecret(now.id))) throw new Conflict('Two-step sign-in is off already.');
    await endSessions(now.id);
    await note(now, 'two-step-off', actor);
    return now.reload();
  });
}

/**
 * New recovery codes; the older ones die, and all sessions end.
 * @throws Conflict when two-step sign-in is off, or another change came first
 */
export function renewRecoveryCodes(account: Account, actor: Actor): Promise<Changed> {
  return inTransaction(async () => {
    const now = await lockUnchanged(account);
    if (now.twoStepEnabledAt === null) throw new Conflict('Two-step sign-in is off.');
    const recoveryCodes = await replaceRecoveryCodes(now.id);
    await endSessions(now.id);
    await note(now, 'recovery-codes-renewed', actor);
    return { account: await now.reload(), recoveryCodes };
  });
}

/**
 * Takes a code of the app or a recovery code, each at most once. Only wrong ones count: for the account at this place,
 * and for the account as long as it has this password, since whoever tries here knows it.
 * @throws Invalid for a wrong code, TooManyAttempts
 */
export function takeCode(account: Account, typed: string, place: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    // The lock makes tries at one moment follow each other: none slips past the limit, and no code counts twice.
    const kept = await secretFor(account.id);
    const everywhere = [account.id, account.passwordChangedAt.toISOString()];
    await requireTriesLeft('signInCode', account.id, place);
    await requireTriesLeft('signInCodeAnywhere', ...everywhere);
    const code = typed.replaceAll(/[\s-]/g, '');
    const taken = /^\d{6}$/.test(code)
      ? kept !== null && (await takeStep(account.id, kept, code))
      : await spendRecoveryCode(account.id, code);
    if (!taken) {
      await countTry('signInCode', account.id, place);
      await countTry('signInCodeAnywhere', ...everywhere);
      throw new Invalid(wrongCode);
    }
    if (code.length > 6) await note(account, 'recovery-code-used', actor);
  });
}

async function takeStep(accountId: string, kept: Sealed, code: string): Promise<boolean> {
  const secret = openSecret(kept, accountId);
  const step = stepOf(secret, code);
  if (step === null) return false;
  const { keyId, sealed } = isSealedByOlderKey(kept) ? sealSecret(secret, accountId) : kept;
  const where = { accountId, lastStep: { [Op.lt]: step } };
  const [taken] = await TwoStepSecret.update({ lastStep: step, keyId, sealed }, { where });
  return taken > 0;
}

async function secretFor(accountId: string): Promise<Sealed | null> {
  await Account.findByPk(accountId, { lock: true });
  return TwoStepSecret.findByPk(accountId);
}

/** Removes the secret and the recovery codes. @returns whether it was on */
export async function forgetSecret(accountId: string): Promise<boolean> {
  const where = { id: accountId, twoStepEnabledAt: { [Op.ne]: null } };
  const [turned] = await Account.update({ twoStepEnabledAt: null }, { where });
  await TwoStepSecret.destroy({ where: { accountId } });
  await removeRecoveryCodes(accountId);
  return turned > 0;
}

async function note(
  { id, email }: Account,
  what: 'two-step-on' | 'two-step-off' | 'recovery-codes-renewed' | 'recovery-code-used',
  actor: Actor,
): Promise<void> {
  await record(actor, { action: `account.${what}`, subject: 'account', subjectId: id });
  await queueMail({ template: what, to: email, subjectId: id, accountId: id, reference: newReference() });
}
