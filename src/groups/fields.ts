import { z } from 'zod';
import { groupRoles } from './group.ts';

export const roleField = z.enum(groupRoles, { error: 'Choose a role' });
