import { normaliseAddress } from '../mail/address.ts';
import { readSettings } from '../settings.ts';
import { invitationReader } from './invitation-cells.ts';
import { recallInvitations, sendInvitations } from './invitation-sending.ts';
import { judgeInvitations } from './invitation-verdicts.ts';
import {
  type InvitationChoices,
  type InvitationFacts,
  invitationColumns,
  invitationSkips,
  invitationVerdicts,
} from './invitation-words.ts';
import { type Purpose, usuallyIncluded } from './purpose.ts';

/** A file of addresses to invite. */
export const invitations: Purpose<InvitationFacts> = {
  name: 'invitations',
  columns: invitationColumns,
  keyName: 'address',
  verdicts: invitationVerdicts,
  skips: invitationSkips,
  doneWord: 'sent',
  takenBackSql: 'exists (select from invitations i where i.id = r.result_id and i.revoked_at is not null)',
  isRow: (cells) => cells.some(isAddress),
  guess: (cells) => (isMostly(cells, isAddress) ? 'email' : null),
  reader: invitationReader,
  judge: judgeInvitations,
  usualChoices: async (): Promise<InvitationChoices> => ({
    included: usuallyIncluded(invitationVerdicts),
    validityDays: (await readSettings()).invitationDays,
    message: '',
    groupId: null,
    groupRole: 'member',
  }),
  carryOut: sendInvitations,
  recall: recallInvitations,
};

function isAddress(cell: string): boolean {
  const [, address = cell] = /<([^<>]+)>\s*$/.exec(cell) ?? [];
  return normaliseAddress(address) !== null;
}

function isMostly(cells: readonly string[], fits: (cell: string) => boolean): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  return filled.length > 0 && filled.filter(fits).length * 2 > filled.length;
}
