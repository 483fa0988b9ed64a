import { createInvitationsOperation } from './bulk-invitations.ts';
import { generateInviteLinkOperation, redeemInviteLinkOperation } from './group-links.ts';
import {
  createInvitationOperation,
  getInvitationOperation,
  listInvitationsOperation,
  resendInvitationOperation,
  revokeInvitationOperation,
} from './invitations.ts';
import { listGroupsOperation, searchAlumniOperation } from './lists.ts';
import type { Operation } from './operation.ts';
import { getTokenOperation } from './token.ts';

/** All that programs can ask for. Those of a fixed path stand before those of `:id`. */
export const operations: readonly Operation[] = [
  getTokenOperation,
  listInvitationsOperation,
  createInvitationOperation,
  createInvitationsOperation,
  getInvitationOperation,
  resendInvitationOperation,
  revokeInvitationOperation,
  listGroupsOperation,
  generateInviteLinkOperation,
  redeemInviteLinkOperation,
  searchAlumniOperation,
];
