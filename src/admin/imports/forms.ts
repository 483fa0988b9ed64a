import { z } from 'zod';
import { kindNames } from '../../imports/import.ts';
import type { Kind } from '../../imports/kind.ts';
import { text } from '../../web/form.ts';

export const fileForm = z.object({
  kind: z.enum(kindNames, { error: 'Choose what the file holds' }),
});

export const confirmationForm = z.object({ count: text(9), checkedAt: text(30) });

export const undoForm = z.object({
  reason: text(500).refine((typed) => typed.length > 0, { error: 'Give a reason. Staff can read it later' }),
});

const position = z
  .string({ error: 'Choose one column' })
  .default('')
  .refine((typed) => /^\d{0,2}$/.test(typed), { error: 'Choose one of the columns' })
  .transform((typed) => (typed === '' ? null : Number(typed)));

export function columnsForm({ columns }: Kind) {
  return z.object({
    heading: z.enum(['yes', 'no'], { error: 'Choose what the first line is' }),
    columns: z
      .object(Object.fromEntries(columns.map(({ name }) => [name, position])))
      .default(Object.fromEntries(columns.map(({ name }) => [name, null]))),
  });
}
