import { collectPersonalData } from '../accounts/personal-data.ts';
import { personalDataSources } from '../accounts/personal-data-sources.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { getPerson, listAddresses, type PersonKey } from './person.ts';

/**
 * Everything about a person, in the form of the member's own download, for staff who answer a request for it. Further addresses
 * of their records are in `otherAddresses`. Audited. @throws NotFound
 */
export function exportPerson(key: PersonKey, actor: Actor): Promise<Record<string, unknown>> {
  return inTransaction(async () => {
    const person = await getPerson(key);
    const accountId = person.account?.id ?? null;
    const recordIds = person.records.filter(({ isTheirs }) => isTheirs).map(({ id }) => id);
    const [email = null, ...others] = await listAddresses(person, recordIds);
    const data = await collectPersonalData({ accountId, email, recordIds }, personalDataSources);
    const otherAddresses: Record<string, unknown> = {};
    for (const other of others)
      otherAddresses[other] = await collectPersonalData(
        { accountId: null, email: other, recordIds: [] },
        personalDataSources,
      );
    const event = { action: 'person.exported', subject: 'person', subjectId: newReference() } as const;
    await recordEvent(actor, { ...event, detail: { accountId, recordIds } });
    return { ...data, otherAddresses };
  });
}
