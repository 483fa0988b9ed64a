import type { RequestHandler } from 'express';
import { findMailPause } from '../platform/mail/pause.ts';

/** Every page of the panel says when no mail goes out. */
export const loadMailPause: RequestHandler = async (_req, res, next) => {
  res.locals.mailPause = await findMailPause();
  next();
};
