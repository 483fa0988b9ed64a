import { Router } from 'express';

/** The page at `/`: what this is, and the ways in. */
export const landing = Router();
landing.get('/', (_req, res) => res.render('landing/index'));
