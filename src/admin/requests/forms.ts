import { z } from 'zod';
import { createRecordSchemas, normaliseCell } from '../../alumni/record-fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { checkboxField, textField } from '../../platform/text/fields.ts';
import { overrideField, reasonField, requiredTextField } from '../fields.ts';

export const approvalForm = z.object({ override: overrideField });

export const dismissalForm = z.object({ reason: reasonField });

/** How staff know that the new address is theirs. */
export const reasonForm = z.object({
  reason: requiredTextField(500, () => t('people:address.reasonMissing')),
});

/** `requests[<id>]` for each request to dismiss. */
export const dismissalsForm = z.object({
  requests: z.record(z.string(), z.string(), { error: () => t('invitations:requests.errors.noneChosen') }),
  reason: reasonField,
});

/** `records[<id>]` for each person who has died. */
export const confirmationForm = z.object({ records: z.record(z.string(), z.string()).default({}) });

const recordField = textField(20).refine((id) => id !== '', {
  error: () => t('invitations:requests.errors.noRecordChosen'),
});

/** `recordId` is `none` if no record is theirs. */
export const newAddressForm = z.object({
  recordId: recordField.transform((id) => (id === 'none' ? null : id)),
  override: overrideField,
});

/** The names are validated like those of a record. */
export function nameForm() {
  const schemas = createRecordSchemas(new Date());
  const nameField = textField(300).transform(normaliseCell);
  return z.object({
    recordId: recordField,
    firstName: nameField.pipe(schemas.first_name),
    lastName: nameField.pipe(schemas.last_name),
    formerName: nameField.pipe(schemas.former_name),
    setsAddress: checkboxField,
  });
}
