import { createHash } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, inTransaction, row } from './database.ts';
import { Invalid } from './errors.ts';

/** What an account asked for under a key, and what it was answered. */
class IdempotencyKey extends Model<InferAttributes<IdempotencyKey>, InferCreationAttributes<IdempotencyKey>> {
  declare accountId: string;
  declare key: string;
  declare requestHash: Buffer;
  declare answer: unknown;
  declare at: CreationOptional<Date>;
}

IdempotencyKey.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    key: { type: DataTypes.TEXT, primaryKey: true },
    requestHash: DataTypes.BLOB,
    answer: DataTypes.JSON,
    at: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'idempotency_keys' },
);

/** Who asks for what under which key; `key` is null where the asker didn't care. */
export type Asked = Readonly<{ accountId: string; key: string | null; request: unknown }>;

/**
 * Does something once for a key: its answer commits together with what was done, and is given again to whoever asks the
 * same. Who asks meanwhile waits for the first.
 * @throws Invalid when the key was used for something else
 */
export function once<Answer>(
  { accountId, key, request }: Asked,
  work: () => Promise<Answer>,
): Promise<Answer> {
  return inTransaction(async () => {
    if (key === null) return work();
    const hash = createHash('sha256').update(JSON.stringify(request)).digest();
    const isFirst = await row(
      `insert into idempotency_keys (account_id, key, request_hash) values ($1, $2, $3)
       on conflict do nothing returning key`,
      [accountId, key, hash],
    );
    if (!isFirst) return keptAnswer<Answer>(accountId, key, hash);
    const answer = await work();
    await IdempotencyKey.update({ answer }, { where: { accountId, key } });
    return answer;
  });
}

async function keptAnswer<Answer>(accountId: string, key: string, hash: Buffer): Promise<Answer> {
  const kept = await IdempotencyKey.findOne({ where: { accountId, key } });
  if (!kept?.requestHash.equals(hash))
    throw new Invalid({ 'Idempotency-Key': 'This key was used for another request. Choose a new one' });
  return kept.answer as Answer;
}
