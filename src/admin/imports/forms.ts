import { z } from 'zod';
import { importKindNames } from '../../imports/import.ts';
import type { ImportKind } from '../../imports/kinds/kind.ts';
import { nameOrders } from '../../imports/records/full-name.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { longTextField, textField } from '../../platform/text/fields.ts';
import { reasonField } from '../fields.ts';

export const fileForm = z.object({
  kind: z.enum(importKindNames, { error: () => t('imports:errors.chooseKind') }),
});

export const pastedListForm = z.object({ addresses: longTextField(95_000) });

export const confirmationForm = z.object({ count: textField(9), checkedAt: textField(30) });

export const undoForm = z.object({ reason: reasonField });

const positionField = z
  .string({ error: () => t('imports:columns.chooseOne') })
  .default('')
  .refine((typed) => /^\d{0,2}$/.test(typed), { error: () => t('imports:columns.chooseFromList') })
  .transform((typed) => (typed === '' ? null : Number(typed)));

export function columnsForm({ columns }: ImportKind) {
  return z.object({
    empty: z.enum(['keep', 'erase']).default('keep'),
    nameOrder: z.enum(nameOrders).default('guess'),
    heading: z.enum(['yes', 'no'], { error: () => t('imports:columns.chooseFirstLine') }),
    columns: z
      .object(Object.fromEntries(columns.map(({ name }) => [name, positionField])))
      .default(Object.fromEntries(columns.map(({ name }) => [name, null]))),
  });
}
