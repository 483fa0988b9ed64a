import type { StaffRole } from '../accounts/account.ts';
import type { ReasonName } from './eligibility/eligibility.ts';
import type { GroupGrant } from './group-refusals.ts';
import type { DeliveryMethod } from './invitation.ts';

export type NewInvitation = Readonly<{
  /** Normalised by `normaliseAddress`. */
  email: string;
  message: string | null;
  validityDays: number;
  staffRole?: StaffRole | null;
  /** The group that accepting it joins. */
  group?: GroupGrant | null;
  delivery: DeliveryMethod;
  /** Whether to notify the inviter when it is accepted or can't be delivered. */
  notifyInviter?: boolean;
  /** The warnings that the inviter has seen and overrides. `open` also revokes the earlier invitation. */
  override?: readonly ReasonName[];
  /** The name in the inviter's file. A name in the directory takes precedence. */
  name?: string;
  campaignId?: string | null;
  /** Used while neither an account nor a record of the address has one. */
  language?: string | null;
}>;

export type IssuedInvitation = Readonly<{
  invitationId: string;
  email: string;
  linkId: string;
  delivery: DeliveryMethod;
}>;
