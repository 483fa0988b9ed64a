import { createHash } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { InvalidInput } from '../errors.ts';
import { database, inTransaction, queryRow } from './database.ts';

/** What an account asked for under a key, and what it was answered. */
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

/** Who asks for what under which key; `key` is null where the asker didn't care. */
export type IdempotencyContext = Readonly<{ accountId: string; key: string | null; request: unknown }>;

/**
 * Does something once for a key: its answer commits together with what was done, and is given again to whoever asks the
 * same. Who asks meanwhile waits for the first.
 * @throws Invalid when the key was used for something else
 */
export function runOnce<Answer>(
  { accountId, key, request }: IdempotencyContext,
  work: () => Promise<Answer>,
): Promise<Answer> {
  return inTransaction(async () => {
    if (key === null) return work();
    const hash = createHash('sha256').update(JSON.stringify(request)).digest();
    const isFirst = await queryRow(
      `insert into idempotency_keys (account_id, key, request_hash) values ($1, $2, $3)
       on conflict do nothing returning key`,
      [accountId, key, hash],
    );
    if (!isFirst) return replayResponse<Answer>(accountId, key, hash);
    const response = await work();
    await IdempotencyKey.update({ response: response }, { where: { accountId, key } });
    return response;
  });
}

async function replayResponse<Answer>(accountId: string, key: string, hash: Buffer): Promise<Answer> {
  const stored = await IdempotencyKey.findOne({ where: { accountId, key } });
  if (!stored?.requestHash.equals(hash))
    throw new InvalidInput({ 'Idempotency-Key': 'This key was used for another request. Choose a new one' });
  return stored.response as Answer;
}
