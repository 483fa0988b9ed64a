import { tidy } from '../alumni/record-rules.ts';
import { shorten } from '../csv/headings.ts';
import { groupRoles, openGroups } from '../groups/group.ts';
import { normaliseAddress } from '../mail/address.ts';
import { oneLine, severalLines } from '../text.ts';
import type { InvitationFacts } from './invitation-words.ts';
import type { Cells, Reading } from './purpose.ts';

const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 2_000;
const WRITTEN_OUT = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/;
const UNUSUAL_LETTER = /[^\x20-\x7e]/;

/** Reads a row of an invitation file by the groups that are open now. */
export async function invitationReader(): Promise<(cells: Cells) => Reading<InvitationFacts>> {
  const groups = new Map((await openGroups()).map(({ id, name }) => [name.toLowerCase(), id]));
  return (cells) => {
    const { address, name } = addressIn(cells);
    const email = normaliseAddress(address.replace(/^mailto:/i, ''));
    if (!email) return { fault: addressFault(address) };
    if (name.length > LONGEST_NAME) return { fault: `The name has more than ${LONGEST_NAME} characters` };
    const message = messageIn(cells);
    if (message.length > LONGEST_MESSAGE) {
      return { fault: `The message has more than ${LONGEST_MESSAGE.toLocaleString('en')} characters` };
    }
    const groupName = tidy(cells.group ?? '');
    const groupId = groups.get(groupName.toLowerCase()) ?? null;
    if (groupName && !groupId) return { fault: `There is no open group “${shorten(groupName)}”` };
    const roleName = tidy(cells.role ?? '').toLowerCase();
    const groupRole = groupRoles.find((role) => role === roleName) ?? null;
    if (roleName && !groupRole)
      return { fault: `The role is owner, admin or member, not “${shorten(roleName)}”` };
    return { key: email.toLowerCase(), facts: { email, name, message, groupId, groupRole } };
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

function messageIn({ message = '' }: Cells): string {
  return severalLines(message);
}

function addressFault(address: string): string {
  if (address === '') return 'The address is missing';
  if (!address.includes('@')) return `“${shorten(address)}” is no e-mail address: it has no @`;
  if (/[,;\s]/.test(address)) return `“${shorten(address)}” is more than one address, or has a space in it`;
  if (UNUSUAL_LETTER.test(address.slice(0, address.lastIndexOf('@'))))
    return `“${shorten(address)}” is no e-mail address: it has letters before the @ that none can have, such as ü or é`;
  return `“${shorten(address)}” is no e-mail address`;
}

function visible(cell: string): string {
  return tidy(oneLine(cell));
}
