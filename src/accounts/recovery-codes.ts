import { createHash, randomInt } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, NOW } from '../platform/db/database.ts';

/** Lets in somebody who has lost their phone, once. */
class RecoveryCode extends Model<InferAttributes<RecoveryCode>, InferCreationAttributes<RecoveryCode>> {
  declare codeHash: Buffer;
  declare accountId: string;
  declare createdAt: CreationOptional<Date>;
  declare usedAt: CreationOptional<Date | null>;
}

RecoveryCode.init(
  {
    codeHash: { type: DataTypes.BLOB, primaryKey: true },
    accountId: DataTypes.BIGINT,
    createdAt: DataTypes.DATE,
    usedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'recovery_codes', scopes: { unused: { where: { usedAt: null } } } },
);

const CODE_COUNT = 10;

// Crockford's alphabet: no letter that is taken for a digit when read from paper.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Replaces an account's recovery codes.
 * @returns the new ones, 80 random bits each, written `XXXX-XXXX-XXXX-XXXX`: shown once and kept nowhere
 */
export async function replaceRecoveryCodes(accountId: string): Promise<string[]> {
  await removeRecoveryCodes(accountId);
  const codes = Array.from({ length: CODE_COUNT }, generateCode);
  await RecoveryCode.bulkCreate(codes.map((code) => ({ codeHash: hashRecoveryCode(code), accountId })));
  return codes;
}

export async function removeRecoveryCodes(accountId: string): Promise<void> {
  await RecoveryCode.destroy({ where: { accountId } });
}

/** Spends a recovery code, however it was typed. Of many at once, one wins. @returns whether it was a good one */
export async function redeemRecoveryCode(accountId: string, typed: string): Promise<boolean> {
  const where = { codeHash: hashRecoveryCode(typed), accountId };
  const [redeemed] = await RecoveryCode.scope('unused').update({ usedAt: NOW }, { where });
  return redeemed > 0;
}

/** How many of an account's codes are still good. */
export function countUnusedRecoveryCodes(accountId: string): Promise<number> {
  return RecoveryCode.scope('unused').count({ where: { accountId } });
}

function generateCode(): string {
  const letters = Array.from({ length: 16 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

function hashRecoveryCode(typed: string): Buffer {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(letters).digest();
}
