import { z } from 'zod';
import { groupRoles } from './group.ts';

/** A role in a group. */
export const roleField = z.enum(groupRoles, { error: 'Choose a role' });
