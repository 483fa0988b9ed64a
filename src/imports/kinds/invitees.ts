import { Op } from 'sequelize';
import { normaliseCell } from '../../alumni/record-fields.ts';
import { type GroupRole, groupRoles, listOpenGroups } from '../../groups/group.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { findLanguage } from '../../platform/i18n/languages.ts';
import { truncate } from '../../platform/tables/headings.ts';
import {
  type AddressFault,
  describeAddressFault,
  normaliseAddress,
  parseAddress,
} from '../../platform/text/address.ts';
import { findNameFault, normaliseName } from '../../platform/text/name.ts';
import { toMultiLine } from '../../platform/text/text.ts';
import { splitAddresses } from '../addresses.ts';
import { knownHeadings } from '../headings.ts';
import { ImportRow } from '../row.ts';
import type { Cells, ImportColumn, ImportKind, ParseResult, RowValues } from './kind.ts';

const MAX_NAME_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 2_000;

const inviteeColumns: readonly ImportColumn[] = [
  {
    name: 'email',
    label: () => t('imports:inviteeColumns.email'),
    isRequired: true,
    synonyms: knownHeadings.email,
  },
  {
    name: 'firstName',
    label: () => t('imports:inviteeColumns.firstName'),
    synonyms: knownHeadings.firstName,
  },
  {
    name: 'name',
    label: () => t('imports:inviteeColumns.name'),
    // A file may have all three of first, last and full name.
    synonyms: [...knownHeadings.lastName, ...knownHeadings.fullName],
  },
  {
    name: 'message',
    label: () => t('imports:inviteeColumns.message'),
    synonyms: knownHeadings.message,
  },
  {
    name: 'group',
    label: () => t('imports:inviteeColumns.group'),
    synonyms: knownHeadings.group,
  },
  {
    name: 'language',
    label: () => t('imports:inviteeColumns.language'),
    synonyms: knownHeadings.language,
  },
  {
    name: 'role',
    label: () => t('imports:inviteeColumns.role'),
    synonyms: knownHeadings.role,
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
  createRowReader: async () => {
    const readRow = await createRowReader();
    return (cells) => readFirstAddress(cells, readRow);
  },
  usedStatuses: ['ok', 'duplicate'],
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

type Reading = Readonly<{ key: string; values: RowValues } | { error: string }>;

/** Invites the first of several addresses in a cell; the others are listed. */
function readFirstAddress(cells: Cells, readRow: (cells: Cells) => Reading): ParseResult {
  const [email = '', ...others] = splitAddresses(cells.email ?? '');
  const reading = readRow({ ...cells, email });
  if ('error' in reading) return reading;
  const text = t('imports:remarkTexts.severalAddresses', {
    address: truncate(email),
    others: truncate(others.join(' ')),
  });
  return { ...reading, remarks: others.length > 0 ? [{ name: 'severalAddresses', text }] : [] };
}

/** Resolves group names to the groups that are open now. */
async function createRowReader(): Promise<(cells: Cells) => Reading> {
  const groups = new Map((await listOpenGroups()).map(({ id, name }) => [name.toLowerCase(), id]));
  return (cells) => {
    const parsed = parseAddress(normaliseCell(cells.email ?? ''));
    if ('fault' in parsed) return { error: describeFault(cells.email ?? '', parsed.fault) };
    const { address: email } = parsed;
    // “Amma Owusu <amma@example.org>” has a name, too.
    const name = nameInColumns(cells) || parsed.name;
    const nameFault = findNameFault(name);
    if (nameFault !== null) return { error: t(`common:name.${nameFault}`) };
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

function nameInColumns(cells: Cells): string {
  return normaliseName([cells.firstName ?? '', cells.name ?? ''].map(normaliseCell).join(' '));
}

function describeFault(cell: string, fault: AddressFault): string {
  const problem = describeAddressFault(fault);
  return fault.kind === 'missing'
    ? problem
    : t('imports:rowErrors.address', { address: truncate(cell), problem });
}

function isAddress(cell: string): boolean {
  return normaliseAddress(cell) !== null;
}
