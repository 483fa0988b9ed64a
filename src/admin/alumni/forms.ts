import { z } from 'zod';
import type { ListedRecord } from '../../alumni/listed-record.ts';
import type { MergePlan } from '../../alumni/merging/merge-plan.ts';
import { type EditableField, editableFields, type RecordInput } from '../../alumni/record.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { checkboxField, textField } from '../../platform/text/fields.ts';

export function fieldLabel(name: EditableField | 'state'): string {
  return t(`alumni:fields.${name}`);
}

/** The editable fields of a record, validated by the same schemas as a file. */
export function recordForm() {
  const schemas = createRecordSchemas(new Date());
  return z.object({
    externalId: cellField().pipe(schemas.external_id),
    firstName: cellField().pipe(schemas.first_name),
    lastName: cellField().pipe(schemas.last_name),
    formerName: cellField().pipe(schemas.former_name),
    email: cellField().pipe(schemas.email),
    batch: cellField().pipe(schemas.batch),
    center: cellField().pipe(schemas.center),
    yearOfBirth: cellField().pipe(schemas.year_of_birth),
    language: cellField().pipe(schemas.language),
    savedAt: textField(40),
  });
}

export const deathForm = z.object({ revoke: checkboxField });

/** `fields[name]` is `kept` or `other` for each field that differs. */
export const mergeForm = z.object({
  fields: z
    .record(z.string(), z.enum(['kept', 'other'], { error: () => t('alumni:mergePreview.chooseOne') }))
    .default({}),
  keptSavedAt: textField(40),
  otherSavedAt: textField(40),
});

/** The form values of a record. */
export function recordFormValues(
  record: RecordInput & Pick<ListedRecord, 'savedAt'>,
): Record<string, string> {
  const fields = {
    savedAt: record.savedAt,
    ...Object.fromEntries(editableFields.map((name) => [name, record[name]])),
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]));
}

/** The default choices: the kept record's values, or the other's where they are missing. */
export function defaultMergeChoices({ kept, other, differing }: MergePlan): Record<string, string> {
  const isMissing = (name: keyof ListedRecord) => kept[name] === null || kept[name] === '';
  return {
    ...Object.fromEntries(differing.map((name) => [`fields[${name}]`, isMissing(name) ? 'other' : 'kept'])),
    keptSavedAt: kept.savedAt,
    otherSavedAt: other.savedAt,
  };
}

function cellField() {
  return textField(300).transform(normaliseCell);
}
