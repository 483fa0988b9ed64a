import { createHash } from 'node:crypto';
import { inTransaction, row, rows } from './database.ts';
import { Invalid } from './errors.ts';

/** Who asks for what under which key; `key` is null where the asker didn't care. */
export type Asked = Readonly<{ accountId: string; key: string | null; request: unknown }>;

type Kept<Answer> = Readonly<{ isSame: boolean; answer: Answer }>;

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
    await rows('update idempotency_keys set answer = $3::json where account_id = $1 and key = $2', [
      accountId,
      key,
      JSON.stringify(answer),
    ]);
    return answer;
  });
}

async function keptAnswer<Answer>(accountId: string, key: string, hash: Buffer): Promise<Answer> {
  const kept = await row<Kept<Answer>>(
    `select request_hash = $3 as is_same, answer from idempotency_keys where account_id = $1 and key = $2`,
    [accountId, key, hash],
  );
  if (!kept?.isSame)
    throw new Invalid({ 'Idempotency-Key': 'This key was used for another request. Choose a new one' });
  return kept.answer;
}
