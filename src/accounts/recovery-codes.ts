import { createHash, randomInt } from 'node:crypto';
import { row, rows } from '../database.ts';

const HOW_MANY = 10;

// Crockford's alphabet: no letter that is taken for a digit when read from paper.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Replaces an account's recovery codes.
 * @returns the new ones, 80 random bits each, written `XXXX-XXXX-XXXX-XXXX`: shown once and kept nowhere
 */
export async function replaceRecoveryCodes(accountId: string): Promise<string[]> {
  await removeRecoveryCodes(accountId);
  const codes = Array.from({ length: HOW_MANY }, newCode);
  for (const code of codes) {
    await rows('insert into recovery_codes (code_hash, account_id) values ($1, $2)', [
      hashOf(code),
      accountId,
    ]);
  }
  return codes;
}

export async function removeRecoveryCodes(accountId: string): Promise<void> {
  await rows('delete from recovery_codes where account_id = $1', [accountId]);
}

/** Spends a recovery code, however it was typed. Of many at once, one wins. @returns whether it was a good one */
export async function spendRecoveryCode(accountId: string, typed: string): Promise<boolean> {
  const spent = await row(
    `update recovery_codes set used_at = now()
     where code_hash = $1 and account_id = $2 and used_at is null returning account_id`,
    [hashOf(typed), accountId],
  );
  return spent !== null;
}

/** How many of an account's codes are still good. */
export async function recoveryCodesLeft(accountId: string): Promise<number> {
  const left = await row<{ count: number }>(
    'select count(*)::int as count from recovery_codes where account_id = $1 and used_at is null',
    [accountId],
  );
  return left?.count ?? 0;
}

function newCode(): string {
  const letters = Array.from({ length: 16 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

function hashOf(typed: string): Buffer {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(letters).digest();
}
