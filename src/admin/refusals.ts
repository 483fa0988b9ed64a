import type { ErrorRequestHandler } from 'express';
import { actorOf } from '../accounts/guard.ts';
import { noteRefusal } from '../accounts/refusals.ts';
import { Forbidden } from '../errors.ts';

/** Stands last in the staff's door: whoever asks for what isn't theirs, by whatever means, leaves a row in the audit. */
export const auditRefusals: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const actor = actorOf(req, res);
  if (error instanceof Forbidden && actor.kind === 'account')
    await noteRefusal(actor, req.method, req.baseUrl + req.path);
  next(error);
};
