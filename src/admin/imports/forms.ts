import { z } from 'zod';
import { importKindNames } from '../../imports/import.ts';
import type { ImportKind } from '../../imports/kinds/kind.ts';
import { textField } from '../../platform/text/fields.ts';
import { reasonField } from '../fields.ts';

export const fileForm = z.object({
  kind: z.enum(importKindNames, { error: 'Choose what the file holds' }),
});

export const confirmationForm = z.object({ count: textField(9), checkedAt: textField(30) });

export const undoForm = z.object({ reason: reasonField });

const positionField = z
  .string({ error: 'Choose one column' })
  .default('')
  .refine((typed) => /^\d{0,2}$/.test(typed), { error: 'Choose one of the columns' })
  .transform((typed) => (typed === '' ? null : Number(typed)));

export function columnsForm({ columns }: ImportKind) {
  return z.object({
    heading: z.enum(['yes', 'no'], { error: 'Choose what the first line is' }),
    columns: z
      .object(Object.fromEntries(columns.map(({ name }) => [name, positionField])))
      .default(Object.fromEntries(columns.map(({ name }) => [name, null]))),
  });
}
