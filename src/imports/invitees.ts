import { Op } from 'sequelize';
import { tidy } from '../alumni/record-rules.ts';
import { shorten } from '../csv/headings.ts';
import { type GroupRole, groupRoles, openGroups } from '../groups/group.ts';
import { normaliseAddress } from '../mail/address.ts';
import { oneLine, severalLines } from '../text.ts';
import type { Cells, Column, Kind, Reading } from './kind.ts';
import { ImportRow } from './row.ts';

const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 2_000;
const WRITTEN_OUT = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/;
const UNUSUAL_LETTER = /[^\x20-\x7e]/;

const columns: readonly Column[] = [
  {
    name: 'email',
    label: 'E-mail address',
    isRequired: true,
    synonyms: [
      ...['email', 'emailaddress', 'mail', 'mailaddress', 'emailid', 'address', 'primaryemail', 'email1'],
      ...['emailadresse', 'mailadresse', 'adressemail', 'courriel', 'correo', 'correoelectronico'],
      ...['correoelectrnico', 'eposta', 'epost', 'indirizzoemail', 'email1value'],
    ],
  },
  {
    name: 'firstName',
    label: 'First name, if separate',
    synonyms: ['firstname', 'givenname', 'forename', 'first', 'vorname', 'prenom', 'nombre', 'nome'],
  },
  {
    name: 'name',
    label: 'Name, or last name',
    synonyms: [
      ...['name', 'fullname', 'displayname', 'lastname', 'surname', 'familyname', 'last', 'nachname'],
      ...['familienname', 'nom', 'apellido', 'apellidos', 'cognome'],
    ],
  },
  {
    name: 'message',
    label: 'Personal message',
    synonyms: ['message', 'personalmessage', 'note', 'text', 'nachricht'],
  },
  {
    name: 'group',
    label: 'Group, by its name',
    synonyms: ['group', 'groupname', 'chapter', 'community', 'gruppe', 'groupe', 'grupo'],
  },
  { name: 'role', label: 'Role in the group', synonyms: ['role', 'grouprole', 'rolle', 'rol'] },
];

/** People to invite. Whether they may be invited is for the campaign to find out. */
export const invitees: Kind = {
  columns,
  keyName: 'address',
  isRow: (cells) => cells.some(isAddress),
  guess: (cells) => {
    const filled = cells.filter((cell) => cell.trim() !== '');
    return filled.filter(isAddress).length * 2 > filled.length ? 'email' : null;
  },
  reader,
  check: async (rows) => rows.map(() => ({ status: 'ok', remark: null, before: null })),
};

/** Somebody to invite, as a row of a file has them. */
export type Invitee = Readonly<{
  line: number;
  email: string;
  name: string;
  message: string;
  groupId: string | null;
  groupRole: GroupRole | null;
}>;

/** The next people of an import that can be read, in the order of the file. */
export async function inviteesAfter(importId: string, line: number, limit: number): Promise<Invitee[]> {
  const found = await ImportRow.findAll({
    attributes: ['line', 'values'],
    where: { importId, line: { [Op.gt]: line }, status: 'ok' },
    order: ['line'],
    limit,
    raw: true,
  });
  // `reader` below wrote them.
  return found.map((row) => ({ ...(row.values as Omit<Invitee, 'line'>), line: row.line }));
}

/** Reads rows by the groups that are open now. */
async function reader(): Promise<(cells: Cells) => Reading> {
  const groups = new Map((await openGroups()).map(({ id, name }) => [name.toLowerCase(), id]));
  return (cells) => {
    const { address, name } = addressIn(cells);
    const email = normaliseAddress(address.replace(/^mailto:/i, ''));
    if (!email) return { fault: addressFault(address) };
    if (name.length > LONGEST_NAME) return { fault: `The name has more than ${LONGEST_NAME} characters` };
    const message = severalLines(cells.message ?? '');
    if (message.length > LONGEST_MESSAGE) {
      return { fault: `The message has more than ${LONGEST_MESSAGE.toLocaleString('en')} characters` };
    }
    const groupName = tidy(cells.group ?? '');
    const groupId = groups.get(groupName.toLowerCase()) ?? null;
    if (groupName && !groupId) return { fault: `There is no open group “${shorten(groupName)}”` };
    const roleName = tidy(cells.role ?? '').toLowerCase();
    const groupRole = groupRoles.find((role) => role === roleName) ?? null;
    if (roleName && !groupRole) {
      return { fault: `The role must be owner, admin or member, not “${shorten(roleName)}”` };
    }
    return { key: email.toLowerCase(), values: { email, name, message, groupId, groupRole } };
  };
}

/** “Amma Owusu <amma@example.org>” gives the name too, where no column does. */
function addressIn(cells: Cells): { address: string; name: string } {
  // Spaces of no width come along when an address is copied from a page.
  const typed = visible((cells.email ?? '').replaceAll(/\p{Cf}/gu, ''));
  const { name = '', address = typed } = WRITTEN_OUT.exec(typed)?.groups ?? {};
  const named = [cells.firstName ?? '', cells.name ?? ''].map(visible).filter(Boolean).join(' ');
  return { address: address.trim(), name: named || visible(name.replaceAll('"', '')) };
}

function addressFault(address: string): string {
  if (address === '') return 'The address is missing';
  if (!address.includes('@')) return `“${shorten(address)}” is not an e-mail address: it has no @`;
  if (/[,;\s]/.test(address)) return `“${shorten(address)}” is more than one address, or has a space in it`;
  if (UNUSUAL_LETTER.test(address.slice(0, address.lastIndexOf('@')))) {
    return `“${shorten(address)}” is not an e-mail address: letters such as ü or é can’t stand before the @`;
  }
  return `“${shorten(address)}” is not an e-mail address`;
}

function isAddress(cell: string): boolean {
  const [, address = cell] = /<([^<>]+)>\s*$/.exec(cell) ?? [];
  return normaliseAddress(address) !== null;
}

function visible(cell: string): string {
  return tidy(oneLine(cell));
}
