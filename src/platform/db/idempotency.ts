import { createHash } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { InvalidInput } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { database, inTransaction, queryRow } from './database.ts';

/** An idempotency key of an account, with the hash of its request and the stored response. */
class IdempotencyKey extends Model<InferAttributes<IdempotencyKey>, InferCreationAttributes<IdempotencyKey>> {
  declare accountId: string;
  declare key: string;
  declare requestHash: Buffer;
  declare response: unknown;
  declare createdAt: CreationOptional<Date>;
}

IdempotencyKey.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    key: { type: DataTypes.TEXT, primaryKey: true },
    requestHash: DataTypes.BLOB,
    response: DataTypes.JSON,
    createdAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'idempotency_keys' },
);

/** `key` is null if the client sent none. */
export type IdempotencyContext = Readonly<{ accountId: string; key: string | null; request: unknown }>;

/**
 * Runs `work` once per idempotency key. The response is stored in the same transaction, and repeated requests get the stored
 * response. A concurrent request with the same key waits for the first.
 * @throws InvalidInput if the key was used for a different request
 */
export function runOnce<Result>(
  { accountId, key, request }: IdempotencyContext,
  work: () => Promise<Result>,
): Promise<Result> {
  return inTransaction(async () => {
    if (key === null) return work();
    const hash = createHash('sha256').update(JSON.stringify(request)).digest();
    const isFirst = await queryRow(
      `insert into idempotency_keys (account_id, key, request_hash) values ($1, $2, $3)
       on conflict do nothing returning key`,
      [accountId, key, hash],
    );
    if (!isFirst) return replayResponse<Result>(accountId, key, hash);
    const response = await work();
    await IdempotencyKey.update({ response }, { where: { accountId, key } });
    return response;
  });
}

async function replayResponse<Result>(accountId: string, key: string, hash: Buffer): Promise<Result> {
  const stored = await IdempotencyKey.findOne({ where: { accountId, key } });
  if (!stored?.requestHash.equals(hash))
    throw new InvalidInput({ 'Idempotency-Key': t('api:errors.idempotencyKeyReused') });
  return stored.response as Result;
}
