import { Op } from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { type Encrypted, isEncryptedWithOldKey } from '../platform/crypto/encryption.ts';
import { inTransaction } from '../platform/db/database.ts';
import { consumeAttempt, requireAttemptsLeft } from '../platform/db/rate-limit.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { normaliseCode } from '../platform/text/text.ts';
import { readSettings } from '../settings/settings.ts';
import { Account, endSessions, lockUnchangedAccount } from './account.ts';
import { redeemRecoveryCode, removeRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts';
import {
  decryptSecret,
  deriveSetupSecret,
  encryptSecret,
  findTimeStep,
  TwoStepSecret,
} from './two-step-secret.ts';

/** The updated account, to continue the current session, and its new recovery codes, to be shown once. */
type TwoStepChange = Readonly<{ account: Account; recoveryCodes: string[] }>;

/**
 * Turns two-step sign-in on if the code proves that an app has the secret. All sessions end.
 * @param seed see `newSetupSeed`
 * @throws InvalidInput for a wrong code, Conflict if it is on already or the account was changed in the meantime
 */
export async function turnOnTwoStep(
  account: Account,
  seed: string,
  typed: string,
  actor: Actor,
): Promise<TwoStepChange> {
  const secret = deriveSetupSecret(seed, account.id);
  const step = findTimeStep(secret, normaliseCode(typed));
  if (step === null) throw new InvalidInput({ code: t('accounts:twoStep.errors.wrongSetup') });
  return inTransaction(async () => {
    const current = await lockUnchangedAccount(account);
    if (current.twoStepEnabledAt !== null) throw new Conflict(t('accounts:twoStep.errors.alreadyOn'));
    await current.update({ twoStepEnabledAt: new Date() });
    await TwoStepSecret.create({
      accountId: current.id,
      ...encryptSecret(secret, current.id),
      lastStep: step,
    });
    const recoveryCodes = await replaceRecoveryCodes(current.id);
    await endSessions(current.id);
    await recordAndNotify(current, 'two-step-enabled', actor);
    return { account: await current.reload(), recoveryCodes };
  });
}

/**
 * Turns two-step sign-in off. All sessions end.
 * @returns the updated account, to continue the current session
 * @throws Conflict if it is off already, if it is mandatory for staff, or if the account was changed in the meantime
 */
export async function turnOffTwoStep(account: Account, actor: Actor): Promise<Account> {
  const settings = await readSettings();
  if (account.staffRole && settings.twoStepForStaff) throw new Conflict(t('accounts:twoStep.required'));
  return inTransaction(async () => {
    const current = await lockUnchangedAccount(account);
    if (!(await removeTwoStep(current.id))) throw new Conflict(t('accounts:twoStep.errors.alreadyOff'));
    await endSessions(current.id);
    await recordAndNotify(current, 'two-step-disabled', actor);
    return current.reload();
  });
}

/**
 * Replaces the recovery codes. All sessions end.
 * @throws Conflict if two-step sign-in is off, or the account was changed in the meantime
 */
export function renewRecoveryCodes(account: Account, actor: Actor): Promise<TwoStepChange> {
  return inTransaction(async () => {
    const current = await lockUnchangedAccount(account);
    if (current.twoStepEnabledAt === null) throw new Conflict(t('accounts:twoStep.errors.off'));
    const recoveryCodes = await replaceRecoveryCodes(current.id);
    await endSessions(current.id);
    await recordAndNotify(current, 'recovery-codes-renewed', actor);
    return { account: await current.reload(), recoveryCodes };
  });
}

/**
 * Redeems a code of the authenticator app or a recovery code. Each works once. Only wrong codes count: per account and
 * network, and per account and password, since anyone who gets this far knows the password.
 * @throws InvalidInput for a wrong code, TooManyAttempts
 */
export function verifyTwoStepCode(
  account: Account,
  typed: string,
  network: string,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    // The lock serialises concurrent attempts: none can exceed the limit, and no code works twice.
    const secret = await lockSecret(account.id);
    const everywhere = [account.id, account.passwordChangedAt.toISOString()];
    await requireAttemptsLeft('signInCode', account.id, network);
    await requireAttemptsLeft('signInCodeAllNetworks', ...everywhere);
    const code = normaliseCode(typed);
    const isCorrect = /^\d{6}$/.test(code)
      ? secret !== null && (await redeemTotpCode(account.id, secret, code))
      : await redeemRecoveryCode(account.id, code);
    if (!isCorrect) {
      await consumeAttempt('signInCode', account.id, network);
      await consumeAttempt('signInCodeAllNetworks', ...everywhere);
      throw new InvalidInput({ code: t('accounts:twoStep.errors.wrong') });
    }
    if (code.length > 6) await recordAndNotify(account, 'recovery-code-used', actor);
  });
}

async function redeemTotpCode(accountId: string, stored: Encrypted, code: string): Promise<boolean> {
  const secret = decryptSecret(stored, accountId);
  const step = findTimeStep(secret, code);
  if (step === null) return false;
  const { keyId, encrypted } = isEncryptedWithOldKey(stored) ? encryptSecret(secret, accountId) : stored;
  const where = { accountId, lastStep: { [Op.lt]: step } };
  const [updated] = await TwoStepSecret.update({ lastStep: step, keyId, encrypted }, { where });
  return updated > 0;
}

async function lockSecret(accountId: string): Promise<Encrypted | null> {
  await Account.findByPk(accountId, { lock: true });
  return TwoStepSecret.findByPk(accountId);
}

/** Removes the secret and the recovery codes. @returns whether two-step sign-in was on */
export async function removeTwoStep(accountId: string): Promise<boolean> {
  const where = { id: accountId, twoStepEnabledAt: { [Op.ne]: null } };
  const [changed] = await Account.update({ twoStepEnabledAt: null }, { where });
  await TwoStepSecret.destroy({ where: { accountId } });
  await removeRecoveryCodes(accountId);
  return changed > 0;
}

async function recordAndNotify(
  { id, email }: Account,
  event: 'two-step-enabled' | 'two-step-disabled' | 'recovery-codes-renewed' | 'recovery-code-used',
  actor: Actor,
): Promise<void> {
  await recordEvent(actor, { action: `account.${event}`, subject: 'account', subjectId: id });
  await queueMail({ template: event, to: email, subjectId: id, accountId: id, reference: newReference() });
}
