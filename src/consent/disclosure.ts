import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { NotFound } from '../errors.ts';
import { recentSettings } from '../settings.ts';

/** What a guardian is told, in one of its versions; `body` still has its placeholders. */
export type Disclosure = Readonly<{ version: number; body: string; publishedAt: Date }>;

const COLUMNS = 'version, body, published_at';

/** The version that is shown now. */
export async function currentDisclosure(): Promise<Disclosure> {
  const current = await row<Disclosure>(
    `select ${COLUMNS} from disclosures order by version desc limit 1`,
    [],
  );
  if (!current) throw new NotFound('There is no text for guardians yet.');
  return current;
}

/** @throws NotFound */
export async function disclosureOfVersion(version: number): Promise<Disclosure> {
  const found = await row<Disclosure>(`select ${COLUMNS} from disclosures where version = $1`, [version]);
  if (!found) throw new NotFound('There is no such version of the text.');
  return found;
}

/** All versions, newest first. */
export function allDisclosures(): Promise<Disclosure[]> {
  return rows<Disclosure>(`select ${COLUMNS} from disclosures order by version desc`);
}

/** The text as a guardian reads it: its paragraphs, with the organisation's name and contact. */
export async function paragraphsOf(disclosure: Disclosure): Promise<string[]> {
  const { organisationName, supportEmail } = await recentSettings();
  return disclosure.body
    .replaceAll('{organisation}', organisationName)
    .replaceAll('{support}', supportEmail)
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

/** Publishes a new version. The older ones stay as they are, for the consents that were given for them. */
export function publishDisclosure(body: string, actor: Actor): Promise<number> {
  return inTransaction(async () => {
    await rows('lock table disclosures in share row exclusive mode', []);
    const current = await currentDisclosure();
    if (current.body === body) return current.version;
    const version = current.version + 1;
    const publisher = actor.kind === 'account' ? actor.accountId : null;
    await rows('insert into disclosures (version, body, published_by) values ($1, $2, $3)', [
      version,
      body,
      publisher,
    ]);
    const event = {
      action: 'disclosure.published',
      subject: 'disclosure',
      subjectId: String(version),
    } as const;
    await record(actor, event);
    return version;
  });
}
