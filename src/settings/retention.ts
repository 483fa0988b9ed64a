/** How long data is kept, in days: the default, and what an administrator may choose. `docs/operations.md` has the same table. */
export const retention = {
  retainImportRowsDays: { default: 90, min: 7, max: 365 },
  retainInvitationsDays: { default: 1095, min: 90, max: 3650 },
  retainMessagesDays: { default: 730, min: 90, max: 3650 },
  retainRequestsDays: { default: 90, min: 7, max: 1095 },
  retainWebhookDeliveriesDays: { default: 30, min: 7, max: 365 },
  retainIpsDays: { default: 365, min: 30, max: 3650 },
  inactiveAfterDays: { default: 1095, min: 180, max: 3650 },
} as const;

export type RetentionSetting = keyof typeof retention;

export const retentionSettings = Object.keys(retention) as RetentionSetting[];
