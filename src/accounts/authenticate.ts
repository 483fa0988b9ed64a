import type { Actor } from '../platform/audit/audit.ts';
import { actingAs } from '../platform/audit/audit.ts';
import { consumeAttempt, refundAttempt } from '../platform/db/rate-limit.ts';
import { InvalidInput } from '../platform/errors.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { type Account, findAccountByEmail } from './account.ts';
import { queueFailedSignIn } from './failed-sign-in.ts';

import { verifyPassword } from './password.ts';
import { verifyTwoStepCode } from './two-step.ts';

/** `code` of the app or a recovery code; null when none was typed. */
export type Credentials = Readonly<{ email: string; password: string; code: string | null }>;

/** Said alike for a wrong password and an unknown address. */
export const wrongCredentials = { email: 'The address or the password is not right' };

/** Address and password are right; the account also asks for a code. */
export class TwoStepCodeRequired extends InvalidInput {
  readonly account: Account;

  constructor(account: Account) {
    super({ code: 'Type the code from your authenticator app' });
    this.account = account;
  }
}

/**
 * Whose credentials these are: the one check behind every way in. `place` is where they come from, see `placeOf`.
 * @throws Invalid for a wrong pair or code, CodeWanted, TooManyAttempts
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
 * Whose address and password these are. An unknown address takes as long as a known one and gives the same answer.
 * Only failures count, for the address at this place and for the place: nobody can lock a person out from elsewhere.
 * @throws Invalid for a wrong pair, TooManyAttempts
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
  throw new InvalidInput(
    account && isCorrect ? { email: 'This account is suspended. Please contact us' } : wrongCredentials,
  );
}

/** Asks again for the password of somebody who is signed in. @throws Invalid for a wrong one, TooManyAttempts */
export async function confirmPassword(account: Account, typed: string, network: string): Promise<void> {
  await checkPassword(account.email, typed, network).catch((error: unknown) => {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput({ currentPassword: 'This is not your password' });
  });
}
