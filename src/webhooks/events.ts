/** The event types, with descriptions for staff. Database triggers create the events from timestamps. */
export const eventDescriptions = {
  'invitation.created': 'Somebody was invited',
  'invitation.sent': 'The mail with the link was taken by its server',
  'invitation.bounced': 'The mail was refused for good',
  'invitation.opened': 'A person opened the link',
  'invitation.accepted': 'The invitation was accepted',
  'invitation.declined': 'The invitation was declined',
  'invitation.revoked': 'The invitation was revoked',
  'invitation.expired': 'The invitation ran out',
  'membership.joined': 'Somebody joined a group',
  'consent.granted': 'A guardian gave or renewed consent',
  'consent.withdrawn': 'A guardian withdrew consent',
} as const;

export type EventType = keyof typeof eventDescriptions;
export const eventTypes = Object.keys(eventDescriptions) as EventType[];

/** The type of the messages that staff send to test an endpoint. */
export const TEST_EVENT = 'webhook.test';
