import type { StaffRole } from '../accounts/account.ts';
import type { ReasonName } from './eligibility/eligibility.ts';
import type { GroupGrant } from './group-refusals.ts';
import type { DeliveryMethod } from './invitation.ts';

export type NewInvitation = Readonly<{
  /** In its one spelling, see `normaliseAddress`. */
  email: string;
  message: string | null;
  validityDays: number;
  staffRole?: StaffRole | null;
  /** The group that it also lets them join. */
  group?: GroupGrant | null;
  delivery: DeliveryMethod;
  /** Whether the inviter wants a mail when it is accepted or can't be delivered. */
  notifyInviter?: boolean;
  /** The warnings that the inviter has seen and overrides. `open` revokes the earlier invitation. */
  override?: readonly ReasonName[];
  /** As the inviter's file has it; the directory's name goes first. */
  name?: string;
  campaignId?: string | null;
}>;

export type IssuedInvitation = Readonly<{
  invitationId: string;
  email: string;
  linkId: string;
  delivery: DeliveryMethod;
}>;
