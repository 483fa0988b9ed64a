import { Op } from 'sequelize';
import { normaliseCell } from '../../alumni/record-fields.ts';
import { type GroupRole, groupRoles, listOpenGroups } from '../../groups/group.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { findLanguage } from '../../platform/i18n/languages.ts';
import { truncate } from '../../platform/tables/headings.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { toMultiLine, toSingleLine } from '../../platform/text/text.ts';
import { ImportRow } from '../row.ts';
import type { Cells, ImportColumn, ImportKind, ParseResult } from './kind.ts';

const MAX_NAME_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 2_000;
const NAME_AND_ADDRESS = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/;
const NON_ASCII = /[^\x20-\x7e]/;

const inviteeColumns: readonly ImportColumn[] = [
  {
    name: 'email',
    label: () => t('imports:inviteeColumns.email'),
    isRequired: true,
    synonyms: [
      ...['email', 'emailaddress', 'mail', 'mailaddress', 'emailid', 'address', 'primaryemail', 'email1'],
      ...['emailadresse', 'mailadresse', 'adressemail', 'courriel', 'correo', 'correoelectronico'],
      ...['correoelectrnico', 'eposta', 'epost', 'indirizzoemail', 'email1value'],
    ],
  },
  {
    name: 'firstName',
    label: () => t('imports:inviteeColumns.firstName'),
    synonyms: ['firstname', 'givenname', 'forename', 'first', 'vorname', 'prenom', 'nombre', 'nome'],
  },
  {
    name: 'name',
    label: () => t('imports:inviteeColumns.name'),
    synonyms: [
      ...['name', 'fullname', 'displayname', 'lastname', 'surname', 'familyname', 'last', 'nachname'],
      ...['familienname', 'nom', 'apellido', 'apellidos', 'cognome'],
    ],
  },
  {
    name: 'message',
    label: () => t('imports:inviteeColumns.message'),
    synonyms: ['message', 'personalmessage', 'note', 'text', 'nachricht'],
  },
  {
    name: 'group',
    label: () => t('imports:inviteeColumns.group'),
    synonyms: ['group', 'groupname', 'chapter', 'community', 'gruppe', 'groupe', 'grupo'],
  },
  {
    name: 'language',
    label: () => t('imports:inviteeColumns.language'),
    synonyms: ['language', 'lang', 'locale', 'sprache', 'langue', 'idioma'],
  },
  {
    name: 'role',
    label: () => t('imports:inviteeColumns.role'),
    synonyms: ['role', 'grouprole', 'rolle', 'rol'],
  },
];

/** People to invite. The campaign checks whether they may be invited. */
export const inviteesKind: ImportKind = {
  columns: inviteeColumns,
  describeDuplicate: (line) => t('imports:rowErrors.sameAddress', { line }),
  isDataRow: (cells) => cells.some(isAddress),
  guessColumn: (cells) => {
    const filled = cells.filter((cell) => cell.trim() !== '');
    return filled.filter(isAddress).length * 2 > filled.length ? 'email' : null;
  },
  createRowReader,
  checkRows: async (rows) => rows.map(() => ({ status: 'ok', explanation: null, previousValues: null })),
};

/** A person to invite, read from a row of a file. */
export type Invitee = Readonly<{
  line: number;
  email: string;
  name: string;
  message: string;
  groupId: string | null;
  groupRole: GroupRole | null;
  language: string | null;
}>;

/** The next valid rows after a line, in file order. */
export async function listInviteesAfter(importId: string, line: number, limit: number): Promise<Invitee[]> {
  const rows = await ImportRow.findAll({
    attributes: ['line', 'values'],
    where: { importId, line: { [Op.gt]: line }, status: 'ok' },
    order: ['line'],
    limit,
    raw: true,
  });
  // These values come from `createRowReader`.
  return rows.map((row) => ({ ...(row.values as Omit<Invitee, 'line'>), line: row.line }));
}

/** Resolves group names to the groups that are open now. */
async function createRowReader(): Promise<(cells: Cells) => ParseResult> {
  const groups = new Map((await listOpenGroups()).map(({ id, name }) => [name.toLowerCase(), id]));
  return (cells) => {
    const { address, name } = parseNameAndAddress(cells);
    const email = normaliseAddress(address.replace(/^mailto:/i, ''));
    if (!email) return { error: describeAddressError(address) };
    if (name.length > MAX_NAME_LENGTH)
      return { error: t('imports:rowErrors.nameTooLong', { max: MAX_NAME_LENGTH }) };
    const message = toMultiLine(cells.message ?? '');
    if (message.length > MAX_MESSAGE_LENGTH) {
      return { error: t('imports:rowErrors.messageTooLong', { max: MAX_MESSAGE_LENGTH }) };
    }
    const groupName = normaliseCell(cells.group ?? '');
    const groupId = groups.get(groupName.toLowerCase()) ?? null;
    if (groupName && !groupId)
      return { error: t('imports:rowErrors.unknownGroup', { group: truncate(groupName) }) };
    const roleName = normaliseCell(cells.role ?? '').toLowerCase();
    const groupRole = groupRoles.find((role) => role === roleName) ?? null;
    if (roleName && !groupRole) {
      return { error: t('imports:rowErrors.unknownRole', { role: truncate(roleName) }) };
    }
    const languageCell = normaliseCell(cells.language ?? '');
    const language = languageCell === '' ? null : findLanguage(languageCell);
    if (languageCell && !language)
      return { error: t('imports:rowErrors.unknownLanguage', { language: truncate(languageCell) }) };
    return { key: email.toLowerCase(), values: { email, name, message, groupId, groupRole, language } };
  };
}

/** Takes the name from “Amma Owusu <amma@example.org>” if no column has one. */
function parseNameAndAddress(cells: Cells): { address: string; name: string } {
  // Addresses copied from a web page may contain zero-width spaces.
  const typed = cleanCell((cells.email ?? '').replaceAll(/\p{Cf}/gu, ''));
  const { name = '', address = typed } = NAME_AND_ADDRESS.exec(typed)?.groups ?? {};
  const columnName = [cells.firstName ?? '', cells.name ?? ''].map(cleanCell).filter(Boolean).join(' ');
  return { address: address.trim(), name: columnName || cleanCell(name.replaceAll('"', '')) };
}

function describeAddressError(address: string): string {
  const shown = { address: truncate(address) };
  if (address === '') return t('imports:rowErrors.addressMissing');
  if (!address.includes('@')) return t('imports:rowErrors.noAt', shown);
  if (/[,;\s]/.test(address)) return t('imports:rowErrors.severalAddresses', shown);
  if (NON_ASCII.test(address.slice(0, address.lastIndexOf('@')))) {
    return t('imports:rowErrors.nonAscii', shown);
  }
  return t('imports:rowErrors.notAnAddress', shown);
}

function isAddress(cell: string): boolean {
  const [, address = cell] = /<([^<>]+)>\s*$/.exec(cell) ?? [];
  return normaliseAddress(address) !== null;
}

function cleanCell(cell: string): string {
  return normaliseCell(toSingleLine(cell));
}
