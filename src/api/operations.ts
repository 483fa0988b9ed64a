import { inviteInBulk } from './bulk.ts';
import { generateInviteLink, redeemInviteLink } from './group-links.ts';
import {
  createInvitation,
  listOfInvitations,
  resendInvitation,
  revokeInvitation,
  showInvitation,
} from './invitations.ts';
import { listOfAlumni, listOfGroups } from './lists.ts';
import type { Operation } from './operation.ts';
import { tokenOperation } from './token.ts';

/** All that programs can ask for. Those of a fixed path stand before those of `:id`. */
export const operations: readonly Operation[] = [
  tokenOperation,
  listOfInvitations,
  createInvitation,
  inviteInBulk,
  showInvitation,
  resendInvitation,
  revokeInvitation,
  listOfGroups,
  generateInviteLink,
  redeemInviteLink,
  listOfAlumni,
];
