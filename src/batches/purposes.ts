import type { PurposeName } from './batch.ts';
import { invitations } from './invitations.ts';
import type { Purpose } from './purpose.ts';
import { records } from './records.ts';

/** What files can be uploaded for. */
const purposes: Readonly<Record<PurposeName, Purpose>> = { invitations, records };

export function purposeOf({ purpose }: Readonly<{ purpose: PurposeName }>): Purpose {
  return purposes[purpose];
}
