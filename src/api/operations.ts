import {
  getAlumniRecordOperation,
  putAlumniRecordOperation,
  putAlumniRecordsOperation,
  searchAlumniOperation,
} from './alumni.ts';
import { createInvitationsOperation } from './bulk-invitations.ts';
import { generateInviteLinkOperation, redeemInviteLinkOperation } from './group-links.ts';
import { listGroupsOperation } from './groups.ts';
import {
  createInvitationOperation,
  getInvitationOperation,
  listInvitationsOperation,
  resendInvitationOperation,
  revokeInvitationOperation,
} from './invitations.ts';
import type { Operation } from './operation.ts';
import { getTokenOperation } from './token.ts';

/** All operations of the API. Fixed paths come before paths with `:id`. */
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
  putAlumniRecordsOperation,
  getAlumniRecordOperation,
  putAlumniRecordOperation,
];
