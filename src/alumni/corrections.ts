import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, NOW, queryRow, queryRows } from '../platform/db/database.ts';
import { Forbidden, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { type Table, tableOf } from '../platform/tables/write.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { isId } from '../platform/text/text.ts';
import { saveRecordInput } from './change.ts';
import { getRecord, type ListedRecord, lockRecords } from './listed-record.ts';
import { AlumniRecord } from './record.ts';

/** The fields that members can correct. A year of birth decides about access, so members write to the office about it. */
export const correctableFields = ['firstName', 'lastName', 'formerName', 'batch', 'center'] as const;
export type CorrectableField = (typeof correctableFields)[number];
export type CorrectedValues = Pick<ListedRecord, CorrectableField>;

/** What a member says is wrong with one field of a record, until staff decide. */
export class RecordCorrection extends Model<
  InferAttributes<RecordCorrection>,
  InferCreationAttributes<RecordCorrection>
> {
  declare id: CreationOptional<string>;
  declare alumniMemberId: string;
  /** Who proposed it. Null if the account no longer exists. */
  declare accountId: string | null;
  /** `email` if a member has proven a new mailbox: see `replaceAddressOfClaimedRecords`. */
  declare field: CorrectableField | 'email';
  declare oldValue: string | null;
  declare newValue: string | null;
  declare proposedAt: CreationOptional<Date>;
  declare decidedAt: CreationOptional<Date | null>;
  declare decidedBy: CreationOptional<string | null>;
  declare isAccepted: CreationOptional<boolean | null>;
  declare refusedReason: CreationOptional<string | null>;

  declare record?: NonAttribute<AlumniRecord>;
}

RecordCorrection.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    alumniMemberId: DataTypes.BIGINT,
    accountId: DataTypes.BIGINT,
    field: DataTypes.TEXT,
    oldValue: DataTypes.TEXT,
    newValue: DataTypes.TEXT,
    proposedAt: DataTypes.DATE,
    decidedAt: DataTypes.DATE,
    decidedBy: DataTypes.BIGINT,
    isAccepted: DataTypes.BOOLEAN,
    refusedReason: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'record_corrections' },
);
RecordCorrection.belongsTo(AlumniRecord, { as: 'record', foreignKey: 'alumniMemberId' });

const MAX_SHOWN = 50;
const toText = (value: string | number | null) => (value === null || value === '' ? null : String(value));

/** A record that the account has claimed, and what waits for a decision. @throws Forbidden */
export async function getCorrectableRecord(
  accountId: string,
  recordId: string,
): Promise<Readonly<{ record: ListedRecord; waiting: readonly RecordCorrection[] }>> {
  const claimed =
    isId(recordId) &&
    (await queryRow('select 1 from profiles where account_id = $1 and alumni_member_id = $2', [
      accountId,
      recordId,
    ]));
  if (!claimed) throw new Forbidden(t('home:correction.notYours'));
  const record = await getRecord(recordId);
  const waiting = await RecordCorrection.findAll({
    where: { alumniMemberId: recordId, decidedAt: null },
    order: ['id'],
  });
  return { record, waiting };
}

/**
 * Proposes the values that differ from the record. Later proposals for a field replace earlier ones; the value on file takes
 * one back. @returns how many fields wait for a decision now @throws Forbidden
 */
export function proposeCorrections(
  accountId: string,
  recordId: string,
  values: CorrectedValues,
  actor: Actor,
): Promise<number> {
  return inTransaction(async () => {
    await getCorrectableRecord(accountId, recordId);
    const [record] = await lockRecords([recordId]);
    if (!record) throw new Error('lockRecords returned no record');
    await RecordCorrection.destroy({ where: { alumniMemberId: recordId, decidedAt: null } });
    const changed = correctableFields.filter((field) => toText(values[field]) !== toText(record[field]));
    for (const field of changed)
      await RecordCorrection.create({
        alumniMemberId: recordId,
        accountId,
        field,
        oldValue: toText(record[field]),
        newValue: toText(values[field]),
      });
    const event = { action: 'alumni-record.correction-proposed', subject: 'alumni-record' } as const;
    await recordEvent(actor, { ...event, subjectId: recordId, detail: { columns: changed } });
    return changed.length;
  });
}

/** What waits for staff, by record, the longest wait first. */
export async function listWaitingCorrections(): Promise<
  readonly Readonly<{ record: AlumniRecord; corrections: readonly RecordCorrection[] }>[]
