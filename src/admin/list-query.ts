import type { Request } from 'express';
import { isOrder, isStatus, type ListQuery } from '../invitations/list.ts';

/** `?q=&status=&sort=&after=|before=` as a query; whatever is no value of these is left aside. */
export function listQuery(typed: Request['query']): ListQuery {
  const sort = one(typed.sort) || '-sent';
  const order = sort.replace(/^-/, '');
  const status = one(typed.status);
  return {
    search: one(typed.q).trim().slice(0, 100),
    status: isStatus(status) ? status : null,
    order: isOrder(order) ? order : 'sent',
    descending: isOrder(order) ? sort.startsWith('-') : true,
    cursor: cursorOf(typed),
  };
}

/** The address of the page before or after, with the same search; null where there is none. */
export function pageUrl(req: Request, direction: 'before' | 'after', at: string | null): string | null {
  if (at === null) return null;
  const kept = ['q', 'status', 'sort'].flatMap((name) => {
    const value = one(req.query[name]);
    return value ? [[name, value] as [string, string]] : [];
  });
  return `/admin/invitations?${new URLSearchParams([...kept, [direction, at]])}`;
}

function cursorOf(typed: Request['query']): ListQuery['cursor'] {
  const after = one(typed.after);
  const before = one(typed.before);
  if (after) return { direction: 'after', at: after };
  return before ? { direction: 'before', at: before } : null;
}

function one(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
