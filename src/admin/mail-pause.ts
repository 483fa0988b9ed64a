import type { RequestHandler } from 'express';
import { mailPause } from '../mail/pause.ts';

/** Every page of the panel says when no mail goes out. */
export const showMailPause: RequestHandler = async (_req, res, next) => {
  res.locals.mailPause = await mailPause();
  next();
};
