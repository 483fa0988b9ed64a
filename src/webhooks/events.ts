/** The event types, with summaries for the API's documentation. Database triggers create the events from timestamps. */
export const eventDescriptions = {
  'invitation.created': 'Someone was invited',
  'invitation.sent': 'The mail with the invitation link was sent',
  'invitation.bounced': 'The mail could not be delivered',
  'invitation.opened': 'A person opened the invitation link',
  'invitation.accepted': 'The invitation was accepted',
  'invitation.declined': 'The invitation was declined',
  'invitation.revoked': 'The invitation was revoked',
  'invitation.expired': 'The invitation expired',
  'membership.joined': 'Someone joined a group',
  'consent.granted': 'A guardian gave or renewed consent',
  'consent.withdrawn': 'A guardian withdrew consent',
} as const;

export type EventType = keyof typeof eventDescriptions;
export const eventTypes = Object.keys(eventDescriptions) as EventType[];

/** The type of the messages that staff send to test an endpoint. */
export const TEST_EVENT = 'webhook.test';
