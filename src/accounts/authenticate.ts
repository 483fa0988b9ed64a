import type { Actor } from '../platform/audit/audit.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { consumeAttempt, refundAttempt } from '../platform/db/rate-limit.ts';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { type Account, findAccountByEmail } from './account.ts';
import { queueFailedSignIn } from './failed-sign-in-audit.ts';
import { verifyPassword } from './password.ts';
import { verifyTwoStepCode } from './two-step.ts';

/** `code` is from the authenticator app or a recovery code, or null if none was entered. */
export type Credentials = Readonly<{ email: string; password: string; code: string | null }>;

/** The same for a wrong password and an unknown address. */
export class WrongCredentials extends InvalidInput {
  constructor() {
    super({ email: t('accounts:signIn.wrongCredentials') });
  }
}

/** The address and password are correct, but the account also needs a code. */
export class TwoStepCodeRequired extends InvalidInput {
  readonly account: Account;

  constructor(account: Account) {
    super({ code: t('accounts:signIn.codeMissing') });
    this.account = account;
  }
}

/**
 * Checks credentials. Every kind of sign-in uses this function.
 * @param network where the request comes from: see `clientNetwork`
 * @throws InvalidInput for wrong credentials, TwoStepCodeRequired, TooManyAttempts
 */
export async function authenticate(
  { email, password, code }: Credentials,
  network: string,
  visitor: Actor,
): Promise<Account> {
  const account = await checkPassword(email, password, network).catch(async (error: unknown) => {
    if (error instanceof InvalidInput) await queueFailedSignIn(email, visitor);
    throw error;
  });
  if (account.twoStepEnabledAt === null) return account;
  if (code === null) throw new TwoStepCodeRequired(account);
  await verifyTwoStepCode(account, code, network, actingAs(account.id, visitor));
  return account;
}

/**
 * Checks an address and a password. An unknown address takes as long as a known one and gets the same answer. Only
 * failures count, per network and per address and network, so nobody can lock the owner out from another network.
 * @throws InvalidInput for wrong credentials, TooManyAttempts
 */
export async function checkPassword(typed: string, password: string, network: string): Promise<Account> {
  const email = normaliseAddress(typed) ?? '';
  await consumeAttempt('signInAddress', email, network);
  await consumeAttempt('signInNetwork', network);
  const account = await findAccountByEmail(email);
  const isCorrect = await verifyPassword(account?.passwordHash ?? null, password);
  if (account && isCorrect && account.suspendedAt === null) {
    await refundAttempt('signInAddress', email, network);
    await refundAttempt('signInNetwork', network);
    return account;
  }
  if (account && isCorrect) throw new InvalidInput({ email: t('accounts:signIn.suspended') });
  throw new WrongCredentials();
}

/** Checks the password of a signed-in person again. @throws InvalidInput if it is wrong, TooManyAttempts */
export async function confirmPassword(account: Account, typed: string, network: string): Promise<void> {
  await checkPassword(account.email, typed, network).catch((error: unknown) => {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput({ currentPassword: t('accounts:signIn.wrongPassword') });
  });
}
