import { Router } from 'express';

/** The page at `/`: what this is, and the ways in. */
export const landingRoutes = Router();
landingRoutes.get('/', (_req, res) => res.render('pages/landing/index'));
