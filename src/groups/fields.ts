import { z } from 'zod';
import { t } from '../platform/i18n/i18n.ts';
import { groupRoles } from './group.ts';

export const roleField = z.enum(groupRoles, { error: () => t('groups:roles.choose') });
