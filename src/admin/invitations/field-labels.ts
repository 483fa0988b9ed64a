import { t } from '../../platform/i18n/i18n.ts';

const fieldLabels = {
  name: 'invitations:fields.name',
  password: 'invitations:fields.password',
  records: 'invitations:fields.records',
  yearOfBirth: 'invitations:fields.yearOfBirth',
  ownYearOfBirth: 'invitations:fields.ownYearOfBirth',
  guardianName: 'invitations:fields.guardianName',
  guardianEmail: 'invitations:fields.guardianEmail',
  code: 'invitations:fields.code',
} as const;

/** Labels of registration form fields: “the name”, “the password”. */
export function listFieldLabels(names: readonly string[]): string[] {
  return [...new Set(names.map(fieldLabel))];
}

function fieldLabel(name: string): string {
  return name in fieldLabels
    ? t(fieldLabels[name as keyof typeof fieldLabels])
    : t('invitations:fields.other');
}
