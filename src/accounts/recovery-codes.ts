import { createHash, randomInt } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, NOW } from '../platform/db/database.ts';
import { normaliseCode } from '../platform/text/text.ts';

/** A one-time code for someone who has lost their phone. */
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

// Crockford's base 32: no letters that look like digits on paper.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Replaces an account's recovery codes.
 * @returns the new codes, 80 random bits each, as `XXXX-XXXX-XXXX-XXXX`. Only their hashes are stored.
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

/** Redeems a recovery code in any spelling. Of concurrent requests, one wins. @returns whether the code was valid */
export async function redeemRecoveryCode(accountId: string, typed: string): Promise<boolean> {
  const where = { codeHash: hashRecoveryCode(typed), accountId };
  const [redeemed] = await RecoveryCode.scope('unused').update({ usedAt: NOW }, { where });
  return redeemed > 0;
}

export function countUnusedRecoveryCodes(accountId: string): Promise<number> {
  return RecoveryCode.scope('unused').count({ where: { accountId } });
}

function generateCode(): string {
  const letters = Array.from({ length: 16 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

function hashRecoveryCode(typed: string): Buffer {
  const letters = normaliseCode(typed).replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(letters).digest();
}
