import type { Actor } from '../audit/audit.ts';
import { Invalid } from '../errors.ts';
import { normaliseAddress } from '../mail/address.ts';
import { countTry, takeBackTry } from '../web/rate-limit.ts';
import { type Account, accountWithAddress } from './account.ts';
import { reportFailure } from './failed-sign-in.ts';
import { actingAs } from './guard.ts';
import { verifyPassword } from './password.ts';
import { takeCode } from './two-step.ts';

/** `code` of the app or a recovery code; null when none was typed. */
export type Credentials = Readonly<{ email: string; password: string; code: string | null }>;

/** Said alike for a wrong password and an unknown address. */
export const wrongPair = { email: 'The address or the password is not right' };

/** Address and password are right; the account also asks for a code. */
export class CodeWanted extends Invalid {
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
  place: string,
  visitor: Actor,
): Promise<Account> {
  const account = await checkPassword(email, password, place).catch(async (error: unknown) => {
    if (error instanceof Invalid) await reportFailure(email, visitor);
    throw error;
  });
  if (account.twoStepEnabledAt === null) return account;
  if (code === null) throw new CodeWanted(account);
  await takeCode(account, code, place, actingAs(account.id, visitor));
  return account;
}

/**
 * Whose address and password these are. An unknown address takes as long as a known one and gives the same answer.
 * Only failures count, for the address at this place and for the place: nobody can lock a person out from elsewhere.
 * @throws Invalid for a wrong pair, TooManyAttempts
 */
export async function checkPassword(typed: string, password: string, place: string): Promise<Account> {
  const email = normaliseAddress(typed) ?? '';
  await countTry('signInAddress', email, place);
  await countTry('signInPlace', place);
  const account = await accountWithAddress(email);
  const right = await verifyPassword(account?.passwordHash ?? null, password);
  if (account && right && account.suspendedAt === null) {
    await takeBackTry('signInAddress', email, place);
    await takeBackTry('signInPlace', place);
    return account;
  }
  throw new Invalid(account && right ? { email: 'This account is suspended. Please contact us' } : wrongPair);
}

/** Asks again for the password of somebody who is signed in. @throws Invalid for a wrong one, TooManyAttempts */
export async function confirmPassword(account: Account, typed: string, place: string): Promise<void> {
  await checkPassword(account.email, typed, place).catch((error: unknown) => {
    if (!(error instanceof Invalid)) throw error;
    throw new Invalid({ currentPassword: 'This is not your password' });
  });
}
