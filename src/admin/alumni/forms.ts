import { z } from 'zod';
import type { ListedRecord } from '../../alumni/listed-record.ts';
import type { MergePlan } from '../../alumni/merging/merge-plan.ts';
import type { EditableField, RecordInput } from '../../alumni/record.ts';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { checkboxField, textField } from '../../platform/text/fields.ts';

/** What facts are called on pages. */
export const fieldLabels: Readonly<Record<EditableField | 'state', string>> = {
  externalId: 'External id',
  firstName: 'First name',
  lastName: 'Last name',
  email: 'E-mail address',
  batch: 'Batch',
  center: 'Center',
  yearOfBirth: 'Year of birth',
  state: 'State',
};

/** The facts of a record as a form takes them: by the same rules as a file. */
export function recordForm() {
  const rules = createRecordSchemas(new Date());
  return z.object({
    externalId: cellField().pipe(rules.external_id),
    firstName: cellField().pipe(rules.first_name),
    lastName: cellField().pipe(rules.last_name),
    email: cellField().pipe(rules.email),
    batch: cellField().pipe(rules.batch),
    center: cellField().pipe(rules.center),
    yearOfBirth: cellField().pipe(rules.year_of_birth),
    savedAt: textField(40),
  });
}

export const deathForm = z.object({ revoke: checkboxField });

/** Which facts come from the record that goes: of each that differs, `facts[name]` is `kept` or `other`. */
export const mergeForm = z.object({
  facts: z.record(z.string(), z.enum(['kept', 'other'], { error: 'Choose one of the two' })).default({}),
  keptSavedAt: textField(40),
  otherSavedAt: textField(40),
});

/** A record's facts as what was typed into the form. */
export function recordFormValues(facts: RecordInput & Pick<ListedRecord, 'savedAt'>): Record<string, string> {
  const { externalId, firstName, lastName, email, batch, center, yearOfBirth, savedAt } = facts;
  const shown = { externalId, firstName, lastName, email, batch, center, yearOfBirth, savedAt };
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, String(value ?? '')]));
}

/** Chosen beforehand when two records are merged: what is kept, and from the other what is missing there. */
export function defaultMergeChoices({ kept, other, differing }: MergePlan): Record<string, string> {
  const isMissing = (name: keyof ListedRecord) => kept[name] === null || kept[name] === '';
  return {
    ...Object.fromEntries(differing.map((name) => [`facts[${name}]`, isMissing(name) ? 'other' : 'kept'])),
    keptSavedAt: kept.savedAt,
    otherSavedAt: other.savedAt,
  };
}

function cellField() {
  return textField(300).transform(normaliseCell);
}
