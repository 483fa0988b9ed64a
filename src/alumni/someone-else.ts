import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { database, queryRows } from '../platform/db/database.ts';
import { AlumniRecord } from './record.ts';

/** An account said that a record is someone else's, so it isn't asked about the record again. */
export class SomeoneElseAnswer extends Model<
  InferAttributes<SomeoneElseAnswer>,
  InferCreationAttributes<SomeoneElseAnswer>
> {
  declare accountId: string;
  declare alumniMemberId: string;
  declare answeredAt: CreationOptional<Date>;
}

SomeoneElseAnswer.init(
  {
    accountId: { type: DataTypes.BIGINT, primaryKey: true },
    alumniMemberId: { type: DataTypes.BIGINT, primaryKey: true },
    answeredAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'someone_else_answers' },
);
SomeoneElseAnswer.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });
SomeoneElseAnswer.belongsTo(AlumniRecord, { as: 'record', foreignKey: 'alumniMemberId' });

/** Remembers these answers, in the caller's transaction. Answers that were given before stay as they are. */
export async function recordSomeoneElse(
  accountId: string,
  recordIds: readonly string[],
  actor: Actor,
): Promise<void> {
  const added = await queryRows<{ recordId: string }>(
    `insert into someone_else_answers (account_id, alumni_member_id)
     select $1, record_id from unnest($2::bigint[]) record_id
     on conflict do nothing returning alumni_member_id as record_id`,
    [accountId, recordIds],
  );
  for (const { recordId } of added)
    await recordEvent(actor, {
      action: 'profile.denied',
      subject: 'alumni-record',
      subjectId: recordId,
      detail: { accountId },
    });
}

/** The records that an account has said are someone else's. */
export async function listSomeoneElse(accountId: string): Promise<string[]> {
  const answers = await SomeoneElseAnswer.findAll({ where: { accountId } });
  return answers.map(({ alumniMemberId }) => alumniMemberId);
}

/** An account that said that a record is someone else's. */
export type DenyingAccount = Readonly<{
  accountId: string;
  accountName: string;
  accountEmail: string;
  answeredAt: Date;
}>;

/** The accounts that have said that a record is someone else's. */
export function listDenyingAccounts(recordId: string): Promise<DenyingAccount[]> {
  return queryRows<DenyingAccount>(
    `select s.account_id, a.name as account_name, a.email as account_email, s.answered_at
     from someone_else_answers s join accounts a on a.id = s.account_id
     where s.alumni_member_id = $1 order by s.answered_at, s.account_id`,
    [recordId],
  );
}

/** Moves the answers about a merged record. Claims, which must be moved before, take precedence. */
export async function mergeSomeoneElse(keptId: string, otherId: string): Promise<void> {
  await queryRows(
    `insert into someone_else_answers (account_id, alumni_member_id, answered_at)
     select account_id, $1, answered_at from someone_else_answers where alumni_member_id = $2
     on conflict do nothing`,
    [keptId, otherId],
  );
  await queryRows(
    `delete from someone_else_answers s where s.alumni_member_id = $2
       or s.alumni_member_id = $1 and exists (
         select from profiles p where p.alumni_member_id = $1 and p.account_id = s.account_id)`,
    [keptId, otherId],
  );
}
