import type { PurposeName } from './batch.ts';
import { invitations } from './invitations.ts';
import type { Purpose } from './purpose.ts';

/** What files can be uploaded for. */
export const purposes: Readonly<Partial<Record<PurposeName, Purpose>>> = { invitations };

/** @throws when there is no such purpose: a row of the table names one that this version doesn't know */
export function purposeOf({ purpose }: Readonly<{ purpose: PurposeName }>): Purpose {
  const found = purposes[purpose];
  if (!found) throw new Error(`nobody knows what batches for "${purpose}" are`);
  return found;
}