> {
  const waiting = await RecordCorrection.findAll({
    where: { decidedAt: null },
    include: 'record',
    order: ['proposedAt', 'id'],
    limit: MAX_SHOWN * correctableFields.length,
  });
  const byRecord = new Map<string, { record: AlumniRecord; corrections: RecordCorrection[] }>();
  for (const correction of waiting) {
    const { alumniMemberId: id, record } = correction;
    if (!record || (!byRecord.has(id) && byRecord.size === MAX_SHOWN)) continue;
    const group = byRecord.get(id) ?? { record, corrections: [] };
    group.corrections.push(correction);
    byRecord.set(id, group);
  }
  return [...byRecord.values()];
}

/** How many records have something that waits for staff. */
export async function countRecordsToCorrect(): Promise<number> {
  return RecordCorrection.count({ where: { decidedAt: null }, distinct: true, col: 'alumni_member_id' });
}

export type CorrectionDecision = Readonly<{
  /** The ids that staff saw. Newer proposals wait for another decision. */
  shown: readonly string[];
  accepted: readonly string[];
  reason: string;
}>;

/**
 * Accepts some of the shown corrections of a record and refuses the others. The member who proposed them gets a mail.
 * @throws InvalidInput if they were decided or replaced in the meantime, or without a reason for a refusal
 */
export function decideCorrections(
  recordId: string,
  { shown, accepted, reason }: CorrectionDecision,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    const [record] = await lockRecords([recordId]);
    const open = await RecordCorrection.findAll({
      where: { id: [...shown], alumniMemberId: recordId, decidedAt: null },
      order: ['id'],
    });
    if (!record || open.length === 0 || open.length < shown.length)
      throw new InvalidInput({ form: t('alumni:corrections.changed') });
    const isAccepted = ({ id }: RecordCorrection) => accepted.includes(id);
    if (reason === '' && !open.every(isAccepted))
      throw new InvalidInput({ reason: t('alumni:corrections.reasonMissing') });
    const changes = open.filter(isAccepted).map(({ field, newValue }) => [field, toValue(field, newValue)]);
    if (changes.length > 0) await saveRecordInput(recordId, { ...record, ...Object.fromEntries(changes) });
    const decision = { decidedAt: NOW, decidedBy: accountIdOf(actor) };
    for (const correction of open) {
      const refusedReason = isAccepted(correction) ? null : reason;
      await RecordCorrection.update(
        { ...decision, isAccepted: isAccepted(correction), refusedReason },
        { where: { id: correction.id } },
      );
    }
    await recordEvent(actor, {
      action: 'alumni-record.corrections-decided',
      subject: 'alumni-record',
      subjectId: recordId,
      detail: { columns: changes.map(([field]) => field), refused: open.length - changes.length },
    });
    await notifyMember(open);
  });
}

function toValue(field: string, text: string | null): string | number | null {
  if (field === 'firstName') return text ?? '';
  return field === 'batch' && text !== null ? Number(text) : text;
}

async function notifyMember(decided: readonly RecordCorrection[]): Promise<void> {
  const last = decided.at(-1);
  if (!last?.accountId) return;
  const { id: subjectId, accountId } = last;
  const member = await queryRow<{ email: string }>('select email from accounts where id = $1', [accountId]);
  if (member)
    await queueMail({
      template: 'corrections-decided',
      to: member.email,
      subjectId,
      accountId,
      reference: newReference(),
    });
}

type ExportedCorrection = Readonly<{
  externalId: string;
  field: string;
  oldValue: string | null;
  newValue: string | null;
  decidedAt: Date;
}>;

/** The changes for the office's own system, oldest first. @param since a day, or null for all */
export async function exportCorrections(since: string | null, actor: Actor): Promise<Table> {
  const event = { action: 'alumni-record.corrections-exported', subject: 'alumni-record' } as const;
  await inTransaction(() => recordEvent(actor, { ...event, subjectId: 'export', detail: { since } }));
  const rows = queryRows<ExportedCorrection>(
    `select m.external_id, c.field, c.old_value, c.new_value, c.decided_at
     from record_corrections c join alumni_members m on m.id = c.alumni_member_id
     where c.is_accepted and c.decided_at >= coalesce($1::date, '-infinity') order by c.decided_at, c.id`,
    [since],
  );
  return tableOf<ExportedCorrection>(
    [
      { heading: 'external_id', value: ({ externalId }) => externalId },
      { heading: 'field', value: ({ field }) => columnNames[field] ?? field },
      { heading: 'old_value', value: ({ oldValue }) => oldValue },
      { heading: 'new_value', value: ({ newValue }) => newValue },
      { heading: 'changed_at', value: ({ decidedAt }) => decidedAt, isTime: true },
    ],
    (async function* () {
      yield await rows;
    })(),
  );
}

// As in files of records.
const columnNames: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  formerName: 'former_name',
};
